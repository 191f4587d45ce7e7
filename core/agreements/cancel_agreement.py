"""Take an agreement back: a promise that was recorded by mistake, a plan that another one is to replace."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.agreements.judge import judge
from core.agreements.kinds import AgreementKind, AgreementStatus
from core.debts.lock import lock_debt, require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.events import emit
from core.kit.scope import Scope
from core.permissions import Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCancelled:
    """`ended_on` is its legal day in the mandate's zone: promises whose last day was before it stay as they are."""

    agreement_id: UUID
    debt_id: UUID
    ended_on: date


@again
async def cancel_agreement(scope: Scope, agreement_id: UUID, reason: str) -> AgreementCancelled:
    """Cancel an active agreement with its promises that were not due. Money that was paid towards it stays so.

    Raises: Forbidden; NotFound (agreement); InvalidInput (INVALID_TEXT); Conflict (AGREEMENT_ENDED).
    """
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        debt_id = await tx.fetchval(
            "SELECT debt_id FROM agreement WHERE agency_id = $1 AND id = $2", scope.agency, agreement_id
        )
        if debt_id is None:
            raise not_found("agreement", "agreement_id")
        return await _cancel(tx, debt_id, agreement_id, require_text(reason, "reason"))


@again
async def cancel_promise(scope: Scope, promise_id: UUID, reason: str) -> AgreementCancelled:
    """Cancel a pending promise. An instalment is not cancelled by itself: its plan is.

    Raises: Forbidden; NotFound (promise); InvalidInput (INVALID_TEXT); Conflict (AGREEMENT_ENDED,
    PROMISE_IS_INSTALMENT).
    """
    scope.require(Permission.DEBT_WORK)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT a.id, a.debt_id, a.kind FROM promise p JOIN agreement a ON a.agency_id = $1 "
            "AND a.id = p.agreement_id WHERE p.agency_id = $1 AND p.id = $2",
            scope.agency, promise_id,
        )  # fmt: skip
        if row is None:
            raise not_found("promise", "promise_id")
        if row["kind"] != AgreementKind.PROMISE:
            raise Conflict(
                "This is an instalment of a plan.", code="PROMISE_IS_INSTALMENT", field="promise_id",
                remedy="Cancel the plan, and agree on another.",
            )  # fmt: skip
        return await _cancel(tx, row["debt_id"], row["id"], require_text(reason, "reason"))


_CANCEL = """
UPDATE agreement SET status = 'CANCELLED', ended_on = $3, cancel_reason = $4 WHERE agency_id = $1 AND id = $2
"""


async def _cancel(tx: Tx, debt_id: UUID, agreement_id: UUID, reason: str) -> AgreementCancelled:
    debt = await lock_debt(tx, debt_id)
    await judge(tx, [debt_id])
    agreement: Row | None = await tx.fetchrow(
        "SELECT kind, status, amount_minor, currency FROM agreement WHERE agency_id = $1 AND id = $2",
        tx.scope.agency, agreement_id,
    )  # fmt: skip
    assert agreement is not None
    if agreement["status"] != AgreementStatus.ACTIVE:
        raise Conflict(
            f"It has ended ({agreement['status']}).", code="AGREEMENT_ENDED", field="agreement_id",
            remedy="Nothing is left to cancel.",
        )  # fmt: skip
    today = clock.today(debt["timezone"])
    await tx.execute(_CANCEL, tx.scope.agency, agreement_id, today, reason)
    await judge(tx, [debt_id])
    if agreement["kind"] == AgreementKind.PLAN:
        data = {
            "debt_id": str(debt_id), "was": "ACTIVE", "amount_minor": agreement["amount_minor"],
            "currency": agreement["currency"], "ended_on": today.isoformat(), "reason": reason,
        }  # fmt: skip
        await emit(tx, "agreement.cancelled", agreement_id, data, creditor_id=debt["creditor_id"])
    return AgreementCancelled(agreement_id=agreement_id, debt_id=debt_id, ended_on=today)
