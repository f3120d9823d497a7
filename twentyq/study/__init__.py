"""Measuring: labelled pictures, one pass of the encoder, and every mode replayed on it."""
