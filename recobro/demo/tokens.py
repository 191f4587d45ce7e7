"""Who of the demo can be tried out, and access tokens for them."""

from datetime import timedelta
from uuid import UUID

from core.kit.errors import NotFound
from recobro.demo.load import Found, found
from recobro.demo.persons import EVERYBODY, MACHINE, MACHINE_CLIENT, Person, by_key
from tenants import identity
from tenants.issue_token import IssueToken, issue_token

LIFETIME = timedelta(hours=8)
"""A working day, where a token of a sign-in lives for minutes: a pasted one should not die while somebody reads."""


async def people() -> list[Person]:
    """Everybody of the demo who is here; nobody where it is not loaded."""
    if await found() is not Found.DEMO:
        return []
    async with identity.transaction("demo", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT u.email FROM user_account u JOIN membership m ON m.user_id = u.id "
            "WHERE u.email = ANY ($1) AND m.accepted_at IS NOT NULL AND m.disabled_at IS NULL "
            "AND u.disabled_at IS NULL",
            [person.email for person in EVERYBODY],
        )
    there = {row["email"] for row in rows}
    return [person for person in EVERYBODY if person.key == MACHINE or person.email in there]


async def token(key: str) -> str:
    """A fresh access token of one of them. Raises: InvalidInput (UNKNOWN_PERSON), NotFound (NO_DEMO)."""
    person = by_key(key)
    scope = identity.installation_scope("demo")
    if person.key == MACHINE:
        command = IssueToken(client_id=MACHINE_CLIENT, lifetime=LIFETIME)
    else:
        command = IssueToken(membership_id=await _membership(person), lifetime=LIFETIME)
    return await issue_token(scope, command)


async def _membership(person: Person) -> UUID:
    async with identity.transaction("demo", read_only=True) as tx:
        membership_id: UUID | None = await tx.fetchval(
            "SELECT m.id FROM membership m JOIN user_account u ON u.id = m.user_id WHERE u.email = $1 AND m.role = $2",
            person.email, person.role,
        )  # fmt: skip
    if membership_id is None:
        raise no_demo()
    return membership_id


def no_demo() -> NotFound:
    return NotFound(
        "The demo is not loaded here.", code="NO_DEMO", remedy="`make run` loads it into a new, empty installation."
    )
