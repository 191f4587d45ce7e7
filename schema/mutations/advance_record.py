"""`advanceRecord`."""

from datetime import date

import strawberry

from core.banking.transfers import advance_reference
from core.kit import ids
from core.permissions import Permission
from core.remittance.record_advance import RecordAdvance, record_advance
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput


@strawberry.input(description="Money that a creditor advances for costs, or gets back of it.")
class AdvanceRecordInput:
    creditor_id: strawberry.ID = strawberry.field(description="The creditor.")
    amount: MoneyInput = strawberry.field(description="How much, above 0.")
    moved_on: date = strawberry.field(description="The legal day, on the trust account.")
    reference: str = strawberry.field(description="What the bank, or the creditor, calls it.")
    idempotency_key: str = strawberry.field(description="Your own key for this advance.")
    returned: bool = strawberry.field(default=False, description="Whether it goes back to the creditor.")


@strawberry.type(description="The advance, and what is left of all of them.")
class AdvanceRecordPayload(Payload):
    advance_id: strawberry.ID | None = strawberry.field(
        default=None, description="The advance: `bankTransferIdentify` knows it by this."
    )
    end_to_end_id: str | None = strawberry.field(
        default=None,
        description="Of one that goes back: what to write into the transfer, so that the bank's line is known by it.",
    )
    available: Money | None = strawberry.field(default=None, description="What is left of the creditor's advances now.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.REMITTANCE_ISSUE)
async def advance_record(info: Info, input: AdvanceRecordInput) -> AdvanceRecordPayload:
    """Record an advance of a creditor, in the trust account from now on: statements take charges from it where the
    terms say ADVANCES. What was not used can go back.

    Error codes: NOT_FOUND; ADVANCE_AMOUNT, UNKNOWN_CURRENCY, MOVED_ON, INVALID_TEXT; ADVANCES_TOO_SMALL,
    IDEMPOTENCY_KEY_REUSED.
    """
    done = await record_advance(
        info.context.scope,
        RecordAdvance(
            creditor_id=ids.decode("creditor", input.creditor_id, field="creditorId"),
            amount=input.amount.to_core(),
            moved_on=input.moved_on,
            reference=input.reference,
            idempotency_key=input.idempotency_key,
            returned=input.returned,
        ),
    )
    return AdvanceRecordPayload(
        advance_id=strawberry.ID(ids.encode("advance", done.advance_id)),
        end_to_end_id=advance_reference(done.advance_id) if input.returned else None,
        available=Money.of(done.available.minor_units, done.available.currency),
        replayed=done.replayed,
    )
