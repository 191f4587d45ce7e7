"""Metro 2 records as JSON, in the open form in which other software of the field exchanges them.

Keys are the names of fields; amounts are whole dollars; a date is midnight UTC, and empty text where there is none.
Some keys are left out when they say nothing. A segment that may come once is an object, one that may come often a list.

That form forgets things: fillers, line breaks, the order of unlike segments, second segments of a kind, cents. What is
read from a file and must become the same file again is written from its records, not from its JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from pydantic import JsonValue

from recobro_metro2.forms import Form, layout
from recobro_sdk.layouts import FieldSpec, Kind, LayoutError, Record, Reject, Value

OMITTED: Final = frozenset(
    {
        "correctionIndicator", "cycleIdentifier", "creditLimit", "highestCredit", "termsFrequency",
        "scheduledMonthlyPaymentAmount", "actualPaymentAmount", "paymentRating", "specialComment",
        "complianceConditionCode", "amountPastDue", "originalChargeOffAmount", "middleName", "generationCode",
        "socialSecurityNumber", "consumerInformationIndicator", "secondLineAddress", "innovisProgramIdentifier",
        "equifaxProgramIdentifier", "experianProgramIdentifier", "transUnionProgramIdentifier", "softwareVendorName",
        "softwareVersionNumber", "prbcProgramIdentifier", "agencyIdentifier", "accountNumber",
        "newConsumerAccountNumber", "newIdentificationNumber", "totalConsumerSegmentsJ1", "totalConsumerSegmentsJ2",
    }
)  # fmt: skip
"""Keys that are left out when they are zero or blank; every other is always there."""

LISTS: Final = ("j1", "j2")
"""Segments that are always a list."""

CENTS: Final = 100
"""Minor units of a dollar."""
_PACKED_LENGTH: Final = 366

Object = dict[str, JsonValue]


def file_json(items: Iterable[Record | Reject], form: Form) -> Object:
    """A whole file: `header`, `data` (one object an account), `trailer`.

    Raises: LayoutError, for what could not be read: the form has no place for it.
    """
    out: Object = {}
    data: list[JsonValue] = []
    for item in items:
        if isinstance(item, Reject):
            raise LayoutError(str(item.problems[0]), item.problems)
        if item.type == "base":
            data.append(account_json(item, form))
        else:
            out[item.type] = record_json(item, form)
    header: Object = {"header": out.pop("header")} if "header" in out else {}
    return {**header, "data": data, **out}


def account_json(record: Record, form: Form) -> Object:
    """One account: `base`, and its segments by their names."""
    out: Object = {"base": record_json(record, form)}
    for name in layout(form).segments:
        parts: list[JsonValue] = [_fields(part, form) for part in record.of(name)]
        if parts:
            out[name] = parts if name in LISTS or len(parts) > 1 else parts[0]
    return out


def record_json(record: Record, form: Form) -> Object:
    """The fields of one record, its descriptor words first; or of one segment."""
    out: Object = {}
    if record.frame is not None:
        if record.frame.block is not None:
            out["blockDescriptorWord"] = record.frame.block
        out["recordDescriptorWord"] = record.frame.length
    return out | _fields(record, form)


def _fields(record: Record, form: Form) -> Object:
    out: Object = {}
    for field in layout(form).part(record.type).fields:
        if field.kind is Kind.FILLER:
            continue
        shown = _shown(field, record.values.get(field.name))
        if shown or field.name not in OMITTED:
            out[field.name] = shown
    return out


def _shown(field: FieldSpec, value: Value) -> JsonValue:
    if field.kind in (Kind.DATE, Kind.TIMESTAMP):
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{value.isoformat()}T00:00:00Z" if isinstance(value, date) else ""
    if field.kind is Kind.AMOUNT:
        return value // CENTS if isinstance(value, int) else 0
    if field.kind is Kind.INTEGER:
        return value if isinstance(value, int) else 0
    return str(value) if value is not None else ""


def file_form(document: Mapping[str, Any], packed: Form = Form.PACKED_BINARY) -> Form:
    """The form that a JSON file was read from, by its descriptor words; `packed` where it was a packed one."""
    lone = {"header": document} if "recordIdentifier" in document else {}
    for name in ("header", "trailer"):
        length = {**lone, **document}.get(name, {}).get("recordDescriptorWord")
        if length is not None:
            return packed if length == _PACKED_LENGTH else Form.CHARACTER
    return Form.CHARACTER
