"""Where labelled pictures come from: one module per kind of source."""
