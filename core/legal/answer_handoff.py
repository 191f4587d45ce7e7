"""What the lawyers say to a case that they have acknowledged: they take it, or they do not."""

from dataclasses import dataclass
from uuid import UUID

from core.debts.lock import require_text
from core.kit import db
from core.kit.again import again
from core.kit.db import Tx
from core.kit.errors import Conflict
from core.kit.events import emit
from core.kit.scope import Scope
from core.legal.case import Case, leave_court, lock_case, take_step
from core.legal.kinds import HandoffState
from core.permissions import Permission

BY_PEOPLE = "refused_by_channel"
"""The code of a refusal that somebody recorded without the channel's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerHandoff:
    """`reason` is what the lawyers said, needed for a refusal; `code` their own word (`conflict_of_interest`)."""

    handoff_id: UUID
    accepted: bool
    reason: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffAnswered:
    handoff_id: UUID
    state: HandoffState
    replayed: bool


@again
async def answer_handoff(scope: Scope, command: AnswerHandoff) -> HandoffAnswered:
    """Record that a channel accepts or refuses an acknowledged case. Refused, the debt leaves the judicial stage for
    that of its days past due, and can be handed over anew.

    Raises: Forbidden; NotFound (handoff); InvalidInput (INVALID_TEXT); Conflict (HANDOFF_NOT_ACKNOWLEDGED,
    HANDOFF_ANSWERED).
    """
    scope.require(Permission.LEGAL_HANDOFF)
    reason = command.reason.strip()
    if reason or not command.accepted:
        reason = require_text(command.reason, "reason", 500)
    code = require_text(command.code, "code", 80) if command.code is not None else None
    wanted = HandoffState.ACCEPTED if command.accepted else HandoffState.REFUSED
    async with db.transaction(scope) as tx:
        case = await lock_case(tx, command.handoff_id)
        if case.state is wanted:
            return HandoffAnswered(handoff_id=case.id, state=wanted, replayed=True)
        if case.state is not HandoffState.ACK:
            raise _not_now(case.state)
        await answer(tx, case, wanted, reason=reason, code=code)
        return HandoffAnswered(handoff_id=case.id, state=wanted, replayed=False)


async def answer(tx: Tx, case: Case, wanted: HandoffState, *, reason: str, code: str | None = None) -> None:
    """Take an acknowledged case of `lock_case` to ACCEPTED or REFUSED."""
    refused = wanted is HandoffState.REFUSED
    if refused:
        code = code or BY_PEOPLE
        await leave_court(tx, case, f"refused by the legal channel: {reason or code}"[:200])
    await take_step(tx, case, wanted, code=code if refused else None, reason=reason)
    data = {"debt_id": str(case.handoff["debt_id"]), "channel": case.handoff["channel"], "reason": reason}
    if refused:
        data["code"] = code
    await emit(tx, f"legal.{wanted.value.lower()}", case.id, data, creditor_id=case.creditor_id)


def _not_now(state: HandoffState) -> Conflict:
    if state in (HandoffState.ACCEPTED, HandoffState.REFUSED, HandoffState.CLOSED):
        return Conflict(
            f"The channel has answered already ({state}).", code="HANDOFF_ANSWERED", field="handoff_id",
            remedy="An accepted case ends with the event TERMINATED; a refused debt is handed over anew.",
        )  # fmt: skip
    return Conflict(
        f"The handoff is {state}: nobody has acknowledged it.", code="HANDOFF_NOT_ACKNOWLEDGED", field="handoff_id",
        remedy="Wait for the acknowledgement; a handoff that is SENT is settled by itself.",
    )  # fmt: skip
