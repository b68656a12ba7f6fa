"""`python -m omnishop`: the command line."""

from omnishop.cli import main

main()
