"""The dossier of a case, from the books: debt, components, movements, debtor, payments."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from core.debts.kinds import ComponentKind
from core.kit import clock
from core.kit import money as kit_money
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.scope import Actor
from core.legal.evidence import read_evidence, read_interest
from core.legal.facts import CaseFacts
from core.parties.kinds import PartyKind
from recobro_sdk import (
    CaseSummary,
    DebtComponent,
    DebtConcept,
    Dossier,
    Evidence,
    InterestLine,
    Money,
    Party,
    PartyRole,
    SubjectKind,
)

CONTACTS = "debtor:contact:read"
"""The scope that lets a channel have contact data of the debtor."""
_ADAPTER: TypeAdapter[Dossier] = TypeAdapter(Dossier)
_CONCEPTS = {
    ComponentKind.PRINCIPAL: DebtConcept.PRINCIPAL,
    ComponentKind.INTEREST_ORDINARY: DebtConcept.INTEREST,
    ComponentKind.INTEREST_DEFAULT: DebtConcept.DEFAULT_INTEREST,
    ComponentKind.INSURANCE: DebtConcept.INSURANCE,
    ComponentKind.COLLECTION_FEE: DebtConcept.COLLECTION_COSTS,
    ComponentKind.LEGAL_COST: DebtConcept.COLLECTION_COSTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say of a debt at one moment; `changed_at` tells whether they have moved since."""

    debt: Row
    components: tuple[Row, ...]
    interest: tuple[InterestLine, ...]
    evidence: tuple[Evidence, ...]

    @property
    def changed_at(self) -> tuple[datetime, int]:
        return self.debt["updated_at"], self.debt["balance_minor"]

    @property
    def creditor_id(self) -> UUID:
        return self.debt["creditor_id"]


# Contact data that another creditor gave is that creditor's: only this one's, and what the agency found itself.
_OURS = "agency_id = $1 AND party_id = d.party_id AND COALESCE(creditor_id, d.creditor_id) = d.creditor_id"
_DEBT = f"""
SELECT d.*, m.timezone, c.name AS creditor_name, c.tax_id, c.country, a.name AS agency_name, p.kind AS party_kind,
  p.name AS party_name, i.type AS document_type, i.number AS document_number, x.lines, x.city,
  (SELECT value FROM contact_point WHERE {_OURS} AND channel = 'EMAIL' AND valid ORDER BY id DESC LIMIT 1) AS email,
  (SELECT value FROM contact_point WHERE {_OURS} AND channel = 'PHONE' AND valid ORDER BY id DESC LIMIT 1) AS phone,
  y.payments, y.paid_minor, y.last_paid_on, v.adjusted_minor
FROM debt d
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN creditor c ON c.agency_id = $1 AND c.id = d.creditor_id
JOIN party p ON p.agency_id = $1 AND p.id = d.party_id
LEFT JOIN agency a ON a.id = $1
LEFT JOIN LATERAL (
  SELECT type, number FROM party_identifier WHERE agency_id = $1 AND party_id = d.party_id AND type <> 'CUSTOMER'
  ORDER BY verified DESC, array_position(ARRAY['CC', 'CE', 'NIT', 'TI', 'PASSPORT', 'TAX_ID'], type::text), id LIMIT 1
) i ON true
LEFT JOIN LATERAL (SELECT lines, city FROM postal_address WHERE {_OURS} ORDER BY id DESC LIMIT 1) x ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS payments, COALESCE(sum(amount_minor - unapplied_minor), 0)::bigint AS paid_minor,
    max(paid_on) AS last_paid_on
  FROM payment WHERE agency_id = $1 AND debt_id = d.id AND status <> 'REVERSED'
) y ON true
LEFT JOIN LATERAL (
  SELECT COALESCE(sum(delta_minor), 0)::bigint AS adjusted_minor
  FROM debt_movement WHERE agency_id = $1 AND debt_id = d.id AND kind IN ('ADJUSTMENT', 'CHARGE')
) v ON true
WHERE d.agency_id = $1 AND d.id = $2
"""  # noqa: S608 our own text


async def read_books(tx: Tx, debt_id: UUID) -> Books:
    """Raises: NotFound; Conflict (NOTHING_OWED, DEBTOR_WITHOUT_DOCUMENT, RATE_CAP_MISSING); LimitExceeded
    (INTEREST_HISTORY, STATEMENT_TOO_LONG)."""
    debt = await tx.fetchrow(_DEBT, tx.scope.agency, debt_id)
    if debt is None:
        raise not_found("debt", "debt_id")
    if debt["balance_minor"] == 0:
        raise Conflict(
            "Nothing is owed on this debt.", code="NOTHING_OWED", field="debt_id", remedy="There is nothing to claim."
        )
    if debt["document_number"] is None:
        raise Conflict(
            "The debtor has no identity document, and nobody can be sued without one.", code="DEBTOR_WITHOUT_DOCUMENT",
            field="debt_id", remedy="Add the debtor's document first.",
        )  # fmt: skip
    components = await tx.fetch(
        "SELECT kind, balance_minor FROM debt_component WHERE agency_id = $1 AND debt_id = $2 AND balance_minor > 0 "
        "ORDER BY position",
        tx.scope.agency, debt_id,
    )  # fmt: skip
    return Books(
        debt=debt,
        components=tuple(components),
        interest=await read_interest(tx, debt_id),
        evidence=await read_evidence(tx, debt_id, debt["currency"]),
    )


