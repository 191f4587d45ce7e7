"""Whom a token speaks for: a member in one role, or a machine. From rows to permissions, and into a token's claims."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kit import ids
from core.kit.db import Row, Tx
from core.permissions import Permission
from tenants.kinds import MembershipKind, Role
from tenants.permissions import MACHINE_SCOPES, ROLE_PERMISSIONS

USER_PREFIX = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`role` is absent for a machine, `user_id` and `membership_id` too."""

    kind: MembershipKind
    agency_id: UUID | None
    creditor_id: UUID | None
    name: str
    permissions: frozenset[str]
    role: Role | None = None
    user_id: UUID | None = None
    membership_id: UUID | None = None

    def get_user_id(self) -> str:
        """The `sub` of a person's tokens (the name is Authlib's)."""
        if self.user_id is None:
            raise ValueError("a machine is no user")
        return ids.encode(USER_PREFIX, self.user_id)

    def claims(self) -> dict[str, Any]:
        """The `recobro` claim: everything that a scope is built from beside the permissions."""
        return {
            "audience": self.kind.value.lower(),
            "agency_id": str(self.agency_id) if self.agency_id else None,
            "creditor_id": str(self.creditor_id) if self.creditor_id else None,
            "role": self.role.value if self.role else None,
            "name": self.name,
        }

    def narrowed(self, scope: str | None) -> str:
        """What of the asked permissions this subject has, as an OAuth scope; all of them where none are asked for."""
        asked = set(scope.split()) if scope else self.permissions
        return " ".join(sorted(asked & self.permissions))


async def member(tx: Tx, membership_id: UUID) -> Subject | None:
    """A member who may act now. The rows stay as they are until the transaction ends: whoever disables the member or
    takes the role away either sees the token that is being issued, or is seen by it."""
    row = await tx.fetchrow(
        "SELECT m.id, m.user_id, m.kind, m.role, m.agency_id, m.creditor_organisation_id, m.name "
        "FROM membership m JOIN user_account u ON u.id = m.user_id "
        "WHERE m.id = $1 AND (m.accepted_at IS NOT NULL OR m.vouched_at IS NOT NULL) "
        "AND m.disabled_at IS NULL AND u.disabled_at IS NULL "
        "FOR SHARE OF m, u",
        membership_id,
    )
    if row is None:
        return None
    role = Role(row["role"])
    return Subject(
        kind=MembershipKind(row["kind"]),
        agency_id=row["agency_id"],
        creditor_id=row["creditor_organisation_id"],
        name=row["name"],
        permissions=frozenset(permission.value for permission in ROLE_PERMISSIONS[role]),
        role=role,
        user_id=row["user_id"],
        membership_id=row["id"],
    )


def machine(row: Row) -> Subject:
    """The subject of a MACHINE client's row: its fixed scopes, and never more than machines may have."""
    kind = MembershipKind.CREDITOR if row["creditor_organisation_id"] else MembershipKind.AGENCY
    return Subject(
        kind=kind,
        agency_id=row["agency_id"],
        creditor_id=row["creditor_organisation_id"],
        name=row["name"],
        permissions=frozenset(row["scopes"]) & {scope.value for scope in machine_scopes(kind)},
    )


def machine_scopes(kind: MembershipKind) -> frozenset[Permission]:
    return MACHINE_SCOPES[kind.value.lower()]
