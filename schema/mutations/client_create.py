"""`clientCreate`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.create_client import CreateClient, create_client


@strawberry.input(description="A machine that works for the agency, or for the creditor.")
class ClientCreateInput:
    name: str = strawberry.field(description="What it is.")
    scopes: list[str] = strawberry.field(description="What it may do: permissions such as `debt:read`.")


@strawberry.type(description="The machine's credentials.")
class ClientCreatePayload(Payload):
    id: strawberry.ID | None = strawberry.field(default=None, description="For `clientDisable`.")
    client_id: str | None = strawberry.field(default=None, description="For the token endpoint.")
    secret: str | None = strawberry.field(default=None, description="Shown this once; only its hash is kept.")


@mutation(Permission.USER_MANAGE, cost=200)
async def client_create(info: Info, input: ClientCreateInput) -> ClientCreatePayload:
    """Make credentials for a machine (OAuth client credentials), with a fixed set of permissions."""
    made = await create_client(info.context.scope, CreateClient(name=input.name, scopes=tuple(input.scopes)))
    return ClientCreatePayload(
        id=strawberry.ID(ids.encode("client", made.id)), client_id=made.client_id, secret=made.secret
    )
