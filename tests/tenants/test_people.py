"""Who may let whom in, and those who try to let themselves in: the tenants' own walls."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.kit import db
from core.kit.errors import DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.kit.scope import Audience, Scope
from core.permissions import Permission
from tenants import identity, reads
from tenants.accept_invitation import AcceptInvitation, accept_invitation
from tenants.add_identity_provider import AddIdentityProvider, add_identity_provider
from tenants.add_user import AddUser, UserAdded, add_user
from tenants.change_role import ChangeRole, change_role
from tenants.create_agency import CreateAgency, create_agency
from tenants.create_client import CreateClient, create_client
from tenants.disable_user import DisableUser, disable_user
from tenants.identity import installation_scope
from tenants.invite_again import InviteAgain, invite_again
from tenants.models import ClientKind, MembershipKind, Role
from tenants.permissions import MACHINE_SCOPES, ROLE_PERMISSIONS, ROLES_OF_KIND
from tenants.register_creditor import RegisterCreditor, register_creditor
from tenants.revoke_sessions import RevokeSessions, revoke_sessions
from tenants.sign_in import SignIn, sign_in
from tests.tenants.house import ANA, BRUNO, CARLA, PASSWORD, House, send_password
from tests.tenants.test_code_flow import request_url

OPERATOR = installation_scope()
BANK = RegisterCreditor(name="Banco Andino", code="ANDINO", tax_id="890.903.938-8")


async def accepted(added: UserAdded, password: str = PASSWORD) -> UUID:
    assert added.invitation
    return (await accept_invitation(AcceptInvitation(code=added.invitation, password=password))).membership_id


async def debts_seen(scope: Scope) -> set[UUID]:
    """The agencies whose creditor rows a creditor's scope sees: the same policy as that of its debts."""
    async with db.transaction(scope, read_only=True) as tx:
        return {row["agency_id"] for row in await tx.fetch("SELECT agency_id FROM creditor")}


@pytest.fixture
async def bank(house: House) -> UUID:
    """The same bank at both agencies."""
    ids = [(await register_creditor(await house.scope(admin), BANK)).creditor_id for admin in (house.ana, house.bruno)]
    assert ids[0] == ids[1]
    return ids[0]


async def code_of(awaitable: Any) -> str:
    with pytest.raises(DomainError) as caught:
        await awaitable
    return caught.value.code


async def test_a_creditor_is_one_organisation_and_tells_nobody(house: House) -> None:
    ana, bruno = await house.scope(house.ana), await house.scope(house.bruno)
    first = await register_creditor(ana, BANK)
    second = await register_creditor(bruno, RegisterCreditor(name="My Andino", code="A1", tax_id="890903938-8"))
    assert second == first
    # A UUIDv7 would tell when it was made, and so that somebody was there before.
    assert first.creditor_id.version == 4
    async with db.transaction(bruno) as tx:
        row = await tx.fetchrow("SELECT name, code FROM creditor")
        event = await tx.fetchrow("SELECT * FROM event WHERE name = 'creditor.registered'")
    assert row and (row["name"], row["code"]) == ("My Andino", "A1")
    assert event and (event["subject_id"], event["creditor_id"]) == (first.creditor_id, first.creditor_id)
    assert await code_of(register_creditor(ana, BANK)) == "CREDITOR_EXISTS"
    for tax_id in ("890.903.938-7", "860002964", "abc", ""):
        command = RegisterCreditor(name="x", code="x", tax_id=tax_id)
        assert await code_of(register_creditor(ana, command)) == "INVALID_TAX_ID"
    foreign = RegisterCreditor(name="Bank of Elsewhere", code="E", tax_id="12-3456789", country="US")
    assert (await register_creditor(ana, foreign)).creditor_id
    auditor = await house.scope(await house.add("x@norte.test.co", Role.AUDITOR, agency_id=house.norte))
    assert await code_of(register_creditor(auditor, BANK)) == "FORBIDDEN"


