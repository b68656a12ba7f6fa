"""A store in a PostgreSQL database: many writers, each alone with what it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError

from omnishop.errors import ConfigError, OmnishopError, Transient
from omnishop.model import Text
from omnishop.store import kind

_WRITING = "omnishop_writing"
_ABANDONED_S = 60  # a writer that fell silent, its machine gone, loses its locks after this
_CONNECT_S = 10

_LOOKING = {"isolation_level": "AUTOCOMMIT"}
_READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def connect(database: str) -> Engine:
    """Reached once, so that what is wrong with the address is said at the start."""
    _need_driver()
    url = make_url(database).set(drivername="postgresql+psycopg")
    mine = {"connect_timeout": _CONNECT_S, "application_name": "omnishop"}
    arguments = {name: value for name, value in mine.items() if name not in url.query}
    engine = create_engine(
        url,
        connect_args={**arguments, "client_encoding": "utf8", "prepare_threshold": None},
        hide_parameters=True,
        isolation_level="READ COMMITTED",  # said aloud: a server may have another default
        max_overflow=kind.UNBOUNDED,
        pool_pre_ping=True,
    )
    event.listen(engine, "connect", _without_nul)
    event.listen(engine, "checkout", _as_the_server_says)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "do_executemany", _prepared)
    try:
        with engine.connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    except DBAPIError as problem:
        engine.dispose()
        raise _not_opened(problem, url) from None
    if encoding != "UTF8":
        engine.dispose()
        raise _not_utf8(url, str(encoding))
    return engine


def _need_driver() -> None:
    try:
        import psycopg  # noqa: F401, PLC0415 - the extra `postgres`
    except ImportError:
        raise ConfigError(
            "a PostgreSQL database needs the extra: pip install 'omnishop[postgres]'",
            zh="使用 PostgreSQL 数据库需要安装附加组件: pip install 'omnishop[postgres]'",
        ) from None


def _without_nul(driver: Any, _record: object) -> None:
    """No text of PostgreSQL holds a NUL: in a platform's text it becomes U+FFFD, in the JSON it stays spelt out."""
    from omnishop.store.psycopg_text import TextDumper  # noqa: PLC0415 - the extra `postgres`

    driver.adapters.register_dumper(str, TextDumper)


def _prepared(cursor: Any, statement: str, rows: Any, _context: object) -> bool:
    """Many rows are planned once. A search is planned each time: while the tables are small a plan would read them
    whole, and a kept one would go on doing so when they have grown."""
    driver = cursor.connection
    driver.prepare_threshold = 0
    try:
        cursor.executemany(statement, rows)
    finally:
        driver.prepare_threshold = None
    return True


def _as_the_server_says(driver: Any, _record: object, _proxy: object) -> None:
    """After a reader a pooled connection would ask for writing by name, which a standby refuses in other words."""
    driver.read_only = None


def _writing(durable: bool, alone: tuple[str, ...] | None) -> Mapping[str, Any]:
    return {_WRITING: (durable, alone)}


def _begin(connection: Connection) -> None:
    """Sets up a writing transaction and takes its locks, in one statement of its own.

    At READ COMMITTED whatever is read afterwards is as the one before left it. Who is alone with one thing
    shares the lock of everything; who is alone with everything holds it.
    """
    asked = connection.get_execution_options().get(_WRITING)
    if asked is None:
        return
    durable, alone = asked
    settings = {
        "synchronous_commit": "on" if durable else "off",
        "lock_timeout": f"{kind.PATIENCE_S * 1000:.0f}ms",
        "idle_in_transaction_session_timeout": f"{_ABANDONED_S * 1000:.0f}ms",
    }
    steps = [f"set_config('{name}', '{value}', true)" for name, value in settings.items()]
    if alone is None:
        steps.append(f"pg_advisory_xact_lock({_lock('everything')})")
    else:
        steps.append(f"pg_advisory_xact_lock_shared({_lock('everything')})")
        steps += [f"pg_advisory_xact_lock({_lock(f'alone with {word}')})" for word in alone]
    connection.exec_driver_sql(f"SELECT {', '.join(steps)}")


