"""Cases to hand over, with every paper that a checklist may ask for and with none, and facts of debts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from recobro_sdk.bureau import SubjectKind
from recobro_sdk.cases import (
    CaseDocument,
    CaseSummary,
    DebtComponent,
    DebtConcept,
    DocumentKind,
    Dossier,
    Guarantee,
    Party,
    PartyRole,
    ProcessType,
)
from recobro_sdk.jurisdiction import DebtFacts
from recobro_sdk.money import Money


def sample_dossier(*kinds: DocumentKind) -> Dossier:
    """An executive suit on a promissory note in Colombia, with papers of the given kinds."""
    papers = tuple(CaseDocument(kind=kind, reference=f"DOC-{kind.value}", dated=date(2025, 1, 15)) for kind in kinds)
    case = CaseSummary(
        reference="JUR-2026-00017",
        country="CO",
        process=ProcessType.EXECUTIVE,
        guarantee=Guarantee.PERSONAL,
        debtor_kind=SubjectKind.NATURAL,
        claim=Money(1_234_567_89, "COP"),
        due_on=date(2025, 6, 30),
        agreed_rate=Decimal("26.50"),
        rate_cap=Decimal("28.17"),
        documents=papers,
    )
    creditor = Party(
        role=PartyRole.CREDITOR,
        kind=SubjectKind.LEGAL,
        name="Banco Ejemplo S.A.",
        document_type="NIT",
        document_number="900123456-7",
    )
    debtor = Party(
        role=PartyRole.DEBTOR,
        kind=SubjectKind.NATURAL,
        name="María Peña & Ñáñez",
        document_type="CC",
        document_number="1000000123",
        address="Cra. 7 # 12-34 <apto 501>",
        city="Bogotá D.C.",
    )
    return Dossier(
        case=case,
        agency_name="Cobranzas de Prueba S.A.S.",
        prepared_by="Íñigo Muñoz",
        balance_on=date(2026, 3, 1),
        parties=(creditor, debtor),
        components=(
            DebtComponent(concept=DebtConcept.PRINCIPAL, amount=Money(1_000_000_00, "COP")),
            DebtComponent(concept=DebtConcept.DEFAULT_INTEREST, amount=Money(234_567_89, "COP"), detail="Mora"),
        ),
        facts=("El deudor suscribió el pagaré n.º 17.", "La obligación está en mora desde el 30 de junio de 2025."),
    )


def some_debt(reference: str = "debt-1", **changes: Any) -> DebtFacts:
    """Facts of a debt that nothing is special about, or with the changed fields."""
    values: dict[str, Any] = {
        "reference": reference,
        "country": "CO",
        "product": "consumer_loan",
        "instrument": "promissory_note",
        "modality": "consumer",
        "kind": SubjectKind.NATURAL,
        "opened_on": date(2024, 1, 15),
        "due_on": date(2025, 8, 31),
        "defaulted_on": date(2025, 8, 31),
        "days_past_due": 180,
        "placed": Money(9_000_000_00, "COP"),
        "balance": Money(4_123_456_78, "COP"),
        "stage": "PRE_LEGAL",
    }
    return DebtFacts(**{**values, **changes})
