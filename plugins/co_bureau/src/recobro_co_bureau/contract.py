"""The layout that an agency has agreed on with its bureau: a schema as text, checked against what there is to tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Final

from recobro_co_bureau.rules import PACKAGE
from recobro_sdk.furnishing import FurnishedStatus, FurnishingAction, PartyLink
from recobro_sdk.layouts import Layout, LayoutError, parse_layout
from recobro_sdk.layouts.records import FieldError
from recobro_sdk.layouts.schema import FieldSpec, Kind, RecordSpec, Role

RESOURCE: Final = "co_bureau.toml"
DETAIL: Final = "obligation"
HEADER_FACTS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("furnisher", "subscriber", "batch"), Kind.TEXT),
    "as_of": Kind.DATE,
    "prepared_at": Kind.TIMESTAMP,
}
FACTS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("obligation_number", "previous_number", "action", "status", "arrears_band", "legend"), Kind.TEXT),
    **dict.fromkeys(("link", "party_kind", "document_type", "document_number", "document_country"), Kind.TEXT),
    **dict.fromkeys(("full_name", "given_names", "surnames", "address", "city", "region"), Kind.TEXT),
    **dict.fromkeys(("phone", "email", "creditor", "original_creditor", "creditor_class", "product"), Kind.TEXT),
    **dict.fromkeys(("currency", "consent_reference", "consent_medium"), Kind.TEXT),
    **dict.fromkeys(("first_notice_proof", "second_notice_proof"), Kind.TEXT),
    **dict.fromkeys(("first_notice_medium", "second_notice_medium"), Kind.TEXT),
    **dict.fromkeys(("born_on", "opened_on", "defaulted_on", "closed_on", "as_of", "last_paid_on"), Kind.DATE),
    **dict.fromkeys(("removal_on", "first_notice_on", "second_notice_on", "consent_on"), Kind.DATE),
    "days_past_due": Kind.INTEGER,
    **dict.fromkeys(("original", "balance", "past_due"), Kind.AMOUNT),
    **dict.fromkeys(("charged_off", "scheduled_payment", "last_payment"), Kind.AMOUNT),
}
"""Everything that a row may tell, by the name that its field in the schema has to have."""
NEEDED: Final = (
    "action", "document_type", "document_number", "obligation_number", "status", "defaulted_on", "balance", "legend",
)  # fmt: skip
"""What a row has to tell, or the law cannot be kept: a deletion or a legend would be lost."""
BANDS: Final = (0, 1, 30, 60, 90, 120)
CODED: Final[Mapping[str, frozenset[str]]] = {
    "action": frozenset(one.value for one in FurnishingAction),
    "status": frozenset(one.value for one in FurnishedStatus),
    "link": frozenset(one.value for one in PartyLink),
    "arrears_band": frozenset(str(days) for days in BANDS),
}
"""Facts that are codes, with every one of them."""
TRANSLATED: Final = frozenset({*CODED, "legend", "product", "creditor_class", "document_type"})
_MINOR_DIGITS: Final = 2
_TRIED: Final = date(2026, 12, 30)


def default_schema() -> str:
    """The text of the layout that is used unless a contract has another one."""
    return files(PACKAGE).joinpath(RESOURCE).read_text("utf-8")


def layout_of(schema: str, codes: Mapping[str, Mapping[str, str]]) -> Layout:
    """The layout that a schema describes, in TOML or (beginning with a brace) JSON; an empty text is the default one.

    Raises `ValueError` naming the first thing that is wrong with it, or with the codes that are to be written in it.
    """
    layout = parsed(schema.strip() or default_schema(), "the layout")
    for wrong in _wrong(layout, codes):
        raise ValueError(wrong)
    return layout


def parsed(text: str, noun: str) -> Layout:
    """The layout of a schema's text, in TOML or (beginning with a brace) JSON. Raises `ValueError`, saying what."""
    try:
        layout = parse_layout(text, form="json" if text.startswith("{") else "toml")
    except (LayoutError, LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{noun} cannot be used: {error}") from error
    for rule in layout.spec.rules:
        for condition in (*rule.when, *rule.then):
            try:
                re.compile(condition.matches or "")
            except re.error as error:
                raise ValueError(f"rule {rule.id} of {noun}: {error}") from error
    return layout


def _wrong(layout: Layout, codes: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    records = layout.record_specs
    if DETAIL not in records or records[DETAIL].role is not Role.DETAIL:
        yield f"the layout needs a record {DETAIL}, one row for each person who answers for a debt"
        return
    for record in records.values():
        if record.name != DETAIL and record.role is Role.DETAIL:
            yield f"nothing fills the record {record.name}: rows are called {DETAIL}"
        known = {DETAIL: FACTS, "header": HEADER_FACTS}.get(record.name, {})
        yield from _wrong_fields(record, known)
    names = {field.name: field for field in records[DETAIL].fields}
    missing = [name for name in NEEDED if name not in names]
    if missing:
        yield f"the rows of the layout have to tell {', '.join(missing)}"
    yield from _wrong_codes(names, codes)
    yield from _wrong_days(layout)


def _wrong_fields(record: RecordSpec, known: Mapping[str, Kind]) -> Iterator[str]:
    for field in record.fields:
        place = f"{record.name}.{field.name}"
        if field.kind in (Kind.CONST, Kind.FILLER) or field.compute:
            continue
        if field.name not in known:
            yield f"nothing is known as {place}: use {', '.join(sorted(known)) or 'constants and computed fields'}"
        elif field.kind is not known[field.name]:
            yield f"{place} holds {known[field.name].value} and not {field.kind.value}"
        elif field.kind is Kind.AMOUNT and field.minor_digits != _MINOR_DIGITS:
            yield f"{place} is filled in cents: give it 2 decimals, or scale = 2 and truncate = true"


def _wrong_codes(names: Mapping[str, FieldSpec], codes: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for name, table in codes.items():
        if name == "field":
            # Of the answer: the operator's names of the fields that it finds at fault.
            yield from (f"codes of field: nothing is known as {fact}" for fact in sorted(set(table) - set(FACTS)))
            continue
        if name not in TRANSLATED:
            yield f"codes of {name} are not translated: only of {', '.join(sorted(TRANSLATED))}"
            continue
        unknown = sorted(set(table) - CODED.get(name, frozenset(table)))
        if unknown:
            yield f"codes of {name}: there is no {', '.join(unknown)}"
    for name in sorted(set(CODED) & set(names)):
        taken = names[name].codes
        written = {codes.get(name, {}).get(code, code) for code in CODED[name]}
        # A bureau need not take every state of a debt: what it does not take is refused record by record.
        if taken is not None and not written & set(taken):
            yield f"the layout's codes of {name} are none of ours: translate them in the setting codes"


def _wrong_days(layout: Layout) -> Iterator[str]:
    """Formats that lose a part of the day: what a row says of a default has to be read as it was meant."""
    for record in layout.record_specs:
        part = layout.part(record)
        for field, codec in zip(part.fields, part.codecs, strict=True):
            if field.kind is not Kind.DATE:
                continue
            try:
                kept = codec.read(codec.write(_TRIED))
            except FieldError:
                kept = None
            if kept != _TRIED:
                yield f"{record}.{field.name} cannot hold a day: a format such as YYYYMMDD, and room for it"


def coded(codes: Mapping[str, Mapping[str, str]], name: str, value: str) -> str:
    """The bureau's own code for one of ours; ours where the contract has none."""
    return codes.get(name, {}).get(value, value)


def band_of(days: int) -> str:
    """The band of days in arrears: the most that has been reached of 0, 1, 30, 60, 90 and 120."""
    return str(max(_reached(days)))


def _reached(days: int) -> Iterable[int]:
    return (least for least in BANDS if least <= days)
