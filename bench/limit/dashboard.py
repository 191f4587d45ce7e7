"""W3: a creditor's first screen from maintained totals, with what is not folded into them yet."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.limit.ids import uuid_of
from bench.limit.pool import Connection

_DASHBOARD = Path(__file__).with_name("dashboard.sql").read_text()
_MONTHS = 12


async def dashboard(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - _MONTHS, 12)
    text = await connection.fetchval(_DASHBOARD, agency, uuid_of(given["id"]), date(year, month + 1, 1))
    return text.encode() if text else b'{"data":{"dashboard":null}}'
