"""Runs Alembic from wherever a database stands to the newest version, inside the caller's transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from omnishop.errors import ConfigError


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def migrate(connection: Connection, version: str | None, head: str) -> None:
    """ConfigError for a version that is none of ours."""
    settings = config()
    settings.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    if version is not None and version not in known:
        raise ConfigError(
            f"this database was written by a newer omnishop (schema {version}); upgrade omnishop",
            zh=f"该数据库由更新版本的 omnishop 写入 (结构版本 {version}); 请先升级 omnishop",
        )
    command.upgrade(settings, head)
