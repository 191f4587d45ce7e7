"""One submission of a packaged handoff, outside of any transaction, and the honest record of what came back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.debts.change_stage import move_to_stage
from core.debts.kinds import DebtStatus, Stage
from core.debts.lock import lock_debt
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, DomainError, NotFound
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.legal.case import write_step
from core.legal.dossier import dossier_from_json
from core.legal.follow_case import follow_later
from core.legal.kinds import HandoffState
from core.plugin_host.artifacts import check_artifacts, keep_artifacts
from core.plugin_host.call import RETRIES, call
from core.plugin_host.follow_up import settled
from core.plugin_host.kinds import CallOutcome
from core.plugin_host.offers import LEGAL_CHANNEL
from core.plugin_host.problems import ProviderProblem
from recobro_sdk import Dossier, HandoffReceipt

SETTLE_JOB = "legal.settle"
SETTLE_AFTER = timedelta(minutes=3)
TIMEOUT_S = 60.0
OPEN = (HandoffState.PACKAGED, HandoffState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffResult:
    """A handoff as it stands. `checklist` has every line as stored; `problem` says why it is not acknowledged."""

    handoff_id: UUID
    state: HandoffState
    checklist: list[dict[str, Any]]
    receipt: str | None
    refusal_code: str | None
    problem: DomainError | None
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A stored handoff that is to be submitted."""

    id: UUID
    debt_id: UUID
    creditor_id: UUID
    channel: str
    state: HandoffState
    dossier: Dossier

    @classmethod
    def of(cls, row: Row) -> "Handoff":
        return cls(
            id=row["id"],
            debt_id=row["debt_id"],
            creditor_id=row["creditor_id"],
            channel=row["channel"],
            state=HandoffState(row["state"]),
            dossier=dossier_from_json(row["dossier"]),
        )


async def submit(scope: Scope, handoff: Handoff, *, first: bool) -> HandoffResult:
    """Submit and store what becomes of it. `first` where nobody can have submitted this handoff before."""
    try:
        receipt = await call(
            scope, LEGAL_CHANNEL, handoff.channel, "submit",
            # Ours and not the caller's: two agencies may use the same key at the same firm.
            lambda channel: channel.submit(handoff.dossier, idempotency_key=str(handoff.id)),
            answer=HandoffReceipt, check=lambda found: check_receipt(found, handoff.channel),
            creditor_id=handoff.creditor_id, subject_id=handoff.id, timeout_s=TIMEOUT_S,
            retries=RETRIES if first else 0, paid=first,
        )  # fmt: skip
    except ProviderProblem as problem:
        return await _not_acknowledged(scope, handoff, _state(problem, first=first), problem)
    except (NotFound, Conflict) as problem:  # the plugin was removed or disabled meanwhile
        return await _not_acknowledged(scope, handoff, HandoffState.REFUSED if first else HandoffState.SENT, problem)
    return await _acknowledged(scope, handoff, receipt)


def _state(problem: ProviderProblem, *, first: bool) -> HandoffState:
    if problem.outcome is CallOutcome.UNKNOWN:
        return HandoffState.SENT
    # This attempt had no effect; an earlier one may have had, unless the channel speaks of the case itself.
    final = problem.code == "PROVIDER_REJECTED" and problem.provider_code != "idempotency_key_reused"
    return HandoffState.REFUSED if first or final else HandoffState.SENT


def check_receipt(receipt: HandoffReceipt, channel: str) -> None:
    """Raises: ValueError, TypeError for a receipt that is none, or that cannot be kept."""
    if receipt.channel != channel or not 0 < len(receipt.number) <= 120 or receipt.received_at.tzinfo is None:
        raise ValueError("the receipt is not of this channel, or incomplete")
    check_artifacts(receipt.artifacts)


