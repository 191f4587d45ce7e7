"""W3: a creditor's first screen from maintained totals, with what is not folded into them yet."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from bench.limit.ids import uuid_of
from bench.limit.pool import Connection

_DASHBOARD = Path(__file__).with_name("dashboard.sql").read_text()
_MONTHS = 12
_STAGES = {"PREVENTION": 0, "EARLY": 1, "INTERMEDIATE": 2, "PRE_LEGAL": 3, "JUDICIAL": 4}
_LABELS = ("current", "1-30", "31-60", "61-90", "91-120", "121-150", "151-180", "180+")
_SETTLED = 999

Sums = dict[tuple[str, Any], list[int]]


async def dashboard(connection: Connection, agency: UUID, given: dict[str, Any]) -> bytes:
    now = datetime.now(UTC)
    year, month = divmod(now.year * 12 + now.month - _MONTHS, 12)
    rows = await connection.fetch(_DASHBOARD, agency, uuid_of(given["id"]), date(year, month + 1, 1))
    if not rows:
        return b'{"data":{"dashboard":null}}'
    stages, buckets, months = Sums(), Sums(), Sums()
    for kind, currency, stage, place, day, count, minor, reversals in rows:
        if kind in (1, 4):
            _add(stages, (currency, _STAGES[stage]), count, minor)
        if kind in (2, 4):
            _add(buckets, (currency, _SETTLED if place < 0 else place), count, minor)
        if kind in (3, 5):
            _add(months, (currency, day), count, minor, reversals)
    names = list(_STAGES)
    told = {
        "stages": [
            {"stage": names[key], "debts": count, "balance": {"minorUnits": str(minor)}}
            for (_, key), (count, minor, _) in sorted(stages.items())
            if count
        ],
        "buckets": [
            {
                "label": "settled" if key == _SETTLED else _LABELS[key], "debts": count,
                "balance": {"minorUnits": str(minor)},
            }
            for (_, key), (count, minor, _) in sorted(buckets.items())
            if count
        ],
        "months": [
            {"month": f"{key:%Y-%m}", "payments": count, "recovered": {"minorUnits": str(minor)}}
            for (_, key), (count, minor, reversals) in sorted(months.items())
            if count or reversals
        ],
    }  # fmt: skip
    return orjson.dumps({"data": {"dashboard": told}})


def _add(sums: Sums, key: tuple[str, Any], count: int, minor: int, reversals: int = 0) -> None:
    found = sums.get(key)
    if found is None:
        sums[key] = [count, minor, reversals]
    else:
        found[0] += count
        found[1] += minor
        found[2] += reversals
