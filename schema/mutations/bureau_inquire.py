"""`bureauInquire`."""

from datetime import datetime

import strawberry

from core.bureaus.request_inquiry import RequestInquiry, request_inquiry
from core.bureaus.rules import ConsentGiven
from core.kit import ids
from core.permissions import Permission
from recobro_sdk import Purpose
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload, user_error
from schema.kit.node import loaded
from schema.types.bureaus import BureauInquiry

strawberry.enum(Purpose, name="BureauPurpose", description="For what the law permits asking a bureau.")


@strawberry.input(description="The debtor's authorisation (Ley 1266 de 2008 art. 6).")
class ConsentInput:
    reference: str = strawberry.field(description="Where its evidence is kept.")
    medium: str = strawberry.field(description="How it was given: `signed contract`, `recorded call`.")
    granted_at: datetime = strawberry.field(description="When it was given.")
    text_version: str = strawberry.field(description="To which wording.")


@strawberry.input(description="A question to a credit bureau about the debtor of a debt.")
class BureauInquireInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt that it is for.")
    provider: str = strawberry.field(description="The code of a bureau's offer; see `plugins`.")
    idempotency_key: str = strawberry.field(description="Your own key: the same request with it asks nobody twice.")
    purpose: Purpose | None = strawberry.field(default=None, description="Why. Refused without.")
    consent: ConsentInput | None = strawberry.field(default=None, description="The authorisation. Refused without.")


@strawberry.type(description="The inquiry, answered or not.")
class BureauInquirePayload(Payload):
    inquiry: BureauInquiry | None = strawberry.field(
        default=None, description="The inquiry as it stands; present also where the bureau failed, with the error."
    )
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.BUREAU_INQUIRE, cost=50)
async def bureau_inquire(info: Info, input: BureauInquireInput) -> BureauInquirePayload:
    """Ask a credit bureau about a debtor. Who asked, for which creditor, why and by which consent is kept.

    Without purpose or consent nothing leaves the house. A bureau that does not answer leaves the inquiry FAILED, or
    UNKNOWN where nobody can tell; it is then settled in the background with the same key.
    """
    given = input.consent
    done = await request_inquiry(
        info.context.scope,
        RequestInquiry(
            debt_id=ids.decode("debt", input.debt_id, field="debtId"),
            provider=input.provider,
            purpose=input.purpose.value if input.purpose else None,
            consent=ConsentGiven(
                reference=given.reference,
                medium=given.medium,
                granted_at=given.granted_at,
                text_version=given.text_version,
            )
            if given
            else None,
            idempotency_key=input.idempotency_key,
        ),
    )
    inquiry = await loaded(info, BureauInquiry, done.inquiry_id)
    errors = [user_error(done.problem)] if done.problem else []
    return BureauInquirePayload(inquiry=inquiry, replayed=done.replayed, errors=errors)
