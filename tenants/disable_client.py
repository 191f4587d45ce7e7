"""Let an application in no more."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import not_found
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, reach, revocation


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableClient:
    id: UUID


async def disable_client(scope: Scope, command: DisableClient) -> None:
    """End an application of the actor's tenant (any, for the operator) and every token it holds.

    Raises: Forbidden; NotFound.
    """
    within = reach.reach_of(scope, Permission.USER_MANAGE)
    async with identity.transaction("clients") as tx:
        # The same condition as for members: a PUBLIC client belongs to no tenant and is out of every tenant's reach.
        changed = await tx.execute(
            "UPDATE oauth_client m SET disabled_at = COALESCE(disabled_at, $5) "  # noqa: S608 - our own constant
            f"WHERE m.id = $4 AND COALESCE({reach.CONDITION}, false)",
            *within.arguments, command.id, tx.now,
        )  # fmt: skip
        if changed != "UPDATE 1":
            raise not_found("application", "clientId")
        await revocation.revoke_client(tx, command.id)
    revocation.announce()
