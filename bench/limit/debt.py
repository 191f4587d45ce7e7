"""W2: the answer as one text out of PostgreSQL; only the public ids are written here."""

from pathlib import Path
from typing import Any
from uuid import UUID

from bench.limit.ids import of_text, uuid_of
from bench.limit.pool import Connection

_DEBT = Path(__file__).with_name("debt.sql").read_text()


async def debt(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    text = await connection.fetchval(_DEBT, agency, uuid_of(given["id"]))
    if text is None:
        return b'{"data":{"debt":null}}'
    parts = text.split("\x01")
    parts[1::2] = map(of_text, parts[1::2])
    return "".join(parts).encode()
