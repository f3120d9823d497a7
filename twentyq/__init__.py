"""twentyq: an adaptive twenty-questions engine for frozen image-text encoders."""

__version__ = "0.1.0"
