"""Keeps everything going: pulls, follows what platforms tell, keeps the clocks of cases, clears up doubt.

Steps of one shop stand in `shops`, those of no single shop in `chores` (`judging`, `doubts`, `tidying`); each does
a bounded piece and says what it did (`did`). `alone` does them on one machine, over one SQLite file:

    with Store.open(home) as store, Work(store, packs=shipped()) as work:
        alone = Alone(work, following=Following(store, present=work.present, opened=work.opened))
        signal.signal(signal.SIGTERM, lambda *_: alone.stop())
        alone.run()

`shared` makes one of any number of workers on a PostgreSQL database (`Shared(work, size=4).run()`); `jobs` are the
same steps as jobs of procrastinate. From a shell it is `omnishop run` for both. Either may be killed at any moment:
what was kept stays, the rest is read again.
"""
