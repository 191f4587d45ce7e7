"""What must hold of an agency's books after everything that was ever done to them."""

import asyncio
from uuid import UUID

from core.banking.prove import prove
from core.kit import clock, db
from core.kit.db import Row
from core.kit.scope import Audience, Scope, system_scope
from core.ledger.reads import balances
from core.ledger.seal import seal

RELAY = system_scope(Audience.RELAY, "test")


async def wrongs(scope: Scope, *, all_sealed: bool = False) -> dict[str, object]:
    """Everything that is wrong with the books, by what it is; empty where all is well. Seals first.

    `all_sealed`: waits until nothing is left to seal. Another session of the server may hold that up.
    """
    await seal(RELAY)
    found = await prove(scope)
    for _ in range(400 if all_sealed else 0):
        if not found.unsealed:
            break
        await asyncio.sleep(0.05)
        await seal(RELAY)
        found = await prove(scope)
    wrong: dict[str, object] = {check.name: check.samples for check in found.checks if not check.holds}
    if all_sealed and found.unsealed:
        wrong["unsealed"] = found.unsealed
    sums: dict[str, int] = {}
    for one in await balances(scope, clock.today("America/Bogota")):
        sums[one.currency] = sums.get(one.currency, 0) + one.balance_minor
    if any(sums.values()):
        wrong["trial balance"] = sums
    async with db.transaction(scope, read_only=True, snapshot=True) as tx:
        for name, sql in _NONE.items():
            rows: list[Row] = await tx.fetch(sql, scope.agency)
            if rows:
                wrong[name] = [dict(row) for row in rows]
    return wrong


