"""How the builtin encoder is made: `python -m twentyq.training`, extra `[train]`."""
