"""The command line: parse, call, print. What is decided is decided elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process with its exit code; Ctrl-C while it loads is no traceback either."""
    try:
        from omnishop.cli import entry
    except KeyboardInterrupt:
        sys.exit(130)
    entry.main(args)