async def test_an_agency_cannot_let_itself_in_to_a_banks_debts_elsewhere(house: House, bank: UUID) -> None:
    """Bruno's agency has the same bank as Ana's, and sees through "the bank's users" what is its own, and no more."""
    bruno = await house.scope(house.bruno)
    spy = AddUser(email="spy@sur.test.co", name="Spy", role=Role.CREDITOR_ADMIN, creditor_id=bank)
    scope = await house.scope(await accepted(await add_user(bruno, spy)))
    assert (scope.audience, scope.creditor_id, scope.agency_id) == (Audience.CREDITOR, bank, house.sur)
    assert await debts_seen(scope) == {house.sur}

    # Nor by way of its users: whom they let in is limited like they are.
    friend = AddUser(email="friend@sur.test.co", name="Friend", role=Role.CREDITOR_ADMIN)
    friends = await house.scope(await accepted(await add_user(scope, friend)))
    assert await debts_seen(friends) == {house.sur}
    for command in (
        AddUser(email="f2@sur.test.co", name="x", role=Role.CREDITOR_ADMIN, agency_id=house.norte),
        AddUser(email="f2@sur.test.co", name="x", role=Role.CREDITOR_ADMIN, creditor_id=new_id()),
    ):
        assert await code_of(add_user(scope, command)) == "NOT_FOUND"
    # Nor by a machine, nor by an OpenID provider that would speak for the whole bank.
    client = await create_client(scope, CreateClient(name="m", scopes=("debt:read",)))
    async with identity.transaction("test") as tx:
        row = await tx.fetchrow("SELECT * FROM oauth_client WHERE id = $1", client.id)
    assert row and (row["agency_id"], row["creditor_organisation_id"]) == (house.sur, bank)
    provider = AddIdentityProvider(
        name="x", slug="x", issuer="https://id.test", client_id="x", client_secret="x", email_domain="banco.test.co"
    )
    assert await code_of(add_identity_provider(scope, provider)) == "FORBIDDEN"
    # Nor for a creditor that the agency does not have.
    other = (await register_creditor(await house.scope(house.ana), RegisterCreditor(
        name="Other", code="O", tax_id="860.002.964-4"
    ))).creditor_id  # fmt: skip
    command = AddUser(email="f3@sur.test.co", name="x", role=Role.CREDITOR_VIEWER, creditor_id=other)
    assert await code_of(add_user(bruno, command)) == "NOT_FOUND"


async def test_the_banks_own_people_see_all_of_it(house: House, bank: UUID) -> None:
    carla = await house.scope(await house.add(CARLA, Role.CREDITOR_ADMIN, creditor_id=bank))
    assert await debts_seen(carla) == {house.norte, house.sur}
    command = AddUser(email="dani@banco.test.co", name="Dani", role=Role.CREDITOR_VIEWER)
    dani = await house.scope(await accepted(await add_user(carla, command)))
    assert await debts_seen(dani) == {house.norte, house.sur}
    assert await code_of(add_user(dani, command)) == "FORBIDDEN"
    assert (
        await code_of(add_user(carla, AddUser(email="e@x.test.co", name="E", role=Role.SUPERVISOR)))
        == "ROLE_NOT_FROM_HERE"
    )


async def test_nobody_gives_a_role_of_another_kind(house: House, bank: UUID) -> None:
    ana = await house.scope(house.ana)
    luz = await accepted(await add_user(ana, AddUser(email="luz@norte.test.co", name="Luz", role=Role.COLLECTOR)))
    for role in (Role.OPERATOR, Role.CREDITOR_ADMIN):
        command = AddUser(email="x@norte.test.co", name="x", role=role)
        assert await code_of(add_user(ana, command)) == "ROLE_NOT_FROM_HERE"
        assert await code_of(change_role(ana, ChangeRole(membership_id=luz, role=role))) == "ROLE_NOT_FROM_HERE"
    command = AddUser(email="x@norte.test.co", name="x", role=Role.AGENCY_ADMIN, creditor_id=bank)
    assert await code_of(add_user(ana, command)) == "ROLE_NOT_FROM_HERE"
    # And if the code forgot, the database would not.
    with pytest.raises(asyncpg.CheckViolationError):
        async with identity.transaction("test") as tx:
            await tx.execute("UPDATE membership SET role = 'OPERATOR' WHERE id = $1", luz)
    assert {role for roles in ROLES_OF_KIND.values() for role in roles} == set(Role)
    for kind in (MembershipKind.AGENCY, MembershipKind.CREDITOR):
        assert not any(Permission.INSTALLATION_OPERATE in ROLE_PERMISSIONS[role] for role in ROLES_OF_KIND[kind])
    assert all(Permission.USER_MANAGE not in scopes for scopes in MACHINE_SCOPES.values())


