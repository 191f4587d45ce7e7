"""A migration that changes how blocks are hashed: what was sealed is proved first, and then holds in the new form."""

import asyncio

import psycopg
import pytest
from alembic import command
from sqlalchemy.exc import DBAPIError

from core.kit import clock, crypto, db
from core.kit.db import Database
from core.ledger.verify import verify
from recobro import database as program_database
from tests.core.house import house, make_debt
from tests.core.ledger.test_ledger import NOW, K, pay, proof, sealed, wrong

pytestmark = pytest.mark.both_servers


async def test_blocks_are_sealed_anew_and_tampered_ones_stop_it(own_url: str) -> None:
    config = program_database.alembic_config(own_url)
    opened = await Database.connect(program_database.app_url(own_url, crypto.derived("database")))
    db.use(opened)
    try:
        with clock.at(NOW):
            home = await house(opened)
            debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
            await pay(home, debt, 100_00, "a")
            await sealed(home)
            await pay(home, debt, 200_00, "b")
            before = await proof(home)
            await asyncio.to_thread(command.downgrade, config, "0011")
            with psycopg.connect(own_url) as owner:
                heads = owner.execute("SELECT hash FROM ledger_block ORDER BY agency_id, height").fetchall()
                assert (before.head,) not in heads and len(heads) >= 2
            await asyncio.to_thread(program_database.upgrade, own_url)
            after = await verify(home.north)
            assert (after.head, after.entries, wrong(after)) == (before.head, before.entries, {})
    finally:
        db.use(None)
        await opened.close()
    with psycopg.connect(own_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE debt_movement SET reason = 'other'")
    with pytest.raises(DBAPIError, match="does not hold what was sealed"):
        await asyncio.to_thread(command.downgrade, config, "0011")
