"""A record and a batch that nothing is wrong with."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from recobro_sdk.bureau import Consent, SubjectKind
from recobro_sdk.decisions import Decision, Verdict
from recobro_sdk.furnishing import FurnishingBatch
from recobro_sdk.furnishing_records import (
    FurnishedAddress,
    FurnishedParty,
    FurnishedStatus,
    FurnishingAction,
    FurnishingNotice,
    FurnishingRecord,
    PartyLink,
)
from recobro_sdk.money import Money

_GATE = Decision(
    verdict=Verdict.ALLOW, rule="CO-BUR-01", rule_version=1, citation="Ley 1266 de 2008 art. 12", inputs={"days": 21}
)


def furnishing_record(reference: str = "OBL-1", **changes: Any) -> FurnishingRecord:
    """A record that nothing is wrong with, or with the changed fields."""
    party = FurnishedParty(
        link=PartyLink.PRIMARY,
        kind=SubjectKind.NATURAL,
        document_type="CC",
        document_number="1000000123",
        country="CO",
        given_names="Ana María",
        surnames="Peña Ñáñez",
        born_on=date(1985, 4, 9),
        address=FurnishedAddress(lines=("Cra. 7 # 12-34",), city="Bogotá D.C.", country="CO"),
    )
    values: dict[str, Any] = {
        "reference": reference,
        "action": FurnishingAction.REPORT,
        "as_of": date(2026, 2, 28),
        "creditor": "Banco Ejemplo S.A.",
        "original_creditor": "Banco Ejemplo S.A.",
        "product": "consumer_loan",
        "parties": (party,),
        "opened_on": date(2024, 1, 15),
        "status": FurnishedStatus.IN_COLLECTION,
        "days_past_due": 180,
        "original": Money(9_000_000_00, "COP"),
        "balance": Money(4_123_456_78, "COP"),
        "past_due": Money(4_123_456_78, "COP"),
        "defaulted_on": date(2025, 8, 31),
        "consent": Consent(
            reference="consent-1", granted_at=datetime(2024, 1, 15, tzinfo=UTC), medium="paper", text_version="1"
        ),
        "notices": (FurnishingNotice(sent_at=datetime(2026, 1, 10, tzinfo=UTC), medium="letter", proof="GUIA-1"),),
        "gate": _GATE,
    }
    return FurnishingRecord(**{**values, **changes})


def furnishing_batch(*records: FurnishingRecord) -> FurnishingBatch:
    """A batch of records; of one that nothing is wrong with, when none is given."""
    return FurnishingBatch(
        reference="BATCH-2026-02",
        furnisher="Cobranzas de Prueba S.A.S.",
        subscriber="99001",
        as_of=date(2026, 2, 28),
        prepared_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        records=records or (furnishing_record(),),
    )
