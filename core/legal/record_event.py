"""Record what happened in a case; the terms that it begins become deadlines."""

import asyncio
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.debts.lock import require_text
from core.kit import clock, db
from core.kit.again import again
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.legal import colombia
from core.legal.answer_handoff import answer
from core.legal.case import Case, leave_court, lock_case, require_running, take_step
from core.legal.deadlines import SCHEDULED, NewDeadline, begun_by, ended_by, scheduled
from core.legal.kinds import STAGE_OF, EventKind, HandoffState
from core.permissions import Permission

MAX_EVENTS = 1000
_COURTS = {"CO": colombia}
"""The terms and the calendar of a country's courts; elsewhere only days that were set become deadlines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEvent:
    """`on` is the legal day from which terms run: of a decision, when the claimant was notified of it, of a service,
    when it counts as done. `scheduled_on` is the day of a hearing or an auction that was set. `reference` is the
    recorder's own, unique in the handoff: told twice, it is one event."""

    handoff_id: UUID
    kind: EventKind
    on: date
    reference: str
    detail: str = ""
    scheduled_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecorded:
    event_id: UUID
    handoff_id: UUID
    state: HandoffState
    replayed: bool


@again
async def record_event(scope: Scope, command: RecordEvent) -> EventRecorded:
    """Record an event of a case once, begin and end deadlines by it. A case of which something happens is accepted;
    TERMINATED closes it, cancels what is open, and the debt leaves the judicial stage.

    Deadlines are counted as the courts of the dossier's country do (core/legal/colombia.py; CGP art. 118).

    Raises: Forbidden; NotFound (handoff); InvalidInput (INVALID_TEXT, EVENT_DAY, SCHEDULED_DAY); Conflict
    (HANDOFF_NOT_RUNNING, REFERENCE_REUSED, TOO_MANY_EVENTS).
    """
    scope.require(Permission.LEGAL_HANDOFF)
    async with db.transaction(scope) as tx:
        return await write_event(tx, await lock_case(tx, command.handoff_id), command)


async def write_event(tx: Tx, case: Case, command: RecordEvent) -> EventRecorded:
    """The same, in a transaction that holds the case. Raises: as `record_event`."""
    reference = require_text(command.reference, "reference")
    detail = command.detail.strip() and require_text(command.detail, "detail", 500)
    earlier = await _earlier(tx, case, command, reference)
    if earlier is not None:
        return EventRecorded(event_id=earlier, handoff_id=case.id, state=case.state, replayed=True)
    require_running(case)
    _check_days(case, command)
    event_id = new_id()
    ended = await _end_deadlines(tx, case, command.kind)
    begun = await _insert(tx, case, command, event_id, reference, detail)
    state = await _move(tx, case, command)
    data = {
        "debt_id": str(case.handoff["debt_id"]), "event_id": str(event_id), "kind": command.kind.value,
        "on": command.on.isoformat(), "scheduled_on": command.scheduled_on and command.scheduled_on.isoformat(),
        "deadlines": {one.code: one.due_on.isoformat() for one in begun}, "ended": ended,
    }  # fmt: skip
    await emit(tx, "legal.event_recorded", case.id, data, creditor_id=case.creditor_id)
    return EventRecorded(event_id=event_id, handoff_id=case.id, state=state, replayed=False)


async def _earlier(tx: Tx, case: Case, command: RecordEvent, reference: str) -> UUID | None:
    row = await tx.fetchrow(
        "SELECT id, kind, occurred_on, scheduled_on FROM legal_event "
        "WHERE agency_id = $1 AND handoff_id = $2 AND reference = $3",
        tx.scope.agency, case.id, reference,
    )  # fmt: skip
    if row is None:
        return None
    if (row["kind"], row["occurred_on"], row["scheduled_on"]) != (command.kind, command.on, command.scheduled_on):
        raise Conflict(
            "This reference is of another event of the case.", code="REFERENCE_REUSED", field="reference",
            remedy="Use a new reference for a new event; what is recorded stays as it is.",
        )  # fmt: skip
    return row["id"]


def _check_days(case: Case, command: RecordEvent) -> None:
    opened, today = case.debt["opened_on"], clock.today(case.debt["timezone"])
    if not opened <= command.on <= today:
        raise InvalidInput(
            "The day is before the debt, or in the future.", code="EVENT_DAY", field="on",
            remedy=f"Give a day from {opened} to {today}; what is to come is the scheduled day.",
        )  # fmt: skip
    if command.kind in SCHEDULED and command.scheduled_on is None:
        raise InvalidInput(
            f"{command.kind} needs the day that was set.", code="SCHEDULED_DAY", field="scheduled_on",
            remedy="Give the day of the hearing or the auction.",
        )  # fmt: skip
    if command.scheduled_on is not None and command.scheduled_on < command.on:
        raise InvalidInput(
            "What was set lies after the day on which it was.", code="SCHEDULED_DAY", field="scheduled_on",
            remedy=f"Give a day from {command.on} on.",
        )  # fmt: skip


