"""A batch as rows of the agreed layout: the facts of each record, in the words and widths of the contract."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Final

from recobro_co_bureau.contract import DETAIL, TRANSLATED, band_of, coded
from recobro_co_bureau.gate import legend_of
from recobro_co_bureau.terms import is_negative, local_day, removal_day
from recobro_sdk import Money
from recobro_sdk.furnishing import FurnishedParty, FurnishingBatch, FurnishingRecord
from recobro_sdk.layouts import Layout, Record, Value
from recobro_sdk.layouts.schema import FieldSpec, Kind, Role

_CUT: Final = frozenset(
    {"full_name", "given_names", "surnames", "address", "city", "region", "creditor", "original_creditor", "furnisher"}
)


def rows(
    batch: FurnishingBatch, layout: Layout, codes: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[int | None, Record]]:
    """The rows of the file, each with the place of its record in the batch, or None for the header and the trailer.

    A record has one row for each person who answers for it.
    """
    specs = layout.record_specs.values()
    for spec in specs:
        if spec.role is Role.HEADER:
            yield None, _row(spec.name, spec.fields, layout.spec.encoding, _head(batch))
    fields = layout.record_specs[DETAIL].fields
    for index, record in enumerate(batch.records):
        told = _debt(record)
        for party in record.parties:
            facts = {**told, **_person(party)}
            facts |= {
                name: coded(codes, name, value)
                for name in TRANSLATED
                if isinstance(value := facts.get(name), str) and value
            }
            yield index, _row(DETAIL, fields, layout.spec.encoding, facts)
    for spec in specs:
        if spec.role is Role.TRAILER:
            yield (
                None,
                Record(spec.name, {field.name: field.value for field in spec.fields if field.kind is Kind.CONST}),
            )


def _row(name: str, fields: tuple[FieldSpec, ...], encoding: str, facts: Mapping[str, Value]) -> Record:
    values: dict[str, Value] = {}
    for field in fields:
        if field.kind is Kind.CONST:
            values[field.name] = field.value
        elif field.kind is not Kind.FILLER and not field.compute:
            value = facts.get(field.name)
            values[field.name] = _fitted(value, field, encoding) if isinstance(value, str) else value
    return Record(name, values)


def _head(batch: FurnishingBatch) -> dict[str, Value]:
    return {
        "furnisher": batch.furnisher,
        "subscriber": batch.subscriber,
        "batch": batch.reference,
        "as_of": batch.as_of,
        "prepared_at": batch.prepared_at.astimezone(UTC).replace(microsecond=0),
    }


def _debt(record: FurnishingRecord) -> dict[str, Value]:
    told: dict[str, Value] = {
        "obligation_number": record.reference,
        "previous_number": record.previous_reference,
        "action": record.action.value,
        "status": record.status.value,
        "arrears_band": band_of(record.days_past_due),
        "legend": legend_of(record),
        "creditor": record.creditor,
        "original_creditor": record.original_creditor,
        "creditor_class": record.creditor_class,
        "product": record.product,
        "opened_on": record.opened_on,
        "defaulted_on": record.defaulted_on,
        "closed_on": record.closed_on,
        "as_of": record.as_of,
        "last_paid_on": record.last_paid_on,
        "removal_on": removal_day(record) if is_negative(record) else None,
        "days_past_due": record.days_past_due,
        "currency": record.balance.currency,
        "original": _cents(record.original),
        "balance": _cents(record.balance),
        "past_due": _cents(record.past_due),
        "charged_off": _cents(record.charged_off),
        "scheduled_payment": _cents(record.scheduled_payment),
        "last_payment": _cents(record.last_payment),
    }
    return told | _proofs(record)


def _proofs(record: FurnishingRecord) -> dict[str, Value]:
    told: dict[str, Value] = {}
    since = record.defaulted_on
    sent = sorted(record.notices, key=lambda notice: notice.sent_at)
    # The first notice of each day: two on one day are one to the law.
    by_day = {local_day(notice.sent_at): notice for notice in reversed(sent)}
    counted = sorted(day for day in by_day if since is None or day >= since)
    for prefix, day in zip(("first", "second"), counted, strict=False):
        told[f"{prefix}_notice_on"] = day
        told[f"{prefix}_notice_proof"] = by_day[day].proof
        told[f"{prefix}_notice_medium"] = by_day[day].medium
    if record.consent is not None:
        told["consent_on"] = local_day(record.consent.granted_at)
        told["consent_reference"] = record.consent.reference
        told["consent_medium"] = record.consent.medium
    return told


def _person(party: FurnishedParty) -> dict[str, Value]:
    address = party.address
    return {
        "link": party.link.value,
        "party_kind": party.kind.value,
        "document_type": party.document_type,
        "document_number": party.document_number,
        "document_country": party.country,
        "full_name": party.full_name,
        "given_names": party.given_names,
        "surnames": party.surnames or party.name,
        "born_on": party.born_on,
        "phone": party.phone,
        "email": party.email,
        "address": "" if address is None else " ".join(address.lines),
        "city": "" if address is None else address.city,
        "region": "" if address is None else address.region,
    }


def _cents(money: Money | None) -> int | None:
    return None if money is None else money.minor_units


def _fitted(text: str, field: FieldSpec, encoding: str) -> str | None:
    """In one line; names and places also in the letters of the file's encoding and cut to the field's width."""
    line = " ".join(text.split())
    if field.name in _CUT:
        line = "".join(_letter(letter, encoding) for letter in line)[: field.width].rstrip()
    return line or None


def _letter(letter: str, encoding: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii")
    return letter
