"""Seal the settings of an agency's plugins with the newest of the installation's keys."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import crypto, db
from core.kit.errors import DomainError
from core.kit.scope import Scope
from core.permissions import Permission

MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsRotated:
    """How many settings were sealed anew, how many were already, and the offers whose settings no key opens."""

    resealed: int
    kept: int
    unreadable: list[str]


async def rotate_secrets(scope: Scope) -> SecretsRotated:
    """Seal anew what an older key sealed. Nothing else of the settings changes, and no provider is built again.

    Raises: Forbidden.
    """
    scope.require(Permission.PLUGIN_MANAGE)
    resealed: list[tuple[UUID, bytes]] = []
    unreadable: list[str] = []
    async with db.transaction(scope) as tx:
        rows = await tx.fetch(
            "SELECT id, offer, sealed FROM plugin_setting WHERE agency_id = $1 ORDER BY id LIMIT $2 FOR UPDATE",
            scope.agency, MOST,
        )  # fmt: skip
        for row in rows:
            try:
                sealed = crypto.resealed(row["sealed"])
            except DomainError:
                unreadable.append(row["offer"])
                continue
            if sealed is not None:
                resealed.append((row["id"], sealed))
        await tx.execute(
            "UPDATE plugin_setting s SET sealed = t.sealed FROM unnest($2::uuid[], $3::bytea[]) AS t (id, sealed) "
            "WHERE s.agency_id = $1 AND s.id = t.id",
            scope.agency, [row_id for row_id, _ in resealed], [sealed for _, sealed in resealed],
        )  # fmt: skip
    kept = len(rows) - len(resealed) - len(unreadable)
    return SecretsRotated(resealed=len(resealed), kept=kept, unreadable=unreadable)
