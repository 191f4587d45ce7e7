"""What people may read about users and about themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.kit import ids
from core.kit.db import Row
from core.kit.errors import Forbidden
from core.kit.pages import Args, Key, KeyType, Order, Page, PageRequest, fetch_page
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants import identity, reach
from tenants.kinds import MembershipKind, Role
from tenants.subjects import USER_PREFIX

_BY_NAME = Order("members-by-name", (Key("m.name", KeyType.TEXT), Key("m.id", KeyType.UUID)))
_SELECT = (
    "m.id AS membership_id, m.user_id, u.email, m.name, m.kind, m.role, m.agency_id, "
    "m.creditor_organisation_id AS creditor_id, m.created_at, "
    "COALESCE(m.accepted_at, m.vouched_at) AS accepted_at, "
    "COALESCE(m.disabled_at, u.disabled_at) AS disabled_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A membership, and who holds it. Not accepted yet: invited."""

    membership_id: UUID
    user_id: UUID
    email: str
    name: str
    kind: MembershipKind
    role: Role
    agency_id: UUID | None
    creditor_id: UUID | None
    created_at: datetime
    accepted_at: datetime | None
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who asks. A machine has no `email`, `membership_id` and `role`."""

    actor_id: str
    name: str
    email: str | None
    membership_id: UUID | None
    role: Role | None
    agency_id: UUID | None
    creditor_id: UUID | None
    permissions: tuple[str, ...]


async def list_users(scope: Scope, request: PageRequest, *, with_total: bool = False) -> Page[Member]:
    """The members whom the actor manages or may see, by name: an agency's own and the creditor users it invited.

    Raises: Forbidden; InvalidInput for the page.
    """
    within = reach.reach_of(scope, Permission.USER_READ)
    async with identity.transaction("users", read_only=True) as tx:
        return await fetch_page(
            tx,
            select=_SELECT,
            source="membership m JOIN user_account u ON u.id = m.user_id",
            where=reach.CONDITION,
            args=Args(*within.arguments),
            order=_BY_NAME,
            request=request,
            make=_member,
            with_total=with_total,
        )


async def members_with_role(scope: Scope, role: Role) -> tuple[Member, ...]:
    """The first hundred members with a role who may sign in, oldest first. For the operator. Raises: Forbidden."""
    scope.require(Permission.INSTALLATION_OPERATE)
    async with identity.transaction("users", read_only=True) as tx:
        rows = await tx.fetch(
            f"SELECT {_SELECT} FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.role = $1 "  # noqa: S608 - our own constant
            "AND (m.accepted_at IS NOT NULL OR m.vouched_at IS NOT NULL) AND m.disabled_at IS NULL "
            "AND u.disabled_at IS NULL ORDER BY m.id LIMIT 100",
            role.value,
        )
    return tuple(_member(row) for row in rows)


async def names_of_users(scope: Scope, users: Sequence[UUID]) -> dict[UUID, str]:
    """What the agency calls those users who are, or were, members of it. Agency scope. Raises: Forbidden."""
    async with identity.transaction("users", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT m.user_id, m.name FROM membership m WHERE m.agency_id = $1 AND m.kind = 'AGENCY' "
            "AND m.user_id = ANY ($2)",
            scope.agency, list(users),
        )  # fmt: skip
    return {row["user_id"]: row["name"] for row in rows}


async def me(scope: Scope) -> Profile:
    """The actor's own profile. Raises: Forbidden for the program itself."""
    permissions = tuple(sorted(scope.permissions))
    if scope.actor.kind == "client":
        return Profile(
            actor_id=scope.actor.id, name=scope.actor.name, email=None, membership_id=None, role=None,
            agency_id=scope.agency_id, creditor_id=scope.creditor_id, permissions=permissions,
        )  # fmt: skip
    if scope.actor.kind != "user":
        raise Forbidden("Only a person or a machine has a profile.")
    kind = {Audience.AGENCY: "AGENCY", Audience.CREDITOR: "CREDITOR"}.get(scope.audience, "OPERATOR")
    async with identity.transaction("users", read_only=True) as tx:
        row = await tx.fetchrow(
            "SELECT u.email, m.id, m.name, m.role FROM user_account u JOIN membership m ON m.user_id = u.id "
            "WHERE u.id = $1 AND m.kind = $2 AND m.agency_id IS NOT DISTINCT FROM $3 "
            "AND m.creditor_organisation_id IS NOT DISTINCT FROM $4",
            ids.decode(USER_PREFIX, scope.actor.id), kind, scope.agency_id, scope.creditor_id,
        )  # fmt: skip
    if row is None:
        raise Forbidden("There is no such member.")
    return Profile(
        actor_id=scope.actor.id, name=row["name"], email=row["email"], membership_id=row["id"], role=Role(row["role"]),
        agency_id=scope.agency_id, creditor_id=scope.creditor_id, permissions=permissions,
    )  # fmt: skip


def _member(row: Row) -> Member:
    return Member(
        membership_id=row["membership_id"], user_id=row["user_id"], email=row["email"], name=row["name"],
        kind=MembershipKind(row["kind"]), role=Role(row["role"]), agency_id=row["agency_id"],
        creditor_id=row["creditor_id"], created_at=row["created_at"], accepted_at=row["accepted_at"],
        disabled_at=row["disabled_at"],
    )  # fmt: skip
