"""`promiseRecord`."""

from datetime import date

import strawberry

from core.agreements.kinds import AgreementChannel
from core.agreements.record_promise import RecordPromise, record_promise
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.agreements import Promise


@strawberry.input(description="That a debtor promised to pay.")
class PromiseRecordInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    amount: MoneyInput = strawberry.field(description="How much, in the debt's currency; no more than is owed.")
    due_on: date = strawberry.field(description="By which legal day in the mandate's zone: today or later.")
    idempotency_key: str = strawberry.field(description="Your own key for this promise.")
    channel: AgreementChannel = strawberry.field(default=AgreementChannel.CALL, description="How it was given.")


@strawberry.type(description="The recorded promise.")
class PromiseRecordPayload(Payload):
    promise: Promise | None = strawberry.field(default=None, description="The promise.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.DEBT_WORK)
async def promise_record(info: Info, input: PromiseRecordInput) -> PromiseRecordPayload:
    """Record a promise to pay. What is paid from today on, to you or to the creditor, goes towards it.

    Error codes: NOT_FOUND; AGREED_AMOUNT, CURRENCY_MISMATCH, INSTALMENT_DAYS, INVALID_TEXT; DEBT_CLOSED,
    AGREEMENT_EXISTS, IDEMPOTENCY_KEY_REUSED.
    """
    done = await record_promise(
        info.context.scope,
        RecordPromise(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            amount=input.amount.to_core(),
            due_on=input.due_on,
            channel=input.channel,
            idempotency_key=input.idempotency_key,
        ),
    )
    return PromiseRecordPayload(promise=await loaded(info, Promise, done.promises[0]), replayed=done.replayed)
