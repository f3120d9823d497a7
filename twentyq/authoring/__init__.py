"""Systems from a language model, and systems improved on labelled pictures."""
