"""A new key for access tokens."""

from dataclasses import dataclass

from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, revocation, signing_keys
from tenants.kinds import KeyState


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSigningKey:
    """`compromised`: the old key may be in other hands, so that nothing it signed is believed any more."""

    compromised: bool = False


async def rotate_signing_key(scope: Scope, command: RotateSigningKey) -> str:
    """Sign with a new key from now on; returns its `kid`. What the old one signed is good until it expires.

    Raises: Forbidden.
    """
    scope.require(Permission.INSTALLATION_OPERATE)
    async with identity.transaction("keys") as tx:
        key = await signing_keys.replace_active(tx, KeyState.REVOKED if command.compromised else KeyState.RETIRED)
    revocation.announce()
    return str(key.kid)
