"""The columns of the tables, as the database has them: read once, when it is opened.

The models say the same, but a program that serves has no other use for them (and they are a tenth of its memory).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID


class Column(NamedTuple):
    """`type` is UUID, date, datetime or Decimal; `object` for text, whole numbers, JSON and whatever else is written in
    an answer as the driver gives it. `required`: it is never null."""

    type: type[object]
    required: bool


Columns: TypeAlias = Mapping[str, Mapping[str, Column]]
"""By table and name."""

_TYPES: dict[str, type[object]] = {"uuid": UUID, "date": date, "timestamptz": datetime, "numeric": Decimal}
_COLUMNS = """
SELECT c.relname, a.attname, t.typname, a.attnotnull
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""


async def read_columns(connection: Any) -> Columns:
    """Of all tables that are in the schema `public`, whether the connection's role may use them or not."""
    found: dict[str, dict[str, Column]] = {}
    # A transaction, as behind a pooler two messages outside of one may reach two servers.
    async with connection.transaction():
        for table, name, kind, required in await connection.fetch(_COLUMNS):
            found.setdefault(table, {})[name] = Column(_TYPES.get(kind, object), required)
    return found
