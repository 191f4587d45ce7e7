"""`identityProviderAdd`."""

import strawberry

from core.kit import ids
from core.permissions import Permission
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.add_identity_provider import AddIdentityProvider, add_identity_provider


@strawberry.input(description="The agency's, or the creditor's, own OpenID provider.")
class IdentityProviderAddInput:
    name: str = strawberry.field(description="What people call it.")
    slug: str = strawberry.field(description="What people type on the sign-in page.")
    issuer: str = strawberry.field(description="Exactly as the provider states it.")
    client_id: str = strawberry.field(description="As the provider gave it.")
    client_secret: str = strawberry.field(description="As the provider gave it; encrypted at rest, never shown again.")
    email_domain: str = strawberry.field(description="It vouches for verified addresses of this domain.")


@strawberry.type(description="The trusted provider.")
class IdentityProviderAddPayload(Payload):
    id: strawberry.ID | None = strawberry.field(default=None, description="Its id.")
    redirect_path: str | None = strawberry.field(default=None, description="To register there, behind our own address.")


@mutation(Permission.USER_MANAGE)
async def identity_provider_add(info: Info, input: IdentityProviderAddInput) -> IdentityProviderAddPayload:
    """Let members sign in through their organisation's own OpenID provider."""
    made = await add_identity_provider(
        info.context.scope,
        AddIdentityProvider(
            name=input.name,
            slug=input.slug,
            issuer=input.issuer,
            client_id=input.client_id,
            client_secret=input.client_secret,
            email_domain=input.email_domain,
        ),
    )
    return IdentityProviderAddPayload(
        id=strawberry.ID(ids.encode("provider", made)), redirect_path=f"/sign-in/provider/{input.slug}/callback"
    )
