"""What others would do with the same pages, each a program of its own that `whole.py` starts.

Knows nothing of omnishop; what each needs is imported by it alone, as no environment has all of it.

`bare`: httpx, json and executemany, as a careful person writes it by hand: signed calls, whole windows, one commit
a page, a key so that nothing stands twice. `bare-orjson`: the same by somebody who knows orjson. `dlt`: a dlt
pipeline that merges by the same key. `doudian`: the published client of the platform, and sqlite3.
Each prints one JSON line: {"cases", "wall_s", "cpu_s", "rss_mib"}.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

SIZE = 100
WIDE = 10_000  # cases of one window, as many as the list shows without a doubt
Read = Callable[[dict[str, Any]], dict[str, Any]]
Job = dict[str, Any]


def pages(job: Job, read: Read) -> Iterator[list[dict[str, Any]]]:
    """The whole history, window by window."""
    after, step = job["now_s"] + 1, WIDE * job["every_s"]
    for start in range(after - (job["cases"] - 1) * job["every_s"] - 1, after, step):
        end, page = min(start + step, after) - 1, 0
        while True:
            data = read(
                {
                    "update_start_time": start,
                    "update_end_time": end,
                    "order_by": ["update_time asc"],
                    "page": page,
                    "size": SIZE,
                }
            )
            yield data["items"]
            if not data["has_more"]:
                break
            page += 1


def by_hand(job: Job, loads: Callable[[bytes], Any]) -> Read:
    import httpx  # noqa: PLC0415 - this peer's alone

    client = httpx.Client(base_url=job["url"], trust_env=False)
    key, secret, method = job["app_key"], job["app_secret"], "afterSale.List"

    def read(asked: dict[str, Any]) -> dict[str, Any]:
        param_json = json.dumps(asked, sort_keys=True, separators=(",", ":"))
        at = str(int(time.time()))
        text = f"{secret}app_key{key}method{method}param_json{param_json}timestamp{at}v2{secret}"
        sign = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        query = {
            "app_key": key,
            "method": method,
            "access_token": job["access_token"],
            "timestamp": at,
            "v": "2",
            "sign": sign,
            "sign_method": "hmac-sha256",
        }
        answer = client.post("/afterSale/List", params=query, content=param_json)
        answer.raise_for_status()
        told = loads(answer.content)
        if told["code"] != 10000:
            raise ValueError(told["code"])
        return told["data"]

    return read


def kept(job: Job) -> tuple[Callable[[list[tuple[str, int, str]]], None], Callable[[], int]]:
    """Rows by their key, committed so often as they come; how many there are at the end."""
    table = "(id TEXT PRIMARY KEY, changed_at BIGINT NOT NULL, raw TEXT NOT NULL)"
    end = "ON CONFLICT (id) DO UPDATE SET changed_at = excluded.changed_at, raw = excluded.raw"
    if job["database"].startswith("postgresql"):
        import psycopg  # noqa: PLC0415 - this peer's alone

        server = psycopg.connect(job["database"])
        server.execute("SET synchronous_commit = off")
        server.execute(f"CREATE TABLE bare {table}")
        server.commit()

        def keep_there(rows: list[tuple[str, int, str]]) -> None:
            with server.cursor() as cursor:
                cursor.executemany(f"INSERT INTO bare VALUES (%s, %s, %s) {end}", rows)
            server.commit()

        return keep_there, lambda: server.execute("SELECT count(*) FROM bare").fetchone()[0]
    file = sqlite3.connect(job["database"], isolation_level=None)
    file.execute("PRAGMA journal_mode=WAL")
    file.execute("PRAGMA synchronous=NORMAL")
    file.execute(f"CREATE TABLE bare {table}")

    def keep(rows: list[tuple[str, int, str]]) -> None:
        file.execute("BEGIN IMMEDIATE")
        file.executemany(f"INSERT INTO bare VALUES (?, ?, ?) {end}", rows)
        file.execute("COMMIT")

    return keep, lambda: file.execute("SELECT count(*) FROM bare").fetchone()[0]


def row_with(dumps: Callable[[Any], str]) -> Callable[[dict[str, Any]], tuple[str, int, str]]:
    def row(item: dict[str, Any]) -> tuple[str, int, str]:
        info = item["aftersale_info"]
        return info["aftersale_id"], info["update_time"], dumps(item)

    return row


def stored(job: Job, read: Read, dumps: Callable[[Any], str]) -> Callable[[], int]:
    keep, count = kept(job)
    row = row_with(dumps)

    def work() -> int:
        for items in pages(job, read):
            keep([row(item) for item in items])
        return count()

    return work


def bare(job: Job) -> Callable[[], int]:
    return stored(job, by_hand(job, json.loads), lambda item: json.dumps(item, ensure_ascii=False))


def bare_orjson(job: Job) -> Callable[[], int]:
    import orjson  # noqa: PLC0415 - this peer's alone

    return stored(job, by_hand(job, orjson.loads), lambda item: orjson.dumps(item).decode())


def doudian(job: Job) -> Callable[[], int]:
    from doudian import AppType, DouDian  # noqa: PLC0415 - this peer's alone

    class Client(DouDian):
        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, job["url"] if name == "_gate_way" else value)

    client = Client(job["app_key"], job["app_secret"], app_type=AppType.SELF, shop_id=job["shop_id"])

    def read(asked: dict[str, Any]) -> dict[str, Any]:
        return client.request("/afterSale/List", asked)["data"]

    return stored(job, read, lambda item: json.dumps(item, ensure_ascii=False))


def dlt(job: Job) -> Callable[[], int]:
    import os  # noqa: PLC0415 - this peer's alone

    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    import dlt as library  # noqa: PLC0415 - this peer's alone

    read = by_hand(job, json.loads)
    columns: Any = {name: {"data_type": "json"} for name in ("order_info", "text_part", "seller_logs")}

    @library.resource(
        name="cases", primary_key="id", write_disposition="merge", columns=columns, max_table_nesting=0
    )
    def cases() -> Iterator[Any]:
        for items in pages(job, read):
            yield [{"id": item["aftersale_info"]["aftersale_id"], **item} for item in items]

    if job["database"].startswith("postgresql"):
        where: Any = library.destinations.postgres(job["database"])
    else:
        where = library.destinations.sqlalchemy(f"sqlite:///{job['database']}")
    pipeline = library.pipeline("whole", destination=where, dataset_name="cases", pipelines_dir=job["folder"])

    def work() -> int:
        pipeline.run(cases())
        with pipeline.sql_client() as client:
            return client.execute_sql("SELECT count(*) FROM cases")[0][0]

    return work


PEERS = {"bare": bare, "bare-orjson": bare_orjson, "dlt": dlt, "doudian": doudian}


def main() -> None:
    name, job = sys.argv[1], json.loads(sys.argv[2])
    work = PEERS[name](job)
    wall, cpu = time.perf_counter(), time.process_time()
    cases = work()
    print(
        json.dumps(
            {
                "cases": cases,
                "wall_s": time.perf_counter() - wall,
                "cpu_s": time.process_time() - cpu,
                "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
