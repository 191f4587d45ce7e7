"""`promiseCancel`."""

import strawberry

from core.agreements.cancel_agreement import cancel_promise
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.agreements import Promise


@strawberry.input(description="A promise that is to count no more.")
class PromiseCancelInput:
    promise_id: strawberry.ID = strawberry.field(description="The promise.")
    reason: str = strawberry.field(description="Why, in 1 to 200 characters.")


@strawberry.type(description="The cancelled promise.")
class PromiseCancelPayload(Payload):
    promise: Promise | None = strawberry.field(default=None, description="The promise.")


@mutation(Permission.DEBT_WORK)
async def promise_cancel(info: Info, input: PromiseCancelInput) -> PromiseCancelPayload:
    """Cancel a pending promise. What was paid towards it stays paid. An instalment is cancelled with its plan.

    Error codes: NOT_FOUND; INVALID_TEXT; AGREEMENT_ENDED, PROMISE_IS_INSTALMENT.
    """
    promise_id = ids.decode("promise", input.promise_id, field="promiseId")
    await cancel_promise(info.context.scope, promise_id, input.reason)
    return PromiseCancelPayload(promise=await loaded(info, Promise, promise_id))