async def test_another_agencys_people_are_out_of_reach(house: House, bank: UUID) -> None:
    ana, bruno = await house.scope(house.ana), await house.scope(house.bruno)
    luz = await accepted(await add_user(ana, AddUser(email="luz@norte.test.co", name="Luz", role=Role.COLLECTOR)))
    wide = await house.add(CARLA, Role.CREDITOR_ADMIN, creditor_id=bank)
    guest = AddUser(email="guest@banco.test.co", name="Guest", role=Role.CREDITOR_VIEWER, creditor_id=bank)
    invited = (await add_user(ana, guest)).membership_id
    for membership in (luz, wide, invited, new_id()):
        for attempt in (
            change_role(bruno, ChangeRole(membership_id=membership, role=Role.AUDITOR)),
            disable_user(bruno, DisableUser(membership_id=membership)),
            revoke_sessions(bruno, RevokeSessions(membership_id=membership)),
            invite_again(bruno, InviteAgain(membership_id=membership, reset_password=True)),
        ):
            assert await code_of(attempt) == "NOT_FOUND"
    # Ana manages whom she invited, and not the bank's own administrator; the bank manages both.
    assert await code_of(disable_user(ana, DisableUser(membership_id=wide))) == "NOT_FOUND"
    carla = await house.scope(wide)
    assert await code_of(disable_user(carla, DisableUser(membership_id=luz))) == "NOT_FOUND"
    await change_role(ana, ChangeRole(membership_id=invited, role=Role.CREDITOR_APPROVER))
    await disable_user(carla, DisableUser(membership_id=invited))
    ours = {member.email for member in (await reads.list_users(bruno, PageRequest())).rows}
    assert ours == {BRUNO}
    page = await reads.list_users(ana, PageRequest(first=2), with_total=True)
    assert page.total == 3
    rest = await reads.list_users(ana, PageRequest(first=2, after=page.end_cursor))
    assert {member.email for member in page.rows + rest.rows} == {ANA, "luz@norte.test.co", "guest@banco.test.co"}
    assert await code_of(reads.list_users(await house.scope(luz), PageRequest())) == "FORBIDDEN"


async def test_an_account_that_was_opened_first_is_no_way_in(house: House) -> None:
    """Bruno opens an account for Ana's future colleague, and waits for Ana to let the address in."""
    bruno, ana = await house.scope(house.bruno), await house.scope(house.ana)
    trap = await add_user(bruno, AddUser(email="new@norte.test.co", name="Trap", role=Role.AUDITOR))
    await accepted(trap, "the password of Bruno")
    added = await add_user(ana, AddUser(email="new@norte.test.co", name="New", role=Role.AGENCY_ADMIN))
    assert (added.invitation is None) is (trap.invitation is None)

    # He can sign in with the account, as what he made it: not as what Ana granted.
    user_id = await sign_in(SignIn(email="new@norte.test.co", password="the password of Bruno", address="x"))
    async with house.browser() as browser:
        page = await browser.get("/sign-in")
        await send_password(browser, page, "new@norte.test.co", "the password of Bruno")
        page = await browser.get(request_url(house))
        assert "Cobranzas Sur" in page.text
        assert "Cobranzas Norte" not in page.text
    with pytest.raises(NotFound):
        await house.scope(added.membership_id)
    # Whoever holds Ana's invitation needs the account's password as well.
    assert added.invitation
    attempt = AcceptInvitation(code=added.invitation, password="a password of the person")
    assert await code_of(accept_invitation(attempt)) == "WRONG_PASSWORD"
    # Bruno cannot reset what is not only his, once it is not; Ana never could.
    assert user_id
    assert (
        await code_of(invite_again(ana, InviteAgain(membership_id=added.membership_id, reset_password=True)))
        == "ACCOUNT_SHARED"
    )
    # The operator can.
    fresh = await invite_again(OPERATOR, InviteAgain(membership_id=added.membership_id, reset_password=True))
    await accept_invitation(AcceptInvitation(code=fresh, password="a password of the person"))
    assert (await house.scope(added.membership_id)).agency_id == house.norte
    with pytest.raises(DomainError):
        await sign_in(SignIn(email="new@norte.test.co", password="the password of Bruno", address="x"))


