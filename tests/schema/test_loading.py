"""The executor's loaders."""

import asyncio

import pytest

from schema.kit.loading import Loaders
from schema.types.debts import Debt
from tests.schema.conftest import Api


async def test_a_field_that_an_error_ends_takes_no_row_from_another(api: Api) -> None:
    load = Loaders(api.house.north)
    ended, other = (asyncio.create_task(load.one(Debt.table, api.debt.id)) for _ in range(2))
    await asyncio.sleep(0)
    ended.cancel()
    found = await other
    assert found is not None
    assert found["id"] == api.debt.id
    with pytest.raises(asyncio.CancelledError):
        await ended
