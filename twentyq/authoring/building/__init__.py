"""A system from a language model: asked in small steps, each checked as a file is, for a person.

Read `proposals.py` for what the model is asked, then `attempts.py`, `drafting.py`, `revising.py`.
"""
