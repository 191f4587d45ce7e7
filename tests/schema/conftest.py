"""The whole program over HTTP, with two agencies, a bank that works with both, and people of every role."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import EntryPoint
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher

from core.kit import db
from core.kit.ids import encode
from tenants import passwords
from tenants.add_user import AddUser, add_user
from tenants.identity import installation_scope
from tenants.issue_token import IssueToken, issue_token
from tenants.models import Role
from tests.core.house import DebtRow, House, house, make_debt
from tests.journey.client import Person, serving

CREDITOR_ROLES = (Role.CREDITOR_ADMIN, Role.CREDITOR_APPROVER, Role.CREDITOR_VIEWER)


@dataclass
class Api:
    """`debt` is the bank's at the north agency, `foreign` the bank's at the south, `rival` the shop's at the north."""

    address: str
    house: House
    debt: DebtRow
    foreign: DebtRow
    rival: DebtRow
    http: httpx.AsyncClient
    _people: dict[tuple[Role, UUID | None], Person] = field(default_factory=dict)

    async def person(self, role: Role, *, south: bool = False) -> Person:
        """Somebody with the role: at the north agency (or the south), at the bank, or the operator."""
        agency = (self.house.south if south else self.house.north).agency_id
        creditor = self.house.bank.creditor_id if role in CREDITOR_ROLES else None
        where = {"creditor_id": creditor} if creditor else {} if role is Role.OPERATOR else {"agency_id": agency}
        key = (role, agency)
        if key not in self._people:
            email = f"{role.lower().replace('_', '-')}{'-south' if south else ''}@people.test.co"
            command = AddUser(
                email=email, name=role.title(), role=role, password="correct horse battery staple", **where
            )
            member = await add_user(installation_scope(), command)
            token = await issue_token(installation_scope(), IssueToken(membership_id=member.membership_id))
            self._people[key] = Person(self.http, token)
        return self._people[key]

    @property
    def debt_id(self) -> str:
        return encode("debt", self.debt.id)


@pytest.fixture
def plugins() -> list[EntryPoint] | None:
    """The plugins of the program; None: those that are installed. A module may have its own."""
    return None


@pytest.fixture
async def api(app_url: str, plugins: list[EntryPoint] | None) -> AsyncIterator[Api]:
    passwords.use_parameters(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with serving(app_url, plugins=plugins) as address, httpx.AsyncClient(base_url=address, timeout=30) as http:
        furnished = await house(db.current())
        await _organisation(furnished)
        parts = [("PRINCIPAL", 100_000_00, date(2026, 3, 1)), ("INTEREST_ORDINARY", 5_000_00, date(2026, 3, 1))]
        yield Api(
            address,
            furnished,
            await make_debt(furnished.north, furnished.bank, parts),
            await make_debt(furnished.south, furnished.bank_south, parts),
            await make_debt(furnished.north, furnished.shop, parts),
            http,
        )
    passwords.use_parameters(PasswordHasher())


async def _organisation(furnished: House) -> None:
    """The house's creditors as global organisations, so that their people can sign in."""
    async with db.transaction(installation_scope()) as tx:
        for number, creditor_id in enumerate((furnished.bank.creditor_id, furnished.shop.creditor_id)):
            await tx.execute(
                "INSERT INTO creditor_organisation (id, country, tax_id, name) VALUES ($1, 'CO', $2, 'Creditor')",
                creditor_id, f"90000000{number}",
            )  # fmt: skip
