"""Ask to be let spend a cost of a lawsuit, before it is spent."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.lock import require_text
from core.kit import db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.case import Case, lock_case, require_running
from core.legal.decide_cost import approve
from core.legal.kinds import CostApprover, CostKind, CostState
from core.legal.set_cost_terms import CostTerms, cost_terms_of
from core.permissions import Permission

MAX_MINOR = 10**17
MAX_COSTS = 500
WITHIN = "within the limits of the mandate"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCost:
    """`amount` above 0 in the debt's currency, tax included. `reference` is the asker's own, unique in the handoff:
    asked twice, it is one cost."""

    handoff_id: UUID
    kind: CostKind
    amount: Money
    reason: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAsked:
    cost_id: UUID
    handoff_id: UUID
    state: CostState
    replayed: bool


@again
async def ask_cost(scope: Scope, command: AskCost) -> CostAsked:
    """Ask for a cost of a running case, once per reference. Within the limits of the mandate it is approved at once.

    Raises: Forbidden; NotFound (handoff); InvalidInput (COST_AMOUNT, CURRENCY_MISMATCH, INVALID_TEXT); Conflict
    (HANDOFF_NOT_RUNNING, REFERENCE_REUSED, TOO_MANY_COSTS, DEBT_CLOSED where it would be charged).
    """
    scope.require(Permission.LEGAL_HANDOFF)
    async with db.transaction(scope) as tx:
        return await write_cost(tx, await lock_case(tx, command.handoff_id), command)


async def write_cost(tx: Tx, case: Case, command: AskCost) -> CostAsked:
    """The same, in a transaction that holds the case. Raises: as `ask_cost`."""
    reason, reference = require_text(command.reason, "reason"), require_text(command.reference, "reference")
    earlier = await tx.fetchrow(
        "SELECT * FROM legal_cost WHERE agency_id = $1 AND handoff_id = $2 AND reference = $3",
        tx.scope.agency, case.id, reference,
    )  # fmt: skip
    if earlier is not None:
        return _replay(command, earlier)
    require_running(case)
    _check_amount(case, command.amount)
    terms = await cost_terms_of(tx, case.handoff["debt_id"])
    free = await _within(tx, case, terms, command.amount.minor_units)
    row = await _insert(tx, case, command, terms, reason, reference)
    data = {
        "debt_id": str(case.handoff["debt_id"]), "cost_id": str(row["id"]), "kind": command.kind.value,
        "amount_minor": command.amount.minor_units, "currency": command.amount.currency, "approver": row["approver"],
    }  # fmt: skip
    await emit(tx, "legal.cost_asked", case.id, data, creditor_id=case.creditor_id)
    if free:
        row = await approve(tx, case, row, CostApprover.LIMIT, WITHIN)
    return CostAsked(cost_id=row["id"], handoff_id=case.id, state=CostState(row["state"]), replayed=False)


def _replay(command: AskCost, earlier: Row) -> CostAsked:
    asked = (command.kind.value, command.amount.minor_units, command.amount.currency)
    if (earlier["kind"], earlier["amount_minor"], earlier["currency"]) != asked:
        raise Conflict(
            "This reference is of another cost of the case.", code="REFERENCE_REUSED", field="reference",
            remedy="Use a new reference for a new cost.",
        )  # fmt: skip
    return CostAsked(
        cost_id=earlier["id"], handoff_id=earlier["handoff_id"], state=CostState(earlier["state"]), replayed=True
    )


def _check_amount(case: Case, amount: Money) -> None:
    if not 0 < amount.minor_units <= MAX_MINOR:
        raise InvalidInput(
            "A cost is a positive amount.", code="COST_AMOUNT", field="amount", remedy="Give an amount above zero."
        )
    currency = case.debt["currency"]
    if amount.currency != currency:
        raise InvalidInput(
            f"The debt is in {currency}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {currency}.",
        )  # fmt: skip


async def _within(tx: Tx, case: Case, terms: CostTerms, minor: int) -> bool:
    """Whether nobody has to be asked. The case is held, so that two costs cannot both take the last of its limit."""
    if minor > terms.single_minor:
        return False
    approved: int = await tx.fetchval(
        "SELECT COALESCE(sum(amount_minor), 0)::bigint FROM legal_cost "
        "WHERE agency_id = $1 AND handoff_id = $2 AND state IN ('APPROVED', 'PAID')",
        tx.scope.agency, case.id,
    )  # fmt: skip
    return approved + minor <= terms.case_minor


async def _insert(tx: Tx, case: Case, command: AskCost, terms: CostTerms, reason: str, reference: str) -> Row:
    row = await tx.fetchrow(
        "INSERT INTO legal_cost (agency_id, id, creditor_id, handoff_id, kind, currency, amount_minor, reason, "
        "reference, approver, charged, asked_by, asked_at) "
        "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13 "
        "WHERE (SELECT count(*) FROM legal_cost WHERE agency_id = $1 AND handoff_id = $4) < $14 RETURNING *",
        tx.scope.agency, new_id(), case.creditor_id, case.id, command.kind.value, command.amount.currency,
        command.amount.minor_units, reason, reference, terms.approver.value, terms.charged, str(tx.scope.actor), tx.now,
        MAX_COSTS,
    )  # fmt: skip
    if row is None:
        raise Conflict(
            f"The case has {MAX_COSTS} costs.", code="TOO_MANY_COSTS", field="handoff_id",
            remedy="Ask for several things together.",
        )  # fmt: skip
    return row
