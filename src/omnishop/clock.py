"""The only place that asks the machine for the time, or waits."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


def now() -> datetime:
    """The machine's time, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds for measuring; no date."""
    return time.monotonic()


def wait(seconds: float) -> None:
    """Block this thread."""
    time.sleep(seconds)


async def wait_async(seconds: float) -> None:
    """Let other tasks run meanwhile."""
    await asyncio.sleep(seconds)
