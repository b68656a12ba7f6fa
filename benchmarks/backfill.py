"""What reading back a history costs as the store grows: `python benchmarks/backfill.py [--cases N]`.

Cases of as many shops as it takes, 250 thousand each, over HTTP, page after page computed from seed and index in
another process (`pages.py`), into one store. At each mark a line is printed: what the cases since the mark before
took, wall and CPU of this process, what the database takes on disk, and the most memory so far. The goals: a case
costs no more than 1.5 times what it cost at first, and memory is no more than 1.2 times what the first ten thousand
took.

`--folder DIR` keeps the store there, and a run that was stopped goes on where it was, with `--cases` the same.
`--database postgresql://...` fills another one.
"""

from __future__ import annotations

import argparse
import platform as machine
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pages
from sqlalchemy import text

from omnishop.config import Home
from omnishop.engine import pull_shop
from omnishop.engine.reports import Progress
from omnishop.store import Query, Store

MARKS = (10_000, 50_000, 100_000, *range(250_000, 1_000_000, 250_000), *range(1_000_000, 10**8, 500_000))
ON_DISK = 6_000
"""Bytes a case takes, index and log among them: more than measured."""


class Curve:
    """Told of every page; prints a line whenever a mark was passed. `before`: cases of earlier runs."""

    def __init__(self, store: Store, before: int) -> None:
        self._store = store
        self._before = self._last = before
        self._marks = [mark for mark in MARKS if mark > before]
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        self._first: tuple[float, float, float] | None = None

    def __call__(self, progress: Progress) -> None:
        so_far = self._before + progress.saved.new
        if so_far < self._marks[0]:
            return
        self.show(so_far)
        while self._marks[0] <= so_far:
            self._marks.pop(0)

    def ended(self, new: int) -> None:
        """One shop is read; the next one's progress counts from here."""
        self._before += new

    def show(self, so_far: int) -> None:
        many = so_far - self._last
        if not many:
            return
        wall, cpu = time.perf_counter(), time.process_time()
        us, own = (wall - self._wall) / many * 1e6, (cpu - self._cpu) / many * 1e6
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        first = self._first = self._first or (us, own, most)
        times = f"{us / first[0]:5.2f} {own / first[1]:5.2f} {most / first[2]:5.2f}"
        on_disk = f"{self._disk() / so_far:9,.0f}"
        print(
            f"{so_far:>10,} {many / (wall - self._wall):9,.0f} {us:9.1f} {own:9.1f} {most:8.0f} {on_disk}   {times}",
            flush=True,
        )
        self._last, self._wall, self._cpu = so_far, time.perf_counter(), time.process_time()

    def _disk(self) -> int:
        engine = self._store.engine
        if engine.dialect.name == "sqlite":
            return sum(file.stat().st_size for file in Path(engine.url.database or "").parent.glob("*.db*"))
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def read_back(store: Store, cases: int, url: str) -> None:
    before = store.records.count("case", Query())
    curve = Curve(store, before)
    begun = time.perf_counter()
    for number in range(-(-cases // pages.LONGEST)):
        many = min(cases - number * pages.LONGEST, pages.LONGEST)
        with pages.opened(url, number) as shop:
            stored = store.shops.add(shop.account, now=pages.NOW)
            since = pages.NOW - (many - 1) * pages.EVERY
            report = pull_shop(store, stored, shop, now=pages.NOW, since=since, tell=curve)
        if not report.ok:
            sys.exit(f"not equal: {report.errors}")
        curve.ended(report.saved().new)
    took = time.perf_counter() - begun
    kept = store.records.count("case", Query())
    curve.show(kept)
    print(
        f"{kept:,} of {cases:,} cases, {kept - before:,} in {took:,.0f} s: {(kept - before) / took:,.0f} cases/s"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--cases", type=int, default=100_000)
    asked.add_argument("--folder", type=Path)
    asked.add_argument("--database")
    said = asked.parse_args()
    with ExitStack() as ends:
        folder = said.folder or Path(ends.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        free, wanted = shutil.disk_usage(folder).free, said.cases * ON_DISK
        if said.database is None and free < wanted:
            sys.exit(
                f"{folder} has {free / 1e9:.1f} GB free, {wanted / 1e9:.1f} GB are wanted; name another --folder"
            )
        print(
            f"{machine.python_implementation()} {machine.python_version()}, SQLite {sqlite3.sqlite_version}\n"
            f"{'cases':>10} {'cases/s':>9} {'µs each':>9} {'µs CPU':>9} {'MiB most':>8} {'B on disk':>9}"
            "   times the first: wall, CPU, memory"
        )
        [url] = ends.enter_context(pages.served())
        home = Home.find(folder, {"OMNISHOP_KEY": "only for these runs"}, database=said.database)
        with Store.open(home) as store:
            read_back(store, said.cases, url)


if __name__ == "__main__":
    main()
