"""`legalEventRecord`."""

from datetime import date

import strawberry

from core.kit import ids
from core.legal.kinds import EventKind
from core.legal.record_event import RecordEvent, record_event
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.legal import LegalHandoff


@strawberry.input(description="Something that happened in a lawsuit.")
class LegalEventRecordInput:
    handoff_id: strawberry.ID = strawberry.field(description="The case.")
    kind: EventKind = strawberry.field(description="What it was.")
    on: date = strawberry.field(description="The legal day from which terms run: when the claimant was notified of it.")
    reference: str = strawberry.field(description="Your own reference: told twice, it is one event.")
    detail: str = strawberry.field(default="", description="More about it, in up to 500 characters.")
    scheduled_on: date | None = strawberry.field(
        default=None, description="The day of the hearing or the auction that was set."
    )


@strawberry.type(description="The case after the event.")
class LegalEventRecordPayload(Payload):
    handoff: LegalHandoff | None = strawberry.field(default=None, description="The handoff with its deadlines.")
    replayed: bool = strawberry.field(default=False, description="Whether the event was known.")


@mutation(Permission.LEGAL_HANDOFF)
async def legal_event_record(info: Info, input: LegalEventRecordInput) -> LegalEventRecordPayload:
    """Record what happened in a lawsuit: terms that it begins become deadlines, in court days, and others are done.

    Error codes: NOT_FOUND; INVALID_TEXT; EVENT_DAY; SCHEDULED_DAY; HANDOFF_NOT_RUNNING; REFERENCE_REUSED;
    TOO_MANY_EVENTS.
    """
    handoff_id = ids.decode("handoff", input.handoff_id, field="handoffId")
    done = await record_event(
        info.context.scope,
        RecordEvent(
            handoff_id=handoff_id,
            kind=input.kind,
            on=input.on,
            reference=input.reference,
            detail=input.detail,
            scheduled_on=input.scheduled_on,
        ),
    )
    return LegalEventRecordPayload(handoff=await loaded(info, LegalHandoff, handoff_id), replayed=done.replayed)
