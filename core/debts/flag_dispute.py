"""Say that the debtor disputes a debt, or a part of it; or that the dispute is over, and how it ended."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.debts.kinds import ClosedReason, DisputeOutcome
from core.debts.lock import lock_debt, require_active, require_text
from core.debts.reprocessing import ask_to_reprocess
from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.mandates.allocation import policy_of
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagDispute:
    """`component_id` and `amount` are the part that is disputed, all of it that is disputed of that component; without
    them it is the whole debt. Closing, `component_id` ends the dispute of that component alone. `outcome` is how it
    ended; where it is not given, nothing changes but that it is over."""

    debt_id: UUID
    disputed: bool
    reason: str
    component_id: UUID | None = None
    amount: Money | None = None
    outcome: DisputeOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFlagged:
    """`disputed` is whether anything still is; `changed` is false where it stood like that already. `adjusted` is by
    how much the debt owes less."""

    debt_id: UUID
    disputed: bool
    changed: bool
    adjusted: Money


async def flag_dispute(scope: Scope, command: FlagDispute) -> DisputeFlagged:
    """Open or close the dispute of a debt or of a part of it; its creditor sees it. No payment goes to a disputed part
    (12 CFR 1006.30(c)).

    Where the outcome is UPHELD, what was disputed is adjusted away; a debt that owes nothing after that is closed, as
    PAID where payments were made, else as INVALIDATED. Otherwise it can be paid again, and where the mandate's policy
    says `reprocess`, money that was left over pays it.

    Raises: Forbidden; NotFound (debt, component); InvalidInput (INVALID_TEXT, DISPUTED_PART, DISPUTE_OUTCOME,
    CURRENCY_MISMATCH); Conflict (DEBT_CLOSED, DISPUTE_OPEN where the whole debt is disputed and now a part of it, or
    the other way round, BALANCE_TOO_SMALL).
    """
    scope.require(Permission.DEBT_WORK)
    reason = require_text(command.reason, "reason")
    _check_form(command)
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, command.debt_id)
        if command.disputed or debt["closed_reason"] != ClosedReason.WRITTEN_OFF:
            require_active(debt)
        parts = await tx.fetch(_PARTS, scope.agency, command.debt_id)
        if command.component_id is not None and all(part["id"] != command.component_id for part in parts):
            raise not_found("component", "component_id")
        if command.disputed:
            return await _open(tx, command, debt, parts, reason)
        return await _close(tx, command, debt, parts, reason)


_PARTS = """
SELECT id, due_on, disputed_minor, balance_minor + written_off_minor AS open_minor FROM debt_component
WHERE agency_id = $1 AND debt_id = $2
"""


def _check_form(command: FlagDispute) -> None:
    if command.disputed and command.outcome is not None:
        raise InvalidInput(
            "A dispute that begins has no outcome.", code="DISPUTE_OUTCOME", field="outcome", remedy="Leave it out."
        )
    whole, amount = command.component_id is None, command.amount
    if (amount is None) != whole if command.disputed else amount is not None:
        raise InvalidInput(
            "A part is a component and how much of it is disputed; a dispute ends with all of a component.",
            code="DISPUTED_PART", field="amount", remedy="Give both to dispute a part, and neither for the whole debt.",
        )  # fmt: skip
    if amount is not None and amount.minor_units <= 0:
        raise InvalidInput(
            "What is disputed is a positive amount.", code="DISPUTED_PART", field="amount",
            remedy="Close the dispute where nothing is disputed any more.",
        )  # fmt: skip


async def _open(tx: Tx, command: FlagDispute, debt: Row, parts: list[Row], reason: str) -> DisputeFlagged:
    in_part = any(part["disputed_minor"] for part in parts)
    if debt["disputed"] and in_part is (command.component_id is None):
        raise Conflict(
            f"{'A part of the debt' if in_part else 'The whole debt'} is disputed already.", code="DISPUTE_OPEN",
            field="debt_id", remedy="Close that dispute first.",
        )  # fmt: skip
    changed, data = not debt["disputed"], {"reason": reason}
    if command.component_id is not None and command.amount is not None:
        part = next(part for part in parts if part["id"] == command.component_id)
        changed = _changes(command.amount, debt, part)
        data |= {
            "component_id": str(part["id"]), "amount_minor": command.amount.minor_units, "currency": debt["currency"],
        }  # fmt: skip
    if changed:
        minor = command.amount and command.amount.minor_units
        await tx.execute(_OPEN, tx.scope.agency, debt["id"], command.component_id, minor, tx.now)
        await emit(tx, "dispute.opened", debt["id"], data, creditor_id=debt["creditor_id"])
    return DisputeFlagged(debt_id=debt["id"], disputed=True, changed=changed, adjusted=Money(0, debt["currency"]))


_OPEN = """
WITH part AS (UPDATE debt_component SET disputed_minor = $4 WHERE agency_id = $1 AND debt_id = $2 AND id = $3)
UPDATE debt SET disputed = true, updated_at = $5 WHERE agency_id = $1 AND id = $2
"""


def _changes(amount: Money, debt: Row, part: Row) -> bool:
    if amount.currency != debt["currency"]:
        raise InvalidInput(
            f"The debt is in {debt['currency']}.", code="CURRENCY_MISMATCH", field="amount",
            remedy=f"Give the amount in {debt['currency']}.",
        )  # fmt: skip
    if amount.minor_units > part["open_minor"]:
        raise Conflict(
            "The component owes less than that.", code="BALANCE_TOO_SMALL", field="amount",
            remedy="Dispute its balance at most.",
        )  # fmt: skip
    return part["disputed_minor"] != amount.minor_units


async def _close(tx: Tx, command: FlagDispute, debt: Row, parts: list[Row], reason: str) -> DisputeFlagged:
    in_part = [part for part in parts if part["disputed_minor"]]
    if debt["disputed"] and not in_part and command.component_id is not None:
        raise Conflict(
            "The whole debt is disputed.", code="DISPUTE_OPEN", field="component_id", remedy="Name no component."
        )
    ended = [part for part in in_part or parts if command.component_id in (None, part["id"])]
    if not debt["disputed"] or not ended:
        nothing = Money(0, debt["currency"])
        return DisputeFlagged(debt_id=debt["id"], disputed=debt["disputed"], changed=False, adjusted=nothing)
    lowered = dict[UUID, int]()
    if command.outcome is DisputeOutcome.UPHELD:
        lowered = {
            part["id"]: min(part["open_minor"], part["disputed_minor"] if in_part else part["open_minor"])
            for part in ended
        }
    disputed = len(in_part) > len(ended)
    adjusted = Money(sum(lowered.values()), debt["currency"])
    await _write(tx, debt, parts, [part["id"] for part in ended], lowered, reason, disputed=disputed)
    data = {
        "reason": reason, "outcome": command.outcome, "adjusted_minor": adjusted.minor_units,
        "currency": debt["currency"], "component_ids": [str(part["id"]) for part in ended] if in_part else [],
    }  # fmt: skip
    await emit(tx, "dispute.closed", debt["id"], data, creditor_id=debt["creditor_id"])
    if command.outcome is not DisputeOutcome.UPHELD:
        await _split_anew(tx, debt)
    return DisputeFlagged(debt_id=debt["id"], disputed=disputed, changed=True, adjusted=adjusted)


# Of a debt that is written off it is the written off part that is not owed: less was written off.
_CLOSE = """
WITH part AS (
  SELECT id, minor FROM unnest($4::uuid[], $5::bigint[]) AS given (id, minor)
), ended AS (
  UPDATE debt_component c SET disputed_minor = 0,
    balance_minor = c.balance_minor - CASE WHEN $6 THEN 0 ELSE part.minor END,
    written_off_minor = c.written_off_minor - CASE WHEN $6 THEN part.minor ELSE 0 END
  FROM part WHERE c.agency_id = $1 AND c.id = part.id
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), $3, $2, part.id, step.kind, $7, $8, step.sign * part.minor, $9, $10, $11
  FROM part, (VALUES ('ADJUSTMENT', -1, true), ('WRITE_OFF', 1, $6)) AS step (kind, sign, done)
  WHERE part.minor > 0 AND step.done
), lowered AS (SELECT COALESCE(sum(minor), 0)::bigint AS minor FROM part)
UPDATE debt d SET disputed = $12, updated_at = $8, due_on = $13,
  balance_minor = d.balance_minor - CASE WHEN $6 THEN 0 ELSE lowered.minor END,
  written_off_minor = d.written_off_minor - CASE WHEN $6 THEN lowered.minor ELSE 0 END,
  status = CASE WHEN x.closes THEN 'CLOSED' ELSE d.status END,
  closed_reason = CASE WHEN NOT x.closes THEN d.closed_reason WHEN d.last_payment_on IS NULL THEN 'INVALIDATED'
                       ELSE 'PAID' END,
  closed_on = CASE WHEN x.closes THEN $7 ELSE d.closed_on END
