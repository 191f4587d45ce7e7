"""What the books can prove of how a debt was collected before the lawsuit, and how its interest was reckoned."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from core.agreements.kinds import AgreementStatus
from core.interest.book import Book, read_book
from core.interest.rates import EXACT
from core.interest.statement import statement_of
from core.kit.db import Row, Tx
from core.kit.money import Money, exponent
from core.mandates.interest import InterestMethod
from recobro_sdk import Evidence, EvidenceKind, InterestLine

MOST = 50
"""Payments and agreements, the newest of each: a dossier is read by people."""
_READ = """
SELECT 'placement' AS kind, d.placed_on AS day, d.placed_minor AS minor, '' AS detail, b.file_sha256 AS sha256
FROM debt d LEFT JOIN LATERAL (
  SELECT p.file_sha256 FROM debt_movement v JOIN placement_batch p ON p.agency_id = $1 AND p.id = v.source_id
  WHERE v.agency_id = $1 AND v.debt_id = d.id AND v.kind = 'PLACEMENT' LIMIT 1
) b ON true WHERE d.agency_id = $1 AND d.id = $2
UNION ALL
SELECT 'demand', first_demand_on, NULL, '', NULL FROM debt
WHERE agency_id = $1 AND id = $2 AND first_demand_on IS NOT NULL
UNION ALL
(SELECT 'payment', paid_on, amount_minor, reference, NULL FROM payment
 WHERE agency_id = $1 AND debt_id = $2 AND status <> 'REVERSED' ORDER BY paid_on DESC, id DESC LIMIT $3)
UNION ALL
(SELECT 'promise', made_on, amount_minor, status, NULL FROM agreement
 WHERE agency_id = $1 AND debt_id = $2 ORDER BY made_on DESC, id DESC LIMIT $3)
ORDER BY day, kind, minor, detail
"""
_BECAME = {
    AgreementStatus.ACTIVE: "vigente",
    AgreementStatus.COMPLETED: "cumplido",
    AgreementStatus.BROKEN: "incumplido",
    AgreementStatus.CANCELLED: "cancelado",
}


async def read_evidence(tx: Tx, debt_id: UUID, currency: str) -> tuple[Evidence, ...]:
    """Oldest first: the placement with the hash of its file, the first demand, payments, promises."""
    rows = await tx.fetch(_READ, tx.scope.agency, debt_id, MOST)
    return tuple(
        Evidence(kind=EvidenceKind(row["kind"]), on=row["day"], text=_text(row, currency), sha256=row["sha256"])
        for row in rows
    )


def _text(row: Row, currency: str) -> str:
    amount = "" if row["minor"] is None else Money(row["minor"], currency).formatted()
    match EvidenceKind(row["kind"]):
        case EvidenceKind.PLACEMENT:
            return f"Entrega para cobro por {amount}"
        case EvidenceKind.DEMAND:
            return "Primer requerimiento de pago al deudor"
        case EvidenceKind.PAYMENT:
            return f"Pago de {amount}" + (f", referencia {row['detail']}" if row["detail"] else "")
        case EvidenceKind.PROMISE:
            return f"Compromiso de pago por {amount}, {_BECAME[AgreementStatus(row['detail'])]}"


async def read_interest(tx: Tx, debt_id: UUID) -> tuple[InterestLine, ...]:
    """How the interest that is posted came about, from the first day on: what it adds up to is in the balance, less
    what was paid of it. Empty where none was.

    Raises: Conflict (RATE_CAP_MISSING); LimitExceeded (INTEREST_HISTORY, STATEMENT_TOO_LONG).
    """
    book = await read_book(tx, debt_id)
    if book.accrues_from is None or book.accrued_to is None or book.accrued_to <= book.accrues_from:
        return ()
    return _lines(book, book.accrued_to)


def _lines(book: Book, last: date) -> tuple[InterestLine, ...]:
    digits = exponent(book.currency)

    def unit(minor: Decimal) -> Decimal:
        return _plain(EXACT.scaleb(minor, -digits))

    return tuple(
        InterestLine(
            first_on=line.first,
            last_on=line.last,
            days=line.days,
            base=unit(line.base),
            # A nominal rate is no effective one, which is what this field is.
            rate=None if line.paused or line.method is InterestMethod.SIMPLE_NOMINAL else _percent(line.annual_rate),
            cap=None if line.cap_rate is None else _percent(line.cap_rate),
            interest=unit(line.interest),
            total=unit(line.total),
            source=line.paused or line.resolution or "",
        )
        for line in statement_of(book, None, last).lines
    )


def _percent(rate: Decimal) -> Decimal:
    return _plain(rate * 100)


def _plain(value: Decimal) -> Decimal:
    """Without zeros at its end, and without an exponent where it is written."""
    return Decimal(f"{value.normalize(EXACT):f}")
