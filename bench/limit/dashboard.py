"""W3: a creditor's first screen from maintained totals, with what is not folded into them yet."""

from pathlib import Path
from typing import Any
from uuid import UUID

from bench.limit.ids import uuid_of
from bench.limit.pool import Connection

_DASHBOARD = Path(__file__).with_name("dashboard.sql").read_text()


async def dashboard(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    text = await connection.fetchval(_DASHBOARD, agency, uuid_of(given["id"]))
    return text.encode()
