"""Debts that bear interest, and the tools to look at their books."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.debts.models import ComponentKind
from core.interest.accrue_due import accrue_due, request_accrual
from core.interest.accrue_interest import Accrued, accrue_interest
from core.interest.accrue_sql import BATCH
from core.interest.save_rate_cap import SaveRateCap, save_rate_cap
from core.interest.set_terms import SetTerms, set_terms
from core.kit import db, jobs
from core.kit.db import Row
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.interest import InterestTerms
from tests.core.house import Client, DebtRow, make_debt

K = ComponentKind
CAPPED = InterestTerms(annual_rate=Decimal("0.60"), modality="CO")
MILLION = 100_000_000
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CAPS = (
    (date(2026, 1, 1), date(2026, 3, 31), "0.2677"),
    (date(2026, 4, 1), date(2026, 6, 30), "0.2817"),
)


async def certify(scope: Scope, caps: Sequence[tuple[date, date, str]] = CAPS, modality: str = "CO") -> None:
    for first, last, rate in caps:
        cap = SaveRateCap(
            modality=modality,
            valid_from=first,
            valid_to=last,
            annual_rate=Decimal(rate),
            resolution=f"R-{first}",
            source="test",
        )
        await save_rate_cap(scope, cap)


async def bearing(
    scope: Scope,
    client: Client,
    terms: InterestTerms = CAPPED,
    *,
    since: date = date(2026, 3, 15),
    parts: Sequence[tuple[ComponentKind | str, int, date | None]] = ((K.PRINCIPAL, MILLION, None),),
) -> DebtRow:
    debt = await make_debt(scope, client, parts)
    await set_terms(scope, SetTerms(debt_id=debt.id, valid_from=since, terms=terms, reason="contract"))
    return debt


async def accrue(scope: Scope, debt_id: UUID, day: date) -> Accrued | None:
    async with db.transaction(scope) as tx:
        await tx.fetchval(
            "SELECT 1 FROM debt WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", scope.agency, debt_id
        )
        return await accrue_interest(tx, debt_id, day)


async def month_end(scope: Scope, day: date | None, *, debts_at_once: int = BATCH) -> dict[str, Any]:
    """Run the job, for a day or as the schedule asks for it; returns its result."""
    job_id = await request_accrual(scope, day or NOW.date())
    async with db.transaction(scope) as tx:
        await tx.execute("UPDATE job SET state = 'RUNNING', attempt = 1 WHERE id = $1", job_id)
    payload = {"day": day.isoformat(), "debts_at_once": debts_at_once} if day else {}
    await accrue_due(jobs.Run(job_id, scope.agency, 1, scope, payload))
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow("SELECT state, result FROM job WHERE id = $1", job_id)
    assert row is not None and row["state"] == "DONE"
    return row["result"]


async def state(scope: Scope, debt_id: UUID) -> Row:
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow("SELECT * FROM debt_interest WHERE debt_id = $1", debt_id)
    assert row is not None
    return row


async def interest_moves(scope: Scope, debt_id: UUID) -> list[tuple[str, date, int, str]]:
    async with db.transaction(scope) as tx:
        rows = await tx.fetch(
            "SELECT kind, effective_on, delta_minor, reason FROM debt_movement "
            "WHERE debt_id = $1 AND kind LIKE 'INTEREST%' ORDER BY recorded_at, id",
            debt_id,
        )
    return [(row["kind"], row["effective_on"], row["delta_minor"], row["reason"]) for row in rows]


async def move(
    scope: Scope, debt: DebtRow, component: int, kind: str, day: date, minor: int, *, paid: bool = False
) -> None:
    """Change a component as a use case of another area does, balances and all."""
    async with db.transaction(scope) as tx:
        await tx.fetchval(
            "SELECT 1 FROM debt WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", scope.agency, debt.id
        )
        await tx.execute(
            "INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor, "
            "source_id, actor) SELECT agency_id, $2, creditor_id, id, $4, $5, $6, $7, $2, 'system:test' FROM debt "
            "WHERE agency_id = $1 AND id = $3",
            scope.agency, new_id(), debt.id, debt.components[component], kind, day, minor,
        )  # fmt: skip
        await tx.execute(
            "UPDATE debt_component SET balance_minor = balance_minor + $3 WHERE agency_id = $1 AND id = $2",
            scope.agency, debt.components[component], minor,
        )  # fmt: skip
        await tx.execute(
            "UPDATE debt SET balance_minor = balance_minor + $3, last_payment_on = CASE WHEN $4 THEN $5 "
            "ELSE last_payment_on END WHERE agency_id = $1 AND id = $2",
            scope.agency, debt.id, minor, paid, day,
        )  # fmt: skip