def build_dossier(books: Books, facts: CaseFacts, actor: Actor, *, contacts: bool) -> Dossier:
    """The case as of today in the mandate's zone, with what people know of it; `contacts` where the channel may have
    the debtor's address, e-mail and phone."""
    debt = books.debt
    balance_on = clock.today(debt["timezone"])
    rate, cap = _rates(books, facts)
    case = CaseSummary(
        reference=debt["reference"],
        country=debt["country"],
        process=facts.process,
        guarantee=facts.guarantee,
        debtor_kind=_kind(debt),
        claim=Money(debt["balance_minor"], debt["currency"]),
        # Without a due date the term is counted from the beginning, which is the careful end of it.
        due_on=debt["due_on"] or debt["opened_on"],
        time_bar_on=facts.time_bar_on,
        agreed_rate=rate,
        rate_cap=cap,
        signed_in_blank=facts.signed_in_blank,
        documents=facts.documents,
    )
    return Dossier(
        case=case,
        agency_name=debt["agency_name"] or "",
        prepared_by=actor.name or actor.id,
        balance_on=balance_on,
        parties=_parties(debt, contacts=contacts),
        components=tuple(_component(row, debt["currency"]) for row in books.components),
        facts=(*_told(debt, balance_on), *facts.statements),
        statement=books.interest,
        evidence=books.evidence,
    )


def _rates(books: Books, facts: CaseFacts) -> tuple[Decimal | None, Decimal | None]:
    """The rate that is claimed and its cap: what people say, else what the books applied last."""
    if facts.agreed_rate is not None or facts.rate_cap is not None:
        return facts.agreed_rate, facts.rate_cap
    last = next((line for line in reversed(books.interest) if line.rate is not None), None)
    return (last.rate, last.cap) if last and last.cap is not None else (None, None)


def _kind(debt: Row) -> SubjectKind:
    return SubjectKind.LEGAL if debt["party_kind"] == PartyKind.LEGAL else SubjectKind.NATURAL


def _parties(debt: Row, *, contacts: bool) -> tuple[Party, ...]:
    creditor = Party(
        role=PartyRole.CREDITOR,
        kind=SubjectKind.LEGAL,
        name=debt["creditor_name"],
        document_type="NIT" if debt["country"] == "CO" else "TAX_ID",
        document_number=debt["tax_id"],
    )
    debtor = Party(
        role=PartyRole.DEBTOR,
        kind=_kind(debt),
        name=debt["party_name"],
        document_type=debt["document_type"],
        document_number=debt["document_number"],
        address=(contacts and debt["lines"]) or "",
        city=(contacts and debt["city"]) or "",
        email=(contacts and debt["email"]) or "",
        phone=(contacts and debt["phone"]) or "",
    )
    return creditor, debtor


def _component(row: Row, currency: str) -> DebtComponent:
    kind = ComponentKind(row["kind"])
    concept = _CONCEPTS.get(kind, DebtConcept.OTHER)
    detail = kind.value if concept is DebtConcept.OTHER or kind is ComponentKind.LEGAL_COST else ""
    return DebtComponent(concept=concept, amount=Money(row["balance_minor"], currency), detail=detail)


def _told(debt: Row, balance_on: date) -> list[str]:
    """What the books tell, as numbered statements in Spanish, the language of the courts that channels serve so far."""

    def amount(minor: int) -> str:
        return kit_money.Money(minor, debt["currency"]).formatted()

    product = f" ({debt['product']})" if debt["product"] else ""
    told = [
        f"La parte demandada contrajo con {debt['creditor_name']} la obligación {debt['reference']}{product}, "
        f"abierta el {debt['opened_on']}.",
        f"La obligación fue entregada para su cobro el {debt['placed_on']} por {amount(debt['placed_minor'])}.",
    ]
    if debt["adjusted_minor"]:
        told.append(f"Desde entonces se hicieron ajustes por {amount(debt['adjusted_minor'])}.")
    if debt["payments"]:
        told.append(
            f"Pagos recibidos: {debt['payments']}, aplicados por {amount(debt['paid_minor'])}; "
            f"el último, el {debt['last_paid_on']}."
        )
    else:
        told.append("No se ha recibido pago alguno.")
    late = f"está en mora desde el {debt['due_on']} y " if debt["due_on"] else ""
    told.append(f"La obligación {late}su saldo al {balance_on} es de {amount(debt['balance_minor'])}.")
    return told


def dossier_to_json(dossier: Dossier) -> dict[str, Any]:
    """As it is stored: a later attempt must hand over the very same."""
    return _ADAPTER.dump_python(dossier, mode="json")


def dossier_from_json(document: dict[str, Any]) -> Dossier:
    return _ADAPTER.validate_python(document)


def hash_of(document: dict[str, Any]) -> str:
    """The SHA-256 of a stored dossier's JSON with sorted keys: what was handed over, whatever the channel prints."""
    return sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()
