"""Sign-in on a real database, with hashes that cost nothing."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from argon2 import PasswordHasher

from core.kit.db import Database
from tenants import passwords
from tests.tenants.house import House, build

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def cheap_hashes() -> Iterator[None]:
    passwords.use_parameters(CHEAP)
    yield
    passwords.use_parameters(PasswordHasher())


@pytest.fixture
async def house(database: Database) -> House:
    return await build()


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser() as client:
        yield client
