"""`python -m omnishop`: the command line, where the program itself is not on the path."""

from omnishop.cli import main

main()
