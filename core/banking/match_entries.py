"""Find what the unmatched entries of a statement are: payments of debts, returns, what the agency sent, charges."""

from dataclasses import asdict, dataclass
from uuid import UUID

from core.banking.invoices import match_invoices
from core.banking.ladder import claim
from core.banking.match_remittance import match_remittances
from core.banking.moves import match_moves
from core.banking.outgoing import match_outgoing
from core.banking.returns import claim_returns
from core.banking.settle_entry import begun, pay, take_back
from core.banking.statement import Direction
from core.kit import db, jobs
from core.kit.db import Row
from core.kit.errors import DomainError, not_found
from core.kit.jobs import Run
from core.kit.scope import Scope
from core.permissions import Permission

# One at a time for a statement: two would claim different halves of the same doubt.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('banking.match:' || $1::text, 0))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """`paid`: receipts that became payments. `returned`: returns that took a payment back, or money that nobody had
    identified. `transfers`: lines that are what the agency sent, or got back of it, and what it moved between its trust
    accounts. `remitted`: receipts that are several payments which lawyers held. `invoices`: lines of the agency's own
    account that paid one. `charges`: the bank's own, put aside.
    `doubtful`: a person has to decide, the entry says why. `refused`: the debt did not take the money."""

    paid: int = 0
    returned: int = 0
    transfers: int = 0
    remitted: int = 0
    invoices: int = 0
    charges: int = 0
    doubtful: int = 0
    refused: int = 0


async def match_entries(scope: Scope, statement_id: UUID) -> Matched:
    """Match what is unmatched on a statement by the ladder, and settle it. Does nothing that is done already.

    Raises: Forbidden; NotFound (statement).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_RECORD, Permission.PAYMENT_REVERSE):
        scope.require(permission)
    async with db.transaction(scope) as tx:
        if not await tx.fetchval(
            "SELECT true FROM bank_statement WHERE agency_id = $1 AND id = $2", scope.agency, statement_id
        ):
            raise not_found("bank statement", "statement_id")
        await tx.execute(_ALONE, str(statement_id))
        # Before the receipts: what the agency moves, or gets back of its own transfers, is no debtor's.
        moved = await match_moves(tx, statement_id)
        sent = await match_outgoing(tx, statement_id)
        invoices = await match_invoices(tx, statement_id)
        remitted, open_ones = await match_remittances(tx, statement_id)
        _, doubtful = await claim(tx, statement_id, open_ones)
        receipts = await begun(tx, statement_id)
    paid, refused = await _settle(scope, receipts)
    # Only now: the bank may have returned what came in on the same statement.
    async with db.transaction(scope) as tx:
        await tx.execute(_ALONE, str(statement_id))
        _, unknown, more = await claim_returns(tx, statement_id)
        returns = await begun(tx, statement_id)
    returned, refused_returns = await _settle(scope, returns)
    return Matched(
        paid=paid, returned=returned + unknown, transfers=moved + sent.transfers, remitted=remitted,
        invoices=invoices.paid, charges=sent.charges,
        doubtful=sent.doubtful + invoices.doubtful + len(open_ones) + doubtful + more,
        refused=refused + refused_returns,
    )  # fmt: skip


async def _settle(scope: Scope, entries: list[Row]) -> tuple[int, int]:
    """How many were settled, and how many were refused, which the entry then says."""
    refused = 0
    for entry in entries:
        try:
            if entry["direction"] == Direction.CREDIT:
                await pay(scope, entry)
            else:
                await take_back(scope, entry)
        except DomainError:
            refused += 1
    return len(entries) - refused, refused


@jobs.handler("banking.match")
async def match_file(run: Run) -> None:
    """Match the statements of an imported file."""
    file_id, total = UUID(run.payload["file_id"]), Matched()
    async with db.transaction(run.scope) as tx:
        rows = await tx.fetch(
            "SELECT id FROM bank_statement WHERE agency_id = $1 AND file_id = $2 ORDER BY to_on, id",
            run.agency_id, file_id,
        )  # fmt: skip
    for place, row in enumerate(rows):
        await run.progress(place, len(rows), "matching")
        done = await match_entries(run.scope, row["id"])
        total = Matched(**{name: value + getattr(done, name) for name, value in asdict(total).items()})
    async with db.transaction(run.scope) as tx:
        await run.finish(tx, asdict(total))
