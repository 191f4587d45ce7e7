"""A case of the United States, and one that no firm takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recobro_sdk import (
    CaseDocument,
    CaseSummary,
    DebtComponent,
    DebtConcept,
    DocumentKind,
    Dossier,
    Guarantee,
    Money,
    Party,
    PartyRole,
    ProcessType,
    SubjectKind,
)


def person(name: str, role: PartyRole = PartyRole.DEBTOR, number: str = "123-45-6789") -> Party:
    return Party(
        role=role, kind=SubjectKind.NATURAL, name=name, document_type="SSN", document_number=number,
        address="1200 Commonwealth Avenue, Apartment 14B", city="Linden NJ", phone="+1 908 555 0142",
    )  # fmt: skip


CREDITOR = Party(
    role=PartyRole.CREDITOR, kind=SubjectKind.LEGAL, name="First Commonwealth Consumer Bank of Virginia",
    document_type="EIN", document_number="54-1234567",
)  # fmt: skip


def dossier(*kinds: DocumentKind, parties: tuple[Party, ...] | None = None, **changes: object) -> Dossier:
    case = {
        "reference": "JUR-2026-00017", "country": "US", "process": ProcessType.EXECUTIVE,
        "guarantee": Guarantee.NONE, "debtor_kind": SubjectKind.NATURAL, "claim": Money(1_234_567, "USD"),
        "due_on": date(2025, 6, 30), "time_bar_on": date(2028, 6, 30), "agreed_rate": Decimal("19.5"),
        "documents": tuple(CaseDocument(kind=kind, reference=f"DOC-{kind}", dated=date(2025, 1, 15)) for kind in kinds),
    }  # fmt: skip
    return Dossier(
        case=CaseSummary(**{**case, **changes}),  # type: ignore[arg-type]
        agency_name="Test Collections LLC",
        prepared_by="Jane Roe",
        balance_on=date(2026, 3, 1),
        parties=parties or (CREDITOR, person("Mary Ann Peña"), person("John Doe", PartyRole.GUARANTOR, "987-65-4321")),
        components=(
            DebtComponent(concept=DebtConcept.PRINCIPAL, amount=Money(1_000_000, "USD")),
            DebtComponent(concept=DebtConcept.DEFAULT_INTEREST, amount=Money(200_000, "USD"), detail="to 2026-03-01"),
            DebtComponent(concept=DebtConcept.COLLECTION_COSTS, amount=Money(34_567, "USD")),
        ),
        facts=("The debtor signed the card agreement.", "Nothing was paid since 30 June 2025."),
    )


COMPLETE, BLOCKED = dossier(DocumentKind.CONTRACT), dossier()
