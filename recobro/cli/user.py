"""`user`: who may sign in, and as what."""

import getpass
import sys
from typing import Annotated, Any
from uuid import UUID

import typer

from core.kit.errors import Conflict, InvalidInput, NotFound
from recobro.cli.common import console, table, with_database
from recobro.settings import settings
from tenants import identity, passwords
from tenants.accept_invitation import AcceptInvitation, accept_invitation
from tenants.add_user import AddUser, UserAdded, add_user
from tenants.disable_user import DisableUser, disable_user
from tenants.invite_again import InviteAgain, invite_again
from tenants.kinds import Role

app = typer.Typer(help="Users: who may sign in, and as what.", no_args_is_help=True)

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]
Invite = Annotated[bool, typer.Option("--invite", help="Set no password; print an invitation to pass on.")]
AgencyOption = Annotated[str | None, typer.Option(help="Short name of the agency.")]
Email = Annotated[str, typer.Argument(help="E-mail address.")]


def ask_password(*, password_stdin: bool) -> str:
    """A password without echo, twice; or one line of stdin. Raises: InvalidInput (NO_PASSWORD, PASSWORDS_DIFFER)."""
    if password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput(
            "There is no terminal to ask for a password at.", code="NO_PASSWORD", remedy="Use --password-stdin."
        )
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise InvalidInput("The two differ.", code="PASSWORDS_DIFFER", remedy="Try again.")
    return password


def show_invitation(email: str, code: str | None) -> None:
    """Where the person takes the membership up; nothing where it is taken up already."""
    if code is not None:
        console.print(f"For {email}, good for {identity.INVITATION_LIFETIME.days} days, shown this once:")
        console.print(f"{settings().issuer}/sign-in/invitation?code={code}", soft_wrap=True)


@app.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the person does there.")],
    agency: AgencyOption = None,
    creditor: Annotated[str | None, typer.Option(help="Tax id of the creditor whose debts the person sees.")] = None,
    password_stdin: PasswordStdin = False,
    invite: Invite = False,
) -> None:
    """Let somebody in at an agency or a creditor (at all agencies, or at --agency alone), or as operator.

    Asks for a password, without showing it.
    """
    password = None if invite else ask_password(password_stdin=password_stdin)

    async def work() -> UserAdded:
        agency_id = await _agency_id(agency) if agency else None
        creditor_id = await _creditor_id(creditor) if creditor else None
        command = AddUser(
            email=email, name=name, role=role, agency_id=agency_id, creditor_id=creditor_id, password=password
        )
        return await add_user(identity.installation_scope(), command)

    made = with_database(work)
    console.print(f"Added {email} as {role.value}.")
    show_invitation(email, made.invitation)


@app.command("list")
def list_users(agency: AgencyOption = None) -> None:
    """Everybody who may sign in, or was invited; at most 1,000."""
    rows = with_database(lambda: _members(agency=agency))
    columns = ("email", "name", "role", "agency", "creditor", "state")
    table("Users", columns, [[row[column] for column in columns] for row in rows])


@app.command()
def disable(
    email: Email,
    agency: AgencyOption = None,
    account: Annotated[bool, typer.Option("--account", help="Close the whole account, at every place.")] = False,
) -> None:
    """Let somebody in no more: at one place, or nowhere. Sessions and tokens end at once."""

    async def work() -> None:
        if account:
            command = DisableUser(user_id=(await _memberships(email, None))[0]["user_id"])
        else:
            command = DisableUser(membership_id=await _membership_id(email, agency))
        await disable_user(identity.installation_scope(), command)

    with_database(work)
    console.print(f"{email} is let in no more{'' if account else ' there'}.")


@app.command()
def password(email: Email, agency: AgencyOption = None, password_stdin: PasswordStdin = False) -> None:
    """Give somebody a new password. Asks for it, without showing it; the person's sessions end."""
    chosen = ask_password(password_stdin=password_stdin)
    passwords.check_strength(chosen, email.strip().lower())

    async def work() -> None:
        found = await _memberships(email, agency)
        again = InviteAgain(membership_id=found[0]["membership_id"], reset_password=True)
        code = await invite_again(identity.installation_scope(), again)
        await accept_invitation(AcceptInvitation(code=code, password=chosen))

    with_database(work)
    console.print(f"{email} has a new password.")


async def _agency_id(slug: str) -> UUID:
    async with identity.transaction("command line", read_only=True) as tx:
        agency_id: UUID | None = await tx.fetchval("SELECT id FROM agency WHERE slug = $1", slug)
    if agency_id is None:
        raise NotFound(
            f"There is no agency '{slug[:60]}'.", field="agency", remedy="`agency list` shows those there are."
        )
    return agency_id


async def _creditor_id(tax_id: str) -> UUID:
    compact = "".join(letter for letter in tax_id.upper() if letter.isalnum())
    async with identity.transaction("command line", read_only=True) as tx:
        rows = await tx.fetch("SELECT id FROM creditor_organisation WHERE tax_id = $1 LIMIT 2", compact)
    if len(rows) != 1:
        raise NotFound(
            f"There is no creditor with the tax id '{tax_id[:60]}'.", field="creditor",
            remedy="An agency registers its creditors first; give the tax id with its check digit.",
        )  # fmt: skip
    return rows[0]["id"]


async def _members(*, agency: str | None = None, email: str | None = None) -> list[dict[str, Any]]:
    agency_id = await _agency_id(agency) if agency else None
    async with identity.transaction("command line", read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT m.id AS membership_id, m.user_id, u.email, m.name, m.role, a.slug AS agency, o.name AS creditor, "
            "CASE WHEN m.disabled_at IS NOT NULL OR u.disabled_at IS NOT NULL THEN 'disabled' "
            "WHEN m.accepted_at IS NULL THEN 'invited' ELSE 'active' END AS state "
            "FROM membership m JOIN user_account u ON u.id = m.user_id LEFT JOIN agency a ON a.id = m.agency_id "
            "LEFT JOIN creditor_organisation o ON o.id = m.creditor_organisation_id "
            "WHERE ($1::uuid IS NULL OR m.agency_id = $1) AND ($2::text IS NULL OR u.email = $2) "
            "ORDER BY a.name NULLS LAST, o.name NULLS FIRST, u.email, m.id LIMIT 1000",
            agency_id, email,
        )  # fmt: skip
    return [dict(row) for row in rows]


async def _memberships(email: str, agency: str | None) -> list[dict[str, Any]]:
    """Those that count, or will when they are taken up. Raises: NotFound."""
    found = await _members(agency=agency, email=email.strip().lower())
    alive = [row for row in found if row["state"] != "disabled"]
    if not alive:
        raise NotFound(f"There is no user {email[:80]}.", field="email", remedy="`user list` shows those there are.")
    return alive


async def _membership_id(email: str, agency: str | None) -> UUID:
    found = await _memberships(email, agency)
    if len(found) > 1:
        places = ", ".join(sorted({row["agency"] or row["creditor"] or "this installation" for row in found}))
        raise Conflict(
            f"{email} is a member at several places: {places}.", code="SEVERAL_PLACES", field="agency",
            remedy="Say at which with --agency, or close the whole account with --account.",
        )  # fmt: skip
    return found[0]["membership_id"]
