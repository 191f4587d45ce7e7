"""`interestTermsSet`."""

from datetime import date

import strawberry

from core.interest.set_terms import SetTerms, set_terms
from core.kit import ids
from core.mandates.interest import check_interest
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON, BigInt
from schema.types.debts import Debt


@strawberry.input(description="Terms of interest of a debt from a day on.")
class InterestTermsSetInput:
    debt_id: strawberry.ID = strawberry.field(description="The debt.")
    valid_from: date = strawberry.field(description="The day from which they hold, until that of later ones.")
    terms: JSON = strawberry.field(
        description='The terms (docs/agency.md): {"annual_rate": "0.2817", "modality": "CO_CONSUMER"}.'
    )
    reason: str = strawberry.field(description="Why: the contract, a judgment.")


@strawberry.type(description="The debt with its terms.")
class InterestTermsSetPayload(Payload):
    debt: Debt | None = strawberry.field(default=None, description="The debt.")
    corrected_minor: BigInt | None = strawberry.field(
        default=None, description="By how many minor units interest changed that was posted already."
    )


@mutation(Permission.INTEREST_MANAGE)
async def interest_terms_set(info: Info, input: InterestTermsSetInput) -> InterestTermsSetPayload:
    """Set what interest a debt earns from a day on: at its start, or others after a judgment or an agreement.

    Error codes: NOT_FOUND; DEBT_CLOSED; INTEREST_TERMS, INTEREST_FROM, INTEREST_RECEIVER, INVALID_TEXT.
    """
    debt_id = ids.decode("debt", input.debt_id, field="debtId")
    done = await set_terms(
        info.context.scope,
        SetTerms(
            debt_id=debt_id,
            valid_from=input.valid_from,
            terms=check_interest(input.terms, field="terms"),
            reason=input.reason,
        ),
    )
    return InterestTermsSetPayload(debt=await loaded(info, Debt, debt_id), corrected_minor=BigInt(done.corrected_minor))