def _lock(name: str) -> int:
    """The number that PostgreSQL knows a lock by; two names with one number would only wait for each other."""
    digest = hashlib.sha256(f"omnishop: {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


# ---------------------------------------------------------------- errors


def _where(url: URL) -> str:
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"{url.database or '?'} @ {host}{port}"


def _not_opened(problem: DBAPIError, url: URL) -> ConfigError:
    """The server's or the driver's reason, which never holds the password, and what to do about it."""
    reason = _reason(problem)
    cure = next((cure for words, cure in _CURES if any(word in reason for word in words)), _CHECK)
    return ConfigError(
        f"the database {_where(url)} cannot be opened ({reason}); {cure.en}",
        zh=f"无法打开数据库 {_where(url)} ({reason}); {cure.zh}",
    )


def _reason(problem: DBAPIError) -> str:
    lines = str(problem.orig).strip().splitlines() or [type(problem.orig).__name__]
    return lines[0].rpartition(" failed: ")[2].removeprefix("FATAL: ").strip()


_CHECK = Text(
    "请检查地址、端口与网络, 并确认数据库已启动",
    "check the address, the port and the network, and that the server runs",
)
# The server speaks its own language: where no words are known, the general advice is given beside its reason.
_CURES: tuple[tuple[tuple[str, ...], Text], ...] = (
    (
        ("password", "密码", "认证"),
        Text(
            "请检查用户名与密码; 地址中的特殊字符须写成 %xx, 也可用 PGPASSWORD 或 ~/.pgpass 提供密码",
            "check user and password; special characters of the address are written %xx, or give the password "
            "in PGPASSWORD or ~/.pgpass",
        ),
    ),
    (
        ("does not exist", "不存在"),
        Text(
            "请先创建: createdb --template template0 --encoding UTF8 库名",
            "create it first: createdb --template template0 --encoding UTF8 NAME",
        ),
    ),
    (("pg_hba",), Text("请在服务器的 pg_hba.conf 中放行", "allow it in the server's pg_hba.conf")),
    (("SSL",), Text("请核对地址中的 sslmode", "check sslmode in the address")),
    (
        ("invalid connection option", "invalid sslmode"),
        Text("请核对地址中问号后的参数", "check what follows the question mark in the address"),
    ),
    (
        ("too many", "remaining connection slots"),
        Text("请稍后重试, 或减少进程数", "try later, or run fewer workers"),
    ),
)


def _not_utf8(url: URL, encoding: str) -> ConfigError:
    make = "createdb --template template0 --encoding UTF8"
    return ConfigError(
        f"the database {_where(url)} keeps text as {encoding}, not UTF8; make another one: {make}",
        zh=f"数据库 {_where(url)} 的编码为 {encoding}, 须为 UTF8; 请另建: {make}",
    )


def _error(problem: DBAPIError, engine: Engine) -> OmnishopError | None:
    state = getattr(problem.orig, "sqlstate", None) or ""
    where = _where(engine.url)
    if state == "55P03":
        return Transient(
            f"the database {where} is held by another process; try again",
            zh=f"数据库 {where} 正被其他进程占用, 请稍后重试",
        )
    if problem.connection_invalidated or problem.statement is None or state[:2] in {"08", "57"}:
        return Transient(
            f"the database {where} cannot be reached ({_reason(problem)}); nothing was kept: try again",
            zh=f"无法连接数据库 {where} ({_reason(problem)}); 未保存任何改动, 请稍后重试",
        )
    if state in {"40001", "40P01"}:
        return Transient(
            f"the database {where} put another change first; nothing was kept: try again",
            zh=f"数据库 {where} 优先处理了其他改动; 未保存任何改动, 请重试",
        )
    if state == "53100":
        return Transient(
            f"the disk of the database {where} is full; nothing was kept: make room and try again",
            zh=f"数据库 {where} 的磁盘已满; 未保存任何改动, 请清理空间后重试",
        )
    if state in {"42501", "3F000"}:
        return ConfigError(
            f"the database {where} does not let its user work there ({_reason(problem)}); let the user own the "
            "database, or grant it CREATE and USAGE on its schema",
            zh=f"数据库 {where} 的用户权限不足 ({_reason(problem)}); 请将库的所有者设为该用户, "
            "或授予其模式(schema)的 CREATE 与 USAGE 权限",
        )
    if state == "25006":
        return ConfigError(
            f"the database {where} is read only, a standby perhaps; name the primary",
            zh=f"数据库 {where} 为只读 (可能是备库); 请改用主库地址",
        )
    return None


POSTGRESQL = kind.Kind(connect, _READING, _LOOKING, _writing, _error, "SELECT clock_timestamp()")
