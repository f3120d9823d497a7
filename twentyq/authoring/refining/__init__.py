"""Refinement: a system changed a little at a time, and what labelled pictures say is better kept.

Read in this order: splitting, pool, proposing, then the proposers rules, wordings and groups, then
loop and history.
"""
