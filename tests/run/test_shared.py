"""`omnishop run` on PostgreSQL: several processes share the work, and take over from one that was killed."""

from __future__ import annotations

import asyncio
import signal
import threading

import psycopg
import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from sqlalchemy import text
from tests.run.conftest import NOW
from tests.run.test_alone import told_of

from omnishop.cli.entry import run
from omnishop.cli.running import Queue
from omnishop.errors import ConfigError
from omnishop.run import jobs_schema
from omnishop.run.did import Job
from omnishop.run.jobs import KINDS, Jobs
from omnishop.run.shared import Shared
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store
from omnishop.store.connection import reading, writing
from omnishop.store.rounds import Due, Lane


@pytest.fixture
def kind_of_database():
    return "postgresql"


@pytest.fixture
def sandbox(request):
    """Where several processes start anyway, only platforms whose history is read in few windows."""
    few = ("douyin", "jd") if request.node.name.endswith("killed_one[2]") else None
    with Sandbox(Simulation.new(seed=7, orders=4, now=NOW, platforms=few)) as running:
        yield running


def states(home):
    with psycopg.connect(home.database) as connection:
        return {state for (state,) in connection.execute("SELECT DISTINCT status FROM procrastinate_jobs")}


@pytest.mark.parametrize("many", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_workers_share_the_work_and_take_over_from_a_killed_one(
    many, running, ready, home, store, shops, sandbox, control, apart, until
):
    sandbox.simulation.faults(3, {"slow": 0.3})
    words = ("--every", "1", "--stalled", "2", "--workers", "2")
    workers = [running(*words) for _ in range(many - 1)]
    for each in workers:
        ready(each)
    workers.append(running(*words, "--listen", "127.0.0.1:0"))
    control("push", platform="douyin", url=ready(workers[-1])["hooks"]["douyin"])
    killed, *others = workers
    until(lambda: store.records.list("order") and "doing" in states(home), seconds=30)
    killed.send_signal(signal.SIGKILL)
    killed.wait(20)
    sandbox.simulation.faults(0, {})
    control("clock", advance_s=200_000)
    until(lambda: not apart(), seconds=40)
    told_of(control, shops, store, until)
    until(lambda: store.waiting.changed() == 0, seconds=30)
    until(
        lambda: all(each.backfill_at is None and not each.failures for each in store.rounds.all()), seconds=30
    )
    for each in others:
        each.send_signal(signal.SIGTERM)
    for each in others:
        _, told = each.communicate(timeout=30)
        assert (each.returncode, "Traceback" in told) == (0, False), told
    assert states(home) <= {"todo", "doing"}


@pytest.fixture
def sharing(work):
    """A worker in a thread; what its steps did."""
    started = []

    def start(**how):
        did = []
        shared = Shared(work, size=2, told=did.append, **how)
        thread = threading.Thread(target=shared.run)
        thread.start()
        started.append((shared, thread))
        return did

    yield start
    for shared, thread in started:
        shared.stop()
        thread.join(30)
        assert not thread.is_alive()


def test_a_worker_begins_again_when_its_database_was_away(
    sharing, work, home, store, shops, control, apart, until
):
    did = sharing()
    until(lambda: not apart() and Job.JUDGEMENT in {each.job for each in did}, seconds=30)
    with psycopg.connect(home.database, autocommit=True) as connection:
        connection.execute(_THROWN_OUT)
    shop = next(each for each in shops if each.platform == "taobao")
    order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
    control("buyers", do="apply", order_id=order, kind="cancel")
    until(lambda: not apart(), seconds=30)


_THROWN_OUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_their_tables_are_changed_by_their_own_statements(new_home):
    """From those of an older version, one change after the other, to what the newest makes at once."""
    with Store.open(new_home) as store:
        jobs_schema.prepare(store.engine)
        newest = functions(store)
    first = jobs_schema._changes()[0]
    with psycopg.connect(new_home.database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with Store.open(new_home) as store:
        with writing(store.engine) as connection:
            jobs_schema._run(connection, first.read_text(encoding="utf-8"))
            jobs_schema._made(connection, first.stem)
        jobs_schema.prepare(store.engine)
        assert functions(store) >= newest
        jobs_schema.prepare(store.engine)
        store.marks.put("jobs_schema", "99.00.00_01_pre_change")
        with pytest.raises(ConfigError, match=r"newer procrastinate \(99"):
            jobs_schema.prepare(store.engine)


def test_workers_that_start_together_make_their_tables_once(new_home):
    with Store.open(new_home) as store:
        gate, wrong = threading.Barrier(6), []

        def start():
            with Store.open(new_home) as mine, reading(mine.engine) as warm:
                warm.execute(text("SELECT to_regclass('procrastinate_jobs')"))
                gate.wait()
                try:
                    jobs_schema.prepare(mine.engine)
                except Exception as problem:  # noqa: BLE001 - whatever it is, it is to be seen
                    wrong.append(problem)

        threads = [threading.Thread(target=start) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(30)
        assert wrong == []
        assert functions(store)


def functions(store):
    names = "SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%'"
    with reading(store.engine) as connection:
        return set(connection.execute(text(names)).scalars())


def test_the_news_of_many_shops_shares_jobs(work):
    async def lots(many):
        jobs = Jobs(App(connector=InMemoryConnector()), work, None, lambda did: None, 30.0)
        due = [Due(row, Lane.NEWS) for row in range(many)] + [Due(row, Lane.HISTORY) for row in range(2)]
        return list(jobs._jobs_of(due))

    few, busy = asyncio.run(lots(3)), asyncio.run(lots(1000))
    assert [(each.task_kwargs["rows"], each.lock) for each in few[:3]] == [
        ([row], f"shop:{row}") for row in range(3)
    ]
    shared = [each.task_kwargs["rows"] for each in busy if each.task_kwargs["lane"] == "news"]
    assert sorted(row for rows in shared for row in rows) == list(range(1000))
    assert {len(rows) for rows in shared} == {10}
    for some in (few, busy):
        history = [each for each in some if each.task_kwargs["lane"] == "history"]
        assert [each.task_kwargs["rows"] for each in history] == [[0], [1]]
        assert all(each.priority < some[0].priority for each in history)


def test_every_kind_of_job_can_be_asked_for_by_name():
    assert [each.value for each in Queue] == list(KINDS)


def test_all_shops_are_shared(home, shops, monkeypatch, capsys):
    monkeypatch.setenv("OMNISHOP_HOME", str(home.path))
    monkeypatch.setenv("OMNISHOP_LANG", "en")
    assert run(["--database", home.database, "run", "--shop", shops[0].shop_id]) == 2
    assert "--once" in capsys.readouterr().err
