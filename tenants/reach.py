"""Whom an actor manages: an agency its own people, a creditor its own, the operator everybody.

An agency's reach covers the creditor users that it invited itself (limited to that agency), and no others. A creditor
administrator whose own membership is limited to one agency reaches that limit and no further.
"""

from dataclasses import dataclass
from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import Conflict, Forbidden, InvalidInput, not_found
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants.kinds import MembershipKind, Role
from tenants.permissions import ROLES_OF_KIND


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows with this agency and this creditor, where given; `everything` for the operator."""

    everything: bool = False
    agency_id: UUID | None = None
    creditor_id: UUID | None = None

    @property
    def arguments(self) -> tuple[bool, UUID | None, UUID | None]:
        return (self.everything, self.agency_id, self.creditor_id)


CONDITION = "($1 OR (($2::uuid IS NULL OR m.agency_id = $2) AND ($3::uuid IS NULL OR m.creditor_organisation_id = $3)))"
"""On `membership m`, with `Reach.arguments` as the first three parameters."""


def reach_of(scope: Scope, permission: Permission) -> Reach:
    """Raises: Forbidden without the permission, or for a scope that manages nobody."""
    if Permission.INSTALLATION_OPERATE in scope.permissions and scope.audience is Audience.IDENTITY:
        return Reach(everything=True)
    scope.require(permission)
    if scope.audience is Audience.AGENCY:
        return Reach(agency_id=scope.agency)
    if scope.audience is Audience.CREDITOR:
        return Reach(agency_id=scope.agency_id, creditor_id=scope.creditor_id)
    raise Forbidden("Only an agency, a creditor or the operator can do this.")


async def member_in_reach(tx: Tx, reach: Reach, membership_id: UUID) -> Row:
    """The membership, locked. Raises: NotFound where it does not exist or is somebody else's."""
    row = await tx.fetchrow(
        f"SELECT m.* FROM membership m WHERE {CONDITION} AND m.id = $4 FOR UPDATE",  # noqa: S608 - our own constant
        *reach.arguments, membership_id,
    )  # fmt: skip
    if row is None:
        raise not_found("member", "memberId")
    return row


def check_role(kind: MembershipKind, role: Role) -> None:
    """Raises: InvalidInput (ROLE_NOT_FROM_HERE) for a role of another kind of place."""
    if role not in ROLES_OF_KIND[kind]:
        names = ", ".join(sorted(other.value for other in ROLES_OF_KIND[kind]))
        raise InvalidInput(
            f"The role {role.value} cannot be given here.",
            code="ROLE_NOT_FROM_HERE",
            field="role",
            remedy=f"Choose one of {names}.",
        )


async def keep_an_administrator(tx: Tx, row: Row) -> None:
    """An agency, and the installation, must not lose their last administrator by a slip.

    Raises: Conflict (LAST_ADMINISTRATOR). The administrators are locked, so that two cannot remove each other at once.
    """
    if row["role"] not in (Role.AGENCY_ADMIN.value, Role.OPERATOR.value):
        return
    others = await tx.fetch(
        "SELECT id FROM membership WHERE role = $1 AND agency_id IS NOT DISTINCT FROM $2 "
        "AND (accepted_at IS NOT NULL OR vouched_at IS NOT NULL) AND disabled_at IS NULL ORDER BY id FOR UPDATE",
        row["role"], row["agency_id"],
    )  # fmt: skip
    if not [other for other in others if other["id"] != row["id"]]:
        raise Conflict(
            "This is the last administrator.",
            code="LAST_ADMINISTRATOR",
            field="memberId",
            remedy="Make somebody else an administrator first.",
        )
