"""The furnisher passes the kit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from recobro_metro2 import plugin
from recobro_sdk import Money, SubjectKind
from recobro_sdk.furnishing import FurnishedAddress, FurnishedParty, FurnishingRecord, PartyLink
from recobro_sdk.testing import FurnishingConformance, furnishing_batch, furnishing_record

JANE = FurnishedParty(
    link=PartyLink.PRIMARY,
    kind=SubjectKind.NATURAL,
    document_type="SSN",
    document_number="666451234",
    country="US",
    given_names="Jane",
    surnames="Doe-Fulano",
    born_on=date(1985, 4, 9),
    address=FurnishedAddress(lines=("1 Main St",), city="Lansing", region="MI", postal_code="48901", country="US"),
)


def record(reference: str = "OBL-1", **changes: Any) -> FurnishingRecord:
    values: dict[str, Any] = {"original": Money(9_000_00, "USD"), "balance": Money(4_123_56, "USD")}
    values |= {"past_due": Money(4_123_56, "USD"), "parties": (JANE,)}
    return furnishing_record(reference, **{**values, **changes})


class TestMetro2(FurnishingConformance):
    plugin = plugin
    settings: ClassVar[Mapping[str, object]] = {
        "reporter_address": "2 Main St, Lansing MI",
        "reporter_phone": "5175555555",
    }
    batch = furnishing_batch(record())
    faulty = furnishing_batch(record(), record("OBL-2", parties=(replace(JANE, address=None),)))
