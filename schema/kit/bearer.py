"""From the Authorization header to a scope."""

from core.kit.errors import Unauthenticated
from core.kit.scope import Scope
from tenants.authenticate import authenticate


async def bearer(authorization: str | None) -> Scope | None:
    """The scope of an Authorization header; none without one. Raises: Unauthenticated for a token that is not good."""
    if not authorization:
        return None
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Unauthenticated(
            "The Authorization header is not a bearer token.",
            code="TOKEN_INVALID",
            remedy="Send 'Bearer ' and the token.",
        )
    return await authenticate(token.strip())