# Each finds rows that must not be there. They say by other ways than the program's own proof what that proves, and what
# it leaves to the use cases.
_NONE = {
    "what was placed, accrued, charged, adjusted, paid and written off is not what is owed": """
        SELECT c.id, c.balance_minor, m.* FROM debt_component c LEFT JOIN LATERAL (
          SELECT COALESCE(sum(delta_minor) FILTER (WHERE kind = 'PLACEMENT'), 0) AS placed,
            COALESCE(sum(delta_minor) FILTER (WHERE kind LIKE 'INTEREST%'), 0) AS accrued,
            COALESCE(sum(delta_minor) FILTER (WHERE kind = 'CHARGE'), 0) AS charged,
            COALESCE(sum(delta_minor) FILTER (WHERE kind = 'ADJUSTMENT'), 0) AS adjusted,
            -COALESCE(sum(delta_minor) FILTER (WHERE kind = 'WRITE_OFF'), 0) AS written_off
          FROM debt_movement WHERE agency_id = $1 AND component_id = c.id
        ) m ON true LEFT JOIN LATERAL (
          SELECT COALESCE(sum(a.amount_minor), 0) AS paid FROM payment_allocation a
          JOIN payment p ON p.agency_id = $1 AND p.id = a.payment_id AND p.status <> 'REVERSED'
          WHERE a.agency_id = $1 AND a.component_id = c.id
        ) p ON true
        WHERE c.agency_id = $1 AND (c.balance_minor < 0 OR c.placed_minor <> m.placed
          OR c.balance_minor <> m.placed + m.accrued + m.charged + m.adjusted - m.written_off - p.paid
          OR c.written_off_minor <> m.written_off OR c.written_off_minor > 0 AND c.balance_minor > 0)""",
    "a payment took more back from a write-off than it paid, or less": """
        SELECT p.id, p.after_write_off, v.* FROM payment p LEFT JOIN LATERAL (
          SELECT COALESCE(sum(delta_minor) FILTER (WHERE kind = 'WRITE_OFF'), 0) AS back,
            COALESCE(-sum(delta_minor) FILTER (WHERE kind = 'PAYMENT'), 0) AS paid
          FROM debt_movement WHERE agency_id = $1 AND source_id = p.id
        ) v ON true
        WHERE p.agency_id = $1 AND (p.status <> 'REVERSED' AND p.after_write_off AND p.replaces_id IS NULL
          AND v.back <> v.paid OR v.back > v.paid)""",
    "a disputed part was paid": """
        SELECT c.id, c.balance_minor, c.disputed_minor FROM debt_component c JOIN debt d ON d.id = c.debt_id
        WHERE c.agency_id = $1 AND c.disputed_minor > 0 AND d.closed_reason = 'PAID'""",
    "a debt's totals are not those of its payments": """
        SELECT d.id, d.balance_minor, d.recovered_minor, d.status, d.closed_reason, p.* FROM debt d
        LEFT JOIN LATERAL (
          SELECT COALESCE(sum(amount_minor - unapplied_minor), 0) AS paid, max(paid_on) AS last FROM payment
          WHERE agency_id = $1 AND debt_id = d.id AND status <> 'REVERSED'
        ) p ON true
        WHERE d.agency_id = $1 AND (d.recovered_minor <> p.paid OR d.last_payment_on IS DISTINCT FROM p.last
          OR d.closed_reason = 'PAID' AND d.balance_minor > 0)""",
    "what was paid of a promise is not the money that stands, or not all that it was stored for": """
        SELECT i.id, i.status, i.amount_minor, i.paid_minor, g.* FROM promise i
        JOIN agreement a ON a.agency_id = $1 AND a.id = i.agreement_id
        LEFT JOIN LATERAL (
          SELECT COALESCE(sum(r.amount_minor), 0) AS paid,
            COALESCE(sum(r.amount_minor) FILTER (WHERE p.paid_on <= i.last_on), 0) AS timely
          FROM promise_payment r JOIN payment p ON p.agency_id = $1 AND p.id = r.payment_id AND p.status <> 'REVERSED'
          WHERE r.agency_id = $1 AND r.promise_id = i.id
        ) g ON true
        WHERE i.agency_id = $1 AND (i.paid_minor <> g.paid OR (i.status = 'KEPT') <> (g.timely >= i.amount_minor)
          OR i.status = 'BROKEN' AND g.timely > 0 OR i.status = 'PARTIALLY_KEPT' AND g.timely = 0
          OR i.status = 'PENDING' AND a.status <> 'ACTIVE' OR a.status = 'COMPLETED' AND g.paid < i.amount_minor)""",
    "a payment went further towards promises than it reaches, or not as far as what it is the new split of": """
        SELECT p.id, p.amount_minor, g.minor, f.minor FROM payment p
        CROSS JOIN LATERAL (SELECT COALESCE(sum(amount_minor), 0) AS minor FROM promise_payment
          WHERE agency_id = $1 AND payment_id = p.id) g
        CROSS JOIN LATERAL (SELECT COALESCE(sum(amount_minor), 0) AS minor FROM promise_payment
          WHERE agency_id = $1 AND payment_id = p.replaces_id) f
        WHERE p.agency_id = $1 AND (g.minor > p.amount_minor OR p.replaces_id IS NOT NULL AND f.minor <> g.minor)""",
    "the journal's commission is not that of the fee lines": """
        SELECT * FROM (
          SELECT COALESCE(sum(CASE WHEN credit IN ('COMMISSION', 'TAX_PAYABLE') THEN amount_minor ELSE 0 END)
            - sum(CASE WHEN debit IN ('COMMISSION', 'TAX_PAYABLE') THEN amount_minor ELSE 0 END), 0) AS posted
          FROM ledger_posting WHERE agency_id = $1
        ) l, (SELECT COALESCE(sum(amount_minor), 0) AS charged FROM fee_line WHERE agency_id = $1) f
        WHERE l.posted <> f.charged""",
    "a payment was charged more than once, or while it may bounce": """
        SELECT p.id, p.status, count(DISTINCT f.assessment) FROM payment p
        JOIN fee_line f ON f.agency_id = $1 AND f.payment_id = p.id AND f.reverses_id IS NULL
          AND NOT EXISTS (SELECT FROM fee_line r WHERE r.agency_id = $1 AND r.reverses_id = f.id)
        WHERE p.agency_id = $1 GROUP BY p.id, p.status
        HAVING count(DISTINCT f.assessment) > 1 OR p.status = 'PENDING'""",
    "something was stated twice": """
        SELECT posting_id, fee_line_id FROM statement_line
        WHERE agency_id = $1 AND COALESCE(posting_id, fee_line_id) IS NOT NULL
        GROUP BY 1, 2 HAVING count(*) > 1""",
    "a statement has money as received once more, though it was only split anew": """
        SELECT COALESCE(p.replaces_id, p.id) AS first_id, sum(l.amount_minor) AS stated FROM statement_line l
        JOIN payment p ON p.agency_id = $1 AND p.id = l.payment_id
        WHERE l.agency_id = $1 AND l.kind IN ('PAYMENT', 'DIRECT') GROUP BY 1 HAVING sum(l.amount_minor) > max(p.amount_minor)""",
    "a statement does not follow on the one before": """
        SELECT * FROM (
          SELECT number, first_on, last_on, lag(number) OVER w AS before, lag(last_on) OVER w AS ended,
            document::jsonb ->> 'previous_sha256' AS previous, lag(sha256) OVER w AS sha256
          FROM remittance_statement WHERE agency_id = $1 WINDOW w AS (PARTITION BY creditor_id, currency ORDER BY number)
        ) s WHERE number <> COALESCE(before, 0) + 1 OR previous IS DISTINCT FROM sha256 OR first_on <> ended + 1""",
    "what was remitted, swept and carried is not what came in": """
        SELECT s.number, s.creditor_id FROM remittance_statement s WHERE s.agency_id = $1
          AND s.remitted_minor <> COALESCE((SELECT sum(amount_minor) FROM remittance_order o
            WHERE o.agency_id = $1 AND o.statement_id = s.id AND o.kind = 'REMIT'), 0)""",
    "an event was told of a payment twice": """
        SELECT subject_id, name FROM event
        WHERE agency_id = $1 AND name IN ('payment.recorded', 'payment.cleared', 'payment.reversed')
        GROUP BY 1, 2 HAVING count(*) > 1""",
}


