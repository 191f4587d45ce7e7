"""One JSON text for one value: sorted keys, no spaces, UTF-8, so that equal dossiers have equal hashes."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import cast

from pydantic import JsonValue


def plain(value: object) -> JsonValue:
    """A dataclass of the SDK as JSON: dates in ISO 8601, rates as text, amounts as integers of minor units."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(item) for item in cast("tuple[object, ...]", value)]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def encode(value: JsonValue) -> bytes:
    """The one text of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")
