"""`pluginBudgetSet`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.reads import offer_settings
from core.plugin_host.set_budget import SetBudget, set_budget
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.types.plugins import PluginOffer


@strawberry.input(description="What an agency may spend on an offer of a plugin. Without a limit it is removed.")
class PluginBudgetSetInput:
    code: str = strawberry.field(description="The offer's code; see `plugins`.")
    period: BudgetPeriod = strawberry.field(description="What it is for.")
    creditor_id: strawberry.ID | None = strawberry.field(
        default=None, description="For calls about this creditor's debts only; for all of them without."
    )
    max_calls: int | None = strawberry.field(default=None, description="The most calls in a period.")
    max_amount: MoneyInput | None = strawberry.field(
        default=None, description="The most money in a period, by the offer's price."
    )


@strawberry.type(description="The offer with its budgets.")
class PluginBudgetSetPayload(Payload):
    offer: PluginOffer | None = strawberry.field(default=None, description="The offer as the agency has it.")


@mutation(Permission.PLUGIN_MANAGE)
async def plugin_budget_set(info: Info, input: PluginBudgetSetInput) -> PluginBudgetSetPayload:
    """Limit what the agency spends on an offer in a day or a month; a call over it is refused with BUDGET_EXCEEDED."""
    creditor = ids.decode("creditor", input.creditor_id, field="creditorId") if input.creditor_id else None
    command = SetBudget(
        code=input.code,
        period=input.period,
        creditor_id=creditor,
        max_calls=input.max_calls,
        max_amount=input.max_amount.to_core() if input.max_amount else None,
    )
    await set_budget(info.context.scope, command)
    return PluginBudgetSetPayload(offer=PluginOffer.of(await offer_settings(info.context.scope, input.code)))
