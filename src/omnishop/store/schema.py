"""What all tables share: where they are listed, and the types of moments and rows."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

# Moments are microseconds since 1970 in UTC: they sort, compare and survive every database the same.
Moment = BigInteger
Row = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