async def test_a_tenant_sets_nobodys_password(house: House) -> None:
    ana = await house.scope(house.ana)
    command = AddUser(email="luz@norte.test.co", name="Luz", role=Role.AUDITOR, password=PASSWORD)
    assert await code_of(add_user(ana, command)) == "FORBIDDEN"
    # Not even the operator replaces one.
    command = AddUser(email=ANA, name="Ana", role=Role.AUDITOR, agency_id=house.sur, password="another long password")
    assert await code_of(add_user(OPERATOR, command)) == "ACCOUNT_EXISTS"
    await sign_in(SignIn(email=ANA, password=PASSWORD, address="x"))


async def test_adding_somebody_does_not_tell_whether_there_is_an_account(house: House) -> None:
    bruno = await house.scope(house.bruno)
    known = await add_user(bruno, AddUser(email=ANA, name="Called Ana here", role=Role.AUDITOR))
    unknown = await add_user(bruno, AddUser(email="nobody@norte.test.co", name="N", role=Role.AUDITOR))
    assert (known.invitation is None) is (unknown.invitation is None)
    members = {member.email: member for member in (await reads.list_users(bruno, PageRequest())).rows}
    assert members[ANA].name == "Called Ana here"
    assert members[ANA].accepted_at is members["nobody@norte.test.co"].accepted_at is None
    assert members[ANA].user_id.version == members["nobody@norte.test.co"].user_id.version == 4
    assert await code_of(add_user(bruno, AddUser(email=ANA, name="A", role=Role.AUDITOR))) == "ALREADY_MEMBER"


async def test_leaving_and_coming_back(house: House) -> None:
    ana = await house.scope(house.ana)
    command = AddUser(email="luz@norte.test.co", name="Luz", role=Role.COLLECTOR)
    luz = await accepted(await add_user(ana, command))
    assert await code_of(invite_again(ana, InviteAgain(membership_id=luz))) == "ALREADY_MEMBER"
    await disable_user(ana, DisableUser(membership_id=luz))
    assert await code_of(change_role(ana, ChangeRole(membership_id=luz, role=Role.AUDITOR))) == "NOT_FOUND"
    back = await add_user(ana, command)
    assert back.membership_id == luz
    with pytest.raises(NotFound):
        await house.scope(luz)
    again = await invite_again(ana, InviteAgain(membership_id=luz))
    assert back.invitation
    assert await code_of(accept_invitation(AcceptInvitation(code=back.invitation, password=PASSWORD))) == (
        "INVITATION_NOT_VALID"
    )
    await accept_invitation(AcceptInvitation(code=again, password=PASSWORD))
    assert (await house.scope(luz)).agency_id == house.norte
    # Forgotten: Ana answers for Luz alone, so she may.
    reset = await invite_again(ana, InviteAgain(membership_id=luz, reset_password=True))
    await accept_invitation(AcceptInvitation(code=reset, password="another long password"))
    await sign_in(SignIn(email="luz@norte.test.co", password="another long password", address="x"))


async def test_the_last_administrator_stays(house: House) -> None:
    ana = await house.scope(house.ana)
    demote = ChangeRole(membership_id=house.ana, role=Role.AUDITOR)
    assert await code_of(change_role(ana, demote)) == "LAST_ADMINISTRATOR"
    assert await code_of(disable_user(ana, DisableUser(membership_id=house.ana))) == "LAST_ADMINISTRATOR"
    await add_user(ana, AddUser(email="not.yet@norte.test.co", name="x", role=Role.AGENCY_ADMIN))
    assert await code_of(change_role(ana, demote)) == "LAST_ADMINISTRATOR"
    await house.add("zoe@norte.test.co", Role.AGENCY_ADMIN, agency_id=house.norte)
    await change_role(ana, demote)


