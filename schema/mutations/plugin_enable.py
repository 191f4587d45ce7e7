"""`pluginEnable`."""

import strawberry

from core.kit.errors import InvalidInput
from core.permissions import Permission
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.reads import offer_settings
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.scalars import JSON
from schema.types.plugins import PluginOffer


@strawberry.input(description="An offer of a plugin, with its settings.")
class PluginEnableInput:
    code: str = strawberry.field(description="The offer's code; see `plugins`.")
    settings: JSON = strawberry.field(
        default_factory=dict, description="By the offer's `settingsSchema`; a secret that is left out stays as it was."
    )


@strawberry.type(description="The enabled offer.")
class PluginEnablePayload(Payload):
    offer: PluginOffer | None = strawberry.field(default=None, description="The offer as the agency has it.")


@mutation(Permission.PLUGIN_MANAGE)
async def plugin_enable(info: Info, input: PluginEnableInput) -> PluginEnablePayload:
    """Enable an offer of a plugin for the agency, or give it other settings; grants what the plugin asks for."""
    if not isinstance(input.settings, dict):
        raise InvalidInput("Settings are a JSON object.", code="SETTINGS_INVALID", field="settings")
    await enable_offer(info.context.scope, input.code, input.settings)
    return PluginEnablePayload(offer=PluginOffer.of(await offer_settings(info.context.scope, input.code)))
