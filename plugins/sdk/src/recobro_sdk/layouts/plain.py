"""Records as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from pydantic import JsonValue

from recobro_sdk.layouts.records import Record, Value


def as_json(record: Record) -> dict[str, JsonValue]:
    """A record as JSON: dates and moments in ISO 8601, decimals as text, fields without a value left out."""
    out: dict[str, JsonValue] = {"type": record.type}
    out |= {name: _json(value) for name, value in record.values.items() if value is not None}
    if record.segments:
        out["segments"] = [as_json(segment) for segment in record.segments]
    return out


def _json(value: Value) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value
