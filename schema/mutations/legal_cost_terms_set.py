"""`legalCostTermsSet`."""

import strawberry

from core.kit import ids
from core.legal.kinds import CostApprover
from core.legal.set_cost_terms import SetCostTerms, set_cost_terms
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.kit.node import loaded
from schema.types.legal_cases import LegalCostTerms


@strawberry.input(description="Who approves the costs of lawsuits under a mandate, and up to what nobody is asked.")
class LegalCostTermsSetInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate.")
    approver: CostApprover = strawberry.field(
        description="CREDITOR, or AGENCY: then the agency may decide, and the creditor still may, too."
    )
    single: MoneyInput = strawberry.field(description="A cost of up to this needs no asking. 0 for none.")
    case: MoneyInput = strawberry.field(
        description="As long as all approved costs of its case stay within this, which is no less."
    )
    charged: bool = strawberry.field(
        default=True,
        description="Whether an approved cost is added to the debt at once; otherwise that is left to `debtCharge`.",
    )
    books_money: bool = strawberry.field(
        default=False,
        description="Whether payments that the lawyers tell of are booked without asking, where nothing speaks "
        "against it; otherwise each waits for `legalMoneyDecide`.",
    )


@strawberry.type(description="The terms that count now.")
class LegalCostTermsSetPayload(Payload):
    terms: LegalCostTerms | None = strawberry.field(default=None, description="The new version.")


@mutation(Permission.MANDATE_MANAGE)
async def legal_cost_terms_set(info: Info, input: LegalCostTermsSetInput) -> LegalCostTermsSetPayload:
    """Agree how costs of lawsuits are approved under a mandate; what is asked from now on has these terms.

    Error codes: NOT_FOUND; CURRENCY_MISMATCH; COST_TERMS.
    """
    done = await set_cost_terms(
        info.context.scope,
        SetCostTerms(
            mandate_id=ids.decode("mandate", input.mandate_id, field="mandateId"),
            approver=input.approver,
            single=input.single.to_core(),
            case=input.case.to_core(),
            charged=input.charged,
            books_money=input.books_money,
        ),
    )
    return LegalCostTermsSetPayload(terms=await loaded(info, LegalCostTerms, done.terms_id))
