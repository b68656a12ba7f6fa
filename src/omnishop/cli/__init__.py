"""The command line: parse, call, print. What is decided is decided elsewhere."""

from omnishop.cli.entry import main

__all__ = ["main"]