FROM lowered, LATERAL (SELECT NOT $6 AND lowered.minor > 0 AND lowered.minor = $14 AS closes) x
WHERE d.agency_id = $1 AND d.id = $2
"""


async def _write(
    tx: Tx, debt: Row, parts: list[Row], ended: list[UUID], lowered: dict[UUID, int], reason: str, *, disputed: bool
) -> None:
    written_off = debt["closed_reason"] == ClosedReason.WRITTEN_OFF
    open_due = (part["due_on"] for part in parts if part["open_minor"] > lowered.get(part["id"], 0))
    due_on: date | None = None if written_off else min((day for day in open_due if day), default=None)
    await tx.execute(
        _CLOSE, tx.scope.agency, debt["id"], debt["creditor_id"], ended, [lowered.get(one, 0) for one in ended],
        written_off, clock.today(debt["timezone"]), tx.now, new_id(), str(tx.scope.actor), reason, disputed, due_on,
        debt["balance_minor"],
    )  # fmt: skip


_LEFT_OVER = """
SELECT m.allocation_order, m.allocation_policy FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE d.agency_id = $1 AND d.id = $2 AND EXISTS (
  SELECT 1 FROM payment p WHERE p.agency_id = $1 AND p.debt_id = d.id AND p.status <> 'REVERSED'
  AND p.unapplied_minor > 0)
"""


async def _split_anew(tx: Tx, debt: Row) -> None:
    terms = await tx.fetchrow(_LEFT_OVER, tx.scope.agency, debt["id"])
    if terms is not None and policy_of(terms["allocation_order"], terms["allocation_policy"]).reprocess:
        tomorrow = clock.today(debt["timezone"]) + timedelta(days=1)
        await ask_to_reprocess(tx, debt["id"], tomorrow, "a dispute that ended")
