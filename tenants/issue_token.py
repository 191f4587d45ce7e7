"""An access token without a sign-in: for demonstrations, tests and first steps at the command line."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import InvalidInput, not_found
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission
from tenants import identity, signing_keys, subjects
from tenants.kinds import ClientKind
from tenants.oauth.access_tokens import AccessTokens, record_token
from tenants.oauth.clients import Client, client_of

CLI_CLIENT = "recobro-cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken:
    """For a member, or for a machine by its client id: exactly one. `scope`: permissions, all that it has if absent."""

    membership_id: UUID | None = None
    client_id: str | None = None
    scope: str | None = None
    lifetime: timedelta = identity.ACCESS_LIFETIME


async def issue_token(scope: Scope, command: IssueToken) -> str:
    """An access token as the token endpoint would give it, recorded and revocable like any other. For the operator.

    Raises: Forbidden; NotFound (a member who has not accepted or was disabled, an unknown machine); InvalidInput.
    """
    scope.require(Permission.INSTALLATION_OPERATE)
    if (command.membership_id is None) == (command.client_id is None):
        raise InvalidInput("Give a member or a machine.", field="memberId")
    if not timedelta() < command.lifetime <= signing_keys.LONGEST_LIFETIME:
        raise InvalidInput(f"A token lives at most {signing_keys.LONGEST_LIFETIME}.", field="lifetime")
    async with identity.transaction("issue") as tx:
        if command.membership_id is not None:
            subject = await subjects.member(tx, command.membership_id)
            client = await _cli_client(tx)
        else:
            client = await _machine(tx, command.client_id or "")
            subject = client.subject
        if subject is None:
            raise not_found("member or machine", "memberId")
        granted = subject.narrowed(command.scope)
        if not granted:
            raise InvalidInput("None of these permissions is the member's.", code="INVALID_SCOPE", field="scope")
        tokens = AccessTokens(await signing_keys.active_key(tx), command.lifetime)
        user = subject if subject.user_id else None
        answer = tokens.generate("issue", client, user=user, scope=granted, include_refresh_token=False)
        await record_token(tx, tokens, client=client, subject=subject, scope=granted, family_id=new_id())
    return str(answer["access_token"])


async def _cli_client(tx: Tx) -> Client:
    """The command line as an application: nobody can sign in with it, for it has no redirect URI."""
    await tx.execute(
        "INSERT INTO oauth_client (id, client_id, name, kind) VALUES ($1, $2, 'Command line', $3) "
        "ON CONFLICT (client_id) DO NOTHING",
        new_id(), CLI_CLIENT, ClientKind.PUBLIC.value,
    )  # fmt: skip
    row = await tx.fetchrow("SELECT * FROM oauth_client WHERE client_id = $1 FOR SHARE", CLI_CLIENT)
    if row is None:
        raise not_found("application", "clientId")
    return client_of(row)


async def _machine(tx: Tx, client_id: str) -> Client:
    row = await tx.fetchrow(
        "SELECT * FROM oauth_client WHERE client_id = $1 AND kind = 'MACHINE' AND disabled_at IS NULL FOR SHARE",
        client_id,
    )
    if row is None:
        raise not_found("machine", "clientId")
    return client_of(row)