async def journal(scope: Scope) -> tuple[int, int, int]:
    """How many entries both halves of the journal have, and how many lines the fees: what a refusal must not change."""
    async with db.transaction(scope, read_only=True) as tx:
        row = await tx.fetchrow(
            "SELECT (SELECT count(*) FROM debt_movement WHERE agency_id = $1), "
            "(SELECT count(*) FROM ledger_posting WHERE agency_id = $1), "
            "(SELECT count(*) FROM fee_line WHERE agency_id = $1)",
            scope.agency,
        )
    assert row is not None
    return tuple(row)


async def payments_of(scope: Scope) -> list[Row]:
    """All payments of an agency, in the order in which they were recorded."""
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetch(
            "SELECT id, debt_id, paid_on, status, amount_minor, idempotency_key, replaces_id FROM payment "
            "WHERE agency_id = $1 ORDER BY recorded_at, id",
            scope.agency,
        )


async def owed(scope: Scope, debt_id: UUID) -> int:
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetchval(
            "SELECT balance_minor FROM debt WHERE agency_id = $1 AND id = $2", scope.agency, debt_id
        )


async def parts_of(scope: Scope, debt_id: UUID) -> list[Row]:
    """The components of a debt, with what can be paid of each, be it owed or written off."""
    async with db.transaction(scope, read_only=True) as tx:
        return await tx.fetch(
            "SELECT id, disputed_minor, balance_minor + written_off_minor AS open_minor FROM debt_component "
            "WHERE agency_id = $1 AND debt_id = $2 ORDER BY position",
            scope.agency, debt_id,
        )  # fmt: skip
