"""Fitting a calibration: what pictures teach about an encoder's answers, and whether it helps.

Without labels: bias, noise, moments, thresholds. With labels: evidence, temperature, confusion,
weights, discriminant, probability. Together: parts, validation, choice, agreement, prototypes.
"""
