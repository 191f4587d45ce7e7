"""`sessionsRevoke`."""

import strawberry

from core.kit import ids
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from tenants.revoke_sessions import RevokeSessions, revoke_sessions


@strawberry.input(description="Whose sessions end.")
class SessionsRevokeInput:
    member_id: strawberry.ID | None = strawberry.field(
        default=None, description="A member that you manage; your own sessions, everywhere, where not given."
    )


@strawberry.type(description="Done.")
class SessionsRevokePayload(Payload):
    revoked: bool = strawberry.field(default=False, description="Whether it was done.")


@mutation(None)
async def sessions_revoke(info: Info, input: SessionsRevokeInput) -> SessionsRevokePayload:
    """Take back every token and end every browser session: a lost telephone, a shared computer."""
    member_id = ids.decode("member", input.member_id, field="memberId") if input.member_id else None
    await revoke_sessions(info.context.scope, RevokeSessions(membership_id=member_id))
    return SessionsRevokePayload(revoked=True)
