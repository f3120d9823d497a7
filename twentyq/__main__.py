"""`python -m twentyq` is the command line."""

from twentyq.cli import main

main()
