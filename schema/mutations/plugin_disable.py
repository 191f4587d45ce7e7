"""`pluginDisable`."""

import strawberry

from core.permissions import Permission
from core.plugin_host.disable_offer import disable_offer
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload


@strawberry.input(description="An offer of a plugin.")
class PluginDisableInput:
    code: str = strawberry.field(description="The offer's code.")


@strawberry.type(description="The disabled offer.")
class PluginDisablePayload(Payload):
    code: str | None = strawberry.field(default=None, description="The offer's code.")


@mutation(Permission.PLUGIN_MANAGE)
async def plugin_disable(info: Info, input: PluginDisableInput) -> PluginDisablePayload:
    """Disable an offer for the agency; its settings stay."""
    done = await disable_offer(info.context.scope, input.code)
    return PluginDisablePayload(code=done.code)
