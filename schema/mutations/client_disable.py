"""`clientDisable`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.disable_client import DisableClient, disable_client


@strawberry.input(description="A machine whose access ends.")
class ClientDisableInput:
    id: strawberry.ID = strawberry.field(description="As `clientCreate` gave it.")


@strawberry.type(description="Done.")
class ClientDisablePayload(Payload):
    id: strawberry.ID | None = strawberry.field(default=None, description="The machine.")


@mutation(Permission.USER_MANAGE)
async def client_disable(info: Info, input: ClientDisableInput) -> ClientDisablePayload:
    """End a machine's access, and every token it holds."""
    await disable_client(info.context.scope, DisableClient(id=ids.decode("client", input.id)))
    return ClientDisablePayload(id=input.id)
