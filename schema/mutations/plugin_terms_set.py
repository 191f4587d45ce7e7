"""`pluginTermsSet`."""

import strawberry

from core.permissions import Permission
from core.plugin_host.reads import offer_settings
from core.plugin_host.set_terms import SetTerms, set_terms
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import MoneyInput
from schema.types.plugins import PluginOffer


@strawberry.input(description="What an offer of a plugin costs the agency, and for how long an answer is used again.")
class PluginTermsSetInput:
    code: str = strawberry.field(description="The offer's code; see `plugins`.")
    price: MoneyInput | None = strawberry.field(
        default=None, description="The provider's price for one call; nothing without."
    )
    reuse_days: int = strawberry.field(
        default=0, description="For how many days a bureau's answer is used again (0 to 180); 0 asks each time."
    )


@strawberry.type(description="The offer with its terms.")
class PluginTermsSetPayload(Payload):
    offer: PluginOffer | None = strawberry.field(default=None, description="The offer as the agency has it.")


@mutation(Permission.PLUGIN_MANAGE)
async def plugin_terms_set(info: Info, input: PluginTermsSetInput) -> PluginTermsSetPayload:
    """Set what a call of an offer costs the agency, and for how long it uses an answer again."""
    price = input.price.to_core() if input.price else None
    await set_terms(info.context.scope, SetTerms(code=input.code, price=price, reuse_days=input.reuse_days))
    return PluginTermsSetPayload(offer=PluginOffer.of(await offer_settings(info.context.scope, input.code)))