async def test_what_only_the_operator_does(house: House) -> None:
    ana = await house.scope(house.ana)
    agency = CreateAgency(name="x", slug="x", tax_id="800.197.268-4", admin_email="x@x.test.co", admin_name="x")
    assert await code_of(create_agency(ana, agency)) == "FORBIDDEN"
    public = CreateClient(name="x", kind=ClientKind.PUBLIC, redirect_uris=("https://x.test/",))
    assert await code_of(create_client(ana, public)) == "FORBIDDEN"
    olga = await house.scope(await house.add("olga@recobro.test.co", Role.OPERATOR))
    assert olga.audience is Audience.IDENTITY
    assert olga.permissions == {"installation:operate"}
    made = await create_agency(olga, agency)
    assert made.invitation
    assert await code_of(create_agency(olga, agency)) == "AGENCY_EXISTS"
    await create_client(olga, public)
    # A scope of another audience that claims the permission is not the operator.
    liar = Scope(
        audience=Audience.AGENCY,
        actor=ana.actor,
        agency_id=house.norte,
        permissions=frozenset({"installation:operate"}),
    )
    assert await code_of(add_user(liar, AddUser(email="x@x.test.co", name="x", role=Role.OPERATOR))) == "FORBIDDEN"


async def test_agencies_that_cannot_be(house: House) -> None:
    command: dict[str, Any] = {
        "name": "x", "slug": "x", "tax_id": "800.197.268-4", "admin_email": "x@x.test.co", "admin_name": "x",
    }  # fmt: skip
    for name, value in (
        ("tax_id", "1-2"), ("timezone", "Mars/Olympus"), ("timezone", "../etc/passwd"), ("currency", "XXXX"),
        ("country", "Colombia"), ("slug", "Not a slug"), ("name", " "), ("admin_email", "x"),
        ("admin_password", "short"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            await create_agency(OPERATOR, CreateAgency(**(command | {name: value})))


async def test_machines_get_no_more_than_machines_may(house: House, bank: UUID) -> None:
    ana = await house.scope(house.ana)
    carla = await house.scope(await house.add(CARLA, Role.CREDITOR_ADMIN, creditor_id=bank))
    for scope, scopes in (
        (ana, ("user:manage",)), (ana, ("installation:operate",)), (ana, ()), (ana, ("nonsense",)),
        (carla, ("payment:record",)), (carla, ("user:manage",)),
    ):  # fmt: skip
        assert await code_of(create_client(scope, CreateClient(name="m", scopes=scopes))) == "INVALID_SCOPE"
    client = await create_client(carla, CreateClient(name="m", scopes=("debt:read",)))
    async with identity.transaction("test") as tx:
        row = await tx.fetchrow("SELECT * FROM oauth_client WHERE id = $1", client.id)
    assert row and (row["agency_id"], row["creditor_organisation_id"]) == (None, bank)
    assert client.secret
    assert client.secret not in str(dict(row))
    assert row["secret_hash"].startswith("$argon2id$")


async def test_redirect_uris_that_are_not_registered(house: House) -> None:
    for uri in (
        "http://app.test/cb", "https://app.test/cb#x", "https://*.app.test/cb", "https://user@app.test/cb",
        "javascript:x", "data:text/html,x", "file:///x", "https:///cb", "app:/cb", "https://app.test/ñ",
        "https://app.test/\\cb", "", "x", "https://app.test/cb;form-action *", "https://app.test:x/cb",
    ):  # fmt: skip
        command = CreateClient(name="x", kind=ClientKind.PUBLIC, redirect_uris=(uri,))
        assert await code_of(create_client(OPERATOR, command)) == "INVALID_REDIRECT_URI", uri


async def test_who_am_i(house: House, bank: UUID) -> None:
    ana = await reads.me(await house.scope(house.ana))
    assert (ana.email, ana.name, ana.role, ana.agency_id) == (ANA, "Ana", Role.AGENCY_ADMIN, house.norte)
    carla = await reads.me(await house.scope(await house.add(CARLA, Role.CREDITOR_ADMIN, creditor_id=bank)))
    assert (carla.email, carla.creditor_id, carla.agency_id) == (CARLA, bank, None)
    with pytest.raises(Forbidden):
        await reads.me(OPERATOR)
    found = await reads.members_with_role(OPERATOR, Role.AGENCY_ADMIN)
    assert [member.email for member in found] == [ANA, BRUNO]


async def test_one_membership_of_a_kind_also_at_once(house: House) -> None:
    ana = await house.scope(house.ana)
    command = AddUser(email="luz@norte.test.co", name="Luz", role=Role.COLLECTOR)
    results = await asyncio.gather(*(add_user(ana, command) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, UserAdded) for result in results) == 1
    assert all(getattr(result, "code", "ALREADY_MEMBER") == "ALREADY_MEMBER" for result in results)
