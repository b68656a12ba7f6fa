"""How our values become PostgreSQL's, where the driver's own way would not do."""

from __future__ import annotations

from psycopg.adapt import Dumper


class TextDumper(Dumper):
    """Text, its type left to the statement; U+FFFD for a NUL, which no text there can hold."""

    def dump(self, obj: str) -> bytes:
        return (obj.replace("\x00", "\ufffd") if "\x00" in obj else obj).encode()