async def _acknowledged(scope: Scope, handoff: Handoff, receipt: HandoffReceipt) -> HandoffResult:
    stored = await keep_artifacts(scope.agency, receipt.artifacts)
    async with db.transaction(scope) as tx:
        debt = await lock_debt(tx, handoff.debt_id)
        row = await tx.fetchrow(
            "UPDATE legal_handoff SET state = 'ACK', receipt = $3, acknowledged_at = $4, refusal_code = NULL "
            "WHERE agency_id = $1 AND id = $2 AND state IN ('PACKAGED', 'SENT') RETURNING *",
            scope.agency, handoff.id, receipt.number, receipt.received_at,
        )  # fmt: skip
        if row is None:  # settled meanwhile by somebody else, with the same key and so the same receipt
            return result_of(await _row(tx, handoff.id), replayed=True)
        await tx.connection.executemany(
            "INSERT INTO legal_document (agency_id, id, creditor_id, handoff_id, name, media_type, file_sha256, "
            "file_size) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                (
                    scope.agency,
                    new_id(),
                    handoff.creditor_id,
                    handoff.id,
                    kept.name,
                    kept.media_type,
                    file.sha256,
                    file.size,
                )
                for kept, file in stored
            ],
        )
        if debt["status"] == DebtStatus.ACTIVE:
            await move_to_stage(tx, debt, Stage.JUDICIAL, f"handed over, receipt {receipt.number}")
        await settled(tx, SETTLE_JOB, handoff.id)
        await write_step(tx, handoff.id, handoff.creditor_id, HandoffState.ACK, reason=f"receipt {receipt.number}")
        await follow_later(tx, handoff.id, handoff.channel)
        data = {"debt_id": str(handoff.debt_id), "channel": handoff.channel, "receipt": receipt.number}
        await emit(tx, "legal.acknowledged", handoff.id, data, creditor_id=handoff.creditor_id)
    return result_of(row, replayed=False)


async def _not_acknowledged(scope: Scope, handoff: Handoff, state: HandoffState, problem: DomainError) -> HandoffResult:
    own = problem.provider_code if isinstance(problem, ProviderProblem) else None
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE legal_handoff SET state = $3, refusal_code = $4 "
            "WHERE agency_id = $1 AND id = $2 AND state IN ('PACKAGED', 'SENT') RETURNING *",
            scope.agency, handoff.id, state.value, own if problem.code == "PROVIDER_REJECTED" and own else problem.code,
        )  # fmt: skip
        if row is None:
            return result_of(await _row(tx, handoff.id), replayed=True)
        if state is HandoffState.REFUSED:
            await settled(tx, SETTLE_JOB, handoff.id)
        if state is not handoff.state:
            await write_step(
                tx, handoff.id, handoff.creditor_id, state, code=row["refusal_code"], reason=problem.message
            )
            data = {"debt_id": str(handoff.debt_id), "channel": handoff.channel, "code": row["refusal_code"]}
            await emit(tx, f"legal.{state.value.lower()}", handoff.id, data, creditor_id=handoff.creditor_id)
    return result_of(row, replayed=False, problem=problem)


async def _row(tx: Tx, handoff_id: UUID) -> Row:
    row = await tx.fetchrow("SELECT * FROM legal_handoff WHERE agency_id = $1 AND id = $2", tx.scope.agency, handoff_id)
    assert row is not None
    return row


def result_of(row: Row, *, replayed: bool, problem: DomainError | None = None) -> HandoffResult:
    """The result that a handoff's row tells."""
    return HandoffResult(
        handoff_id=row["id"],
        state=HandoffState(row["state"]),
        checklist=row["checklist"],
        receipt=row["receipt"],
        refusal_code=row["refusal_code"],
        problem=problem or _problem(row),
        replayed=replayed,
    )


def _problem(row: Row) -> DomainError | None:
    if row["state"] == HandoffState.CHECKLIST:
        missing = [line["code"] for line in row["checklist"] if line["blocks"]]
        return Conflict(
            f"The channel would refuse the case: {', '.join(missing)}.", code="HANDOFF_REQUIREMENTS_MISSING",
            field="facts", remedy="Meet the blocking requirements of the checklist, and use another key.",
        )  # fmt: skip
    if row["refusal_code"] is None:
        return None
    remedy = "Correct what it names, and hand over anew with another key."
    if row["state"] == HandoffState.SENT:
        remedy = "Nothing to do: the same dossier is handed over again by itself."
    return DomainError("The channel did not acknowledge the case.", code=row["refusal_code"], remedy=remedy)