_INSERT = """
INSERT INTO legal_event (agency_id, id, creditor_id, handoff_id, kind, occurred_on, scheduled_on, detail, reference,
  recorded_by, recorded_at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
WHERE (SELECT count(*) FROM legal_event WHERE agency_id = $1 AND handoff_id = $4) < $12
"""
_BEGIN = """
INSERT INTO legal_deadline (agency_id, id, creditor_id, handoff_id, event_id, code, party, computed_on, due_on)
SELECT $1, recobro_uuid7(), $2, $3, $4, code, party, due_on, due_on
FROM unnest($5::text[], $6::text[], $7::date[]) AS u (code, party, due_on)
"""


async def _insert(
    tx: Tx, case: Case, command: RecordEvent, event_id: UUID, reference: str, detail: str
) -> list[NewDeadline]:
    inserted = await tx.execute(
        _INSERT, tx.scope.agency, event_id, case.creditor_id, case.id, command.kind.value, command.on,
        command.scheduled_on, detail, reference, str(tx.scope.actor), tx.now, MAX_EVENTS,
    )  # fmt: skip
    if inserted == "INSERT 0 0":
        raise Conflict(
            f"The case has {MAX_EVENTS} events.", code="TOO_MANY_EVENTS", field="handoff_id",
            remedy="Record what begins or ends a term, no more.",
        )  # fmt: skip
    begun = await _begun(case, command)
    await tx.execute(
        _BEGIN, tx.scope.agency, case.creditor_id, case.id, event_id, [one.code for one in begun],
        [one.party.value for one in begun], [one.due_on for one in begun],
    )  # fmt: skip
    return begun


async def _begun(case: Case, command: RecordEvent) -> list[NewDeadline]:
    law = _COURTS.get(case.country)
    if law is not None:
        # The calendar of the first day takes half a second to load.
        return await asyncio.to_thread(begun_by, law.RULES, law.COURTS, command.kind, command.on, command.scheduled_on)
    return [] if command.scheduled_on is None else [scheduled(command.kind, command.scheduled_on)]


async def _end_deadlines(tx: Tx, case: Case, kind: EventKind) -> list[str]:
    """What the event says is done with, or was set for another day; all that is open where the case ends."""
    law = _COURTS.get(case.country)
    done = ended_by(law.ENDS if law else {}, kind)
    moved = SCHEDULED.get(kind)
    rows = await tx.fetch(
        "UPDATE legal_deadline SET state = CASE WHEN code = ANY ($3) THEN 'DONE' ELSE 'CANCELLED' END, note = $4, "
        "changed_by = $5, changed_at = $6 WHERE agency_id = $1 AND handoff_id = $2 AND state = 'OPEN' "
        "AND (code = ANY ($3) OR code = $7 OR $8) RETURNING code",
        tx.scope.agency, case.id, sorted(done), f"by the event {kind}", str(tx.scope.actor), tx.now,
        moved, kind is EventKind.TERMINATED,
    )  # fmt: skip
    return sorted(row["code"] for row in rows)


async def _move(tx: Tx, case: Case, command: RecordEvent) -> HandoffState:
    """The stage of the case, and the state of the handoff where it follows."""
    stage = STAGE_OF.get(command.kind)
    if stage is not None:
        await tx.execute(
            "UPDATE legal_handoff SET stage = $3 WHERE agency_id = $1 AND id = $2",
            tx.scope.agency,
            case.id,
            stage.value,
        )
    if command.kind is EventKind.TERMINATED:
        await leave_court(tx, case, "the lawsuit has ended")
        await take_step(tx, case, HandoffState.CLOSED, reason=command.detail.strip())
        data = {"debt_id": str(case.handoff["debt_id"]), "channel": case.handoff["channel"]}
        await emit(tx, "legal.closed", case.id, data, creditor_id=case.creditor_id)
        return HandoffState.CLOSED
    if case.state is HandoffState.ACK:
        await answer(tx, case, HandoffState.ACCEPTED, reason=f"{command.kind} shows that the channel works it")
        return HandoffState.ACCEPTED
    return case.state
