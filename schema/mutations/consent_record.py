"""`consentRecord`."""

import strawberry

from core.bureaus.record_consent import record_consent
from core.bureaus.rules import ConsentGiven
from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.mutations.bureau_inquire import ConsentInput
from schema.types.debts import Debt


@strawberry.input(description="That a debtor authorised reports about a debt.")
class ConsentRecordInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    consent: ConsentInput = strawberry.field(description="The authorisation, usually that of the contract.")


@strawberry.type(description="The debt of the authorisation.")
class ConsentRecordPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    recorded: bool = strawberry.field(default=False, description="False where this one was recorded before.")


@mutation(Permission.BUREAU_FURNISH)
async def consent_record(info: Info, input: ConsentRecordInput) -> ConsentRecordPayload:
    """Keep the debtor's authorisation of reports to bureaus: without one, a debt is not reported.

    Error codes: NOT_FOUND; CONSENT_MISSING; CONSENT_IN_FUTURE; INVALID_TEXT; DEBT_CLOSED.
    """
    debt_id, given = ids.decode("debt", input.debt_id, field="debtId"), input.consent
    recorded = await record_consent(
        info.context.scope,
        debt_id,
        ConsentGiven(
            reference=given.reference, medium=given.medium, granted_at=given.granted_at, text_version=given.text_version
        ),
    )
    return ConsentRecordPayload(debt=await loaded(info, Debt, debt_id), recorded=recorded)
