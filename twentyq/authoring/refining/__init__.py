"""Refinement: a system changed a little at a time, and what labelled pictures say is better kept.

Read in this order: splitting, pool, proposing; the proposers in moves and rules, with wordings and
learning, and that of a language model in reflecting; then loop, outcome and history.
"""
