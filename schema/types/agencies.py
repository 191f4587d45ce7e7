"""Agencies and the people who work there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from core.kit import ids
from schema.kit.context import Context
from schema.kit.fields import Mapped, column, mapped, public_id
from tenants import reads
from tenants.kinds import Role

strawberry.enum(Role, description="What a member does, and so may do.")


@mapped("agency", "A collection agency.", tenant=False)
class Agency(Mapped):
    id: strawberry.ID = public_id("agency")
    name: str = column("name", "Its name.")
    country: str = column("country", "ISO 3166-1 alpha-2.")
    timezone: str = column("timezone", "IANA zone.")
    currency: str = column("currency", "ISO 4217 code that new mandates begin with.")


@strawberry.type(description="A user of the agency, as the one who works a debt.")
class Assignee:
    id: strawberry.ID = strawberry.field(description="The user.")
    name: str = strawberry.field(description="The name.")


async def assignees(context: Context, users: Sequence[UUID]) -> dict[UUID, Assignee]:
    """The users of the agency by their ids; those without a membership are left out."""
    names = await reads.names_of_users(context.scope, users)
    return {user: Assignee(id=strawberry.ID(ids.encode("user", user)), name=name) for user, name in names.items()}


@strawberry.type(description="Who is asking: a person or a machine, for whom, and with which permissions.")
class Viewer:
    id: str = strawberry.field(description="The id of the user, or of the client.")
    name: str = strawberry.field(description="The name.")
    audience: str = strawberry.field(description="`AGENCY`, `CREDITOR` or `OPERATOR`.")
    agency_id: strawberry.ID | None = strawberry.field(description="The agency, where the access is to one.")
    creditor_id: strawberry.ID | None = strawberry.field(description="The creditor, for a creditor's user.")
    permissions: list[str] = strawberry.field(description="What the token allows.")


@strawberry.type(description="A person's membership: of the agency, or of a creditor.")
class Member:
    id: strawberry.ID = strawberry.field(description="The membership's id.")
    user_id: strawberry.ID = strawberry.field(description="The person; debts are assigned to it.")
    name: str = strawberry.field(description="The name.")
    email: str = strawberry.field(description="The address to sign in with.")
    role: Role = strawberry.field(description="The role.")
    creditor_id: strawberry.ID | None = strawberry.field(description="The creditor, for a creditor's user.")
    accepted_at: datetime | None = strawberry.field(description="Since when; null while invited.")
    disabled_at: datetime | None = strawberry.field(description="When the access was withdrawn.")

    @classmethod
    def of(cls, member: reads.Member) -> "Member":
        return cls(
            id=strawberry.ID(ids.encode("member", member.membership_id)),
            user_id=strawberry.ID(ids.encode("user", member.user_id)),
            name=member.name,
            email=member.email,
            role=member.role,
            creditor_id=strawberry.ID(ids.encode("creditor", member.creditor_id)) if member.creditor_id else None,
            accepted_at=member.accepted_at,
            disabled_at=member.disabled_at,
        )
