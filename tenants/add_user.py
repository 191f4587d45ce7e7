"""Let somebody in: at an agency, at a creditor, or over the installation."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db
from core.kit.errors import Forbidden, InvalidInput, not_found
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants import checks, identity, invitations, passwords, reach
from tenants.kinds import MembershipKind, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser:
    """`creditor_id`: the creditor at which the user sees debts; without it, the user works where the actor works.

    `agency_id` and `password` are the operator's alone: where to, and an account that is ready at once.
    """

    email: str
    name: str
    role: Role
    agency_id: UUID | None = None
    creditor_id: UUID | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAdded:
    """`invitation` goes to the person, as /sign-in/invitation?code=…; it is shown once. Absent where a password was
    given."""

    membership_id: UUID
    invitation: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    kind: MembershipKind
    agency_id: UUID | None
    creditor_id: UUID | None


async def add_user(scope: Scope, command: AddUser) -> UserAdded:
    """Grant a membership to whoever has the address, with an account or without; the answer does not say which.

    An agency adds its own people, and people of its creditors, who then see what the creditor has at this agency and
    nowhere else. A creditor's administrator adds people with as wide a view as its own.

    Raises: Forbidden; NotFound (creditor, agency); InvalidInput (INVALID_EMAIL, INVALID_NAME, ROLE_NOT_FROM_HERE,
    WEAK_PASSWORD); Conflict (ALREADY_MEMBER, ACCOUNT_EXISTS).
    """
    reach.reach_of(scope, Permission.USER_MANAGE)
    email, name = checks.email_address(command.email), checks.label(command.name, "name")
    place = await _place(scope, command)
    reach.check_role(place.kind, command.role)
    password_hash = None
    if command.password is not None:
        if scope.audience is not Audience.IDENTITY:
            raise Forbidden("Only the operator can set somebody's password.", remedy="Pass the invitation on.")
        passwords.check_strength(command.password, email)
        password_hash = await passwords.hash_secret(command.password)
    async with identity.transaction("users") as tx:
        if place.agency_id and not await tx.fetchval("SELECT 1 FROM agency WHERE id = $1", place.agency_id):
            raise not_found("agency", "agencyId")
        if place.creditor_id and not await tx.fetchval(
            "SELECT 1 FROM creditor_organisation WHERE id = $1", place.creditor_id
        ):
            raise not_found("creditor", "creditorId")
        user_id = await invitations.account_of(tx, email, name)
        membership_id, invitation = await invitations.grant(
            tx, user_id, kind=place.kind, role=command.role, name=name,
            agency_id=place.agency_id, creditor_id=place.creditor_id,
        )  # fmt: skip
        if password_hash is None:
            return UserAdded(membership_id=membership_id, invitation=invitation)
        await invitations.accept_for(tx, user_id, membership_id, password_hash)
        return UserAdded(membership_id=membership_id, invitation=None)


async def _place(scope: Scope, command: AddUser) -> _Place:
    """Where the membership will be. What the actor may not choose is taken from its scope."""
    if scope.audience is Audience.IDENTITY:
        if command.role is Role.OPERATOR:
            if command.agency_id or command.creditor_id:
                raise InvalidInput("An operator belongs to no agency and no creditor.", field="role")
            return _Place(MembershipKind.OPERATOR, None, None)
        kind = MembershipKind.CREDITOR if command.creditor_id else MembershipKind.AGENCY
        if not command.creditor_id and not command.agency_id:
            raise InvalidInput("Say at which agency or creditor.", field="agencyId")
        return _Place(kind, command.agency_id, command.creditor_id)
    if command.agency_id not in (None, scope.agency_id):
        raise not_found("agency", "agencyId")
    if scope.audience is Audience.CREDITOR:
        if command.creditor_id not in (None, scope.creditor_id):
            raise not_found("creditor", "creditorId")
        return _Place(MembershipKind.CREDITOR, scope.agency_id, scope.creditor_id)
    if command.creditor_id is None:
        return _Place(MembershipKind.AGENCY, scope.agency, None)
    async with db.transaction(scope, read_only=True) as tx:
        known = await tx.fetchval(
            "SELECT 1 FROM creditor WHERE agency_id = $1 AND id = $2", scope.agency, command.creditor_id
        )
    if not known:
        raise not_found("creditor", "creditorId")
    return _Place(MembershipKind.CREDITOR, scope.agency, command.creditor_id)
