"""Short facts about the whole database, by their names."""

from __future__ import annotations

from sqlalchemy import Engine, select

from omnishop.store.connection import insert, looking, writing
from omnishop.store.tables import facts


class Marks:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, name: str) -> str | None:
        with looking(self._engine) as connection:
            found: str | None = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar()
            return found

    def put(self, name: str, value: str) -> None:
        with writing(self._engine, alone=f"mark:{name}") as connection:
            fresh = insert(connection, facts).values(name=name, value=value)
            connection.execute(
                fresh.on_conflict_do_update(index_elements=["name"], set_={"value": fresh.excluded.value})
            )
