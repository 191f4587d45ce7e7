"""Who may touch the totals, what is written when, and that nobody ever sees them half changed."""

import asyncio
import contextlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import psycopg
import pytest
from alembic import command

from core.debts.models import ComponentKind
from core.debts.rules import DEFAULT_BOUNDS, bucket_starts
from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Audience, Scope, system_scope
from core.mandates.models import FileKind
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.reports.dashboard import DashboardQuery, dashboard
from core.reports.fold_totals import Folded
from recobro import database as program_database
from tests.core.house import DebtRow, House, house, make_debt, recall
from tests.core.placements import conftest as placing
from tests.core.placements.conftest import Desk, MakeDesk
from tests.core.reports.totals_books import RELAY, TABLES, assert_board, assert_recovery, contents, fold

K = ComponentKind
NOW = datetime(2026, 6, 30, 14, tzinfo=UTC)
make_desk, desk = placing.make_desk, placing.desk


@pytest.fixture
async def home(database: Database) -> House:
    return await house(database)


async def pay(scope: Scope, debt: DebtRow, minor: int, day: date | None = None) -> Any:
    recorded = await record_payment(
        scope,
        RecordPayment(
            debt_id=debt.id, amount=Money(minor, "COP"), paid_on=day or clock.today("America/Bogota"),
            method=PaymentMethod.CASH, received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
        ),
    )  # fmt: skip
    return recorded.payment_id


async def deltas(scope: Scope) -> int:
    async with db.transaction(scope) as tx:
        return await tx.fetchval("SELECT count(*) FROM recovery_delta")


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_writes_the_totals(home: House, table: str) -> None:
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, None)])
    statements = (
        f"INSERT INTO {table} (agency_id, id) VALUES (gen_random_uuid(), gen_random_uuid())",
        f"UPDATE {table} SET creditor_id = creditor_id",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
    )
    scopes = (home.north, home.bank_scope, system_scope(Audience.IDENTITY, "test"), RELAY)
    for scope in scopes:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction(scope) as tx:
                    await tx.execute(statement)
    for scope in scopes[2:]:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope) as tx:
                await tx.execute(f"SELECT FROM {table}")


async def test_each_reads_its_own_totals(home: House) -> None:
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, None)])
    await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 200, None)])
    await make_debt(home.north, home.shop, [(K.PRINCIPAL, 400, None)])
    for folded in (False, True):
        table = "recovery_due" if folded else "recovery_delta"
        for scope, wanted in ((home.north, 500), (home.south, 200), (home.bank_scope, 300), (home.shop_scope, 400)):
            async with db.transaction(scope) as tx:
                assert await tx.fetchval(f"SELECT sum(balance_minor) FROM {table}") == wanted
        await fold()


async def test_only_the_relay_folds_and_only_triggers_count(home: House, app_url: str) -> None:
    for scope in (home.north, home.bank_scope, system_scope(Audience.IDENTITY, "test")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope) as tx:
                await tx.execute("SELECT recovery_fold(now(), 1, true)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(home.north) as tx:
            await tx.execute("SET LOCAL ROLE recobro_totals")
    with psycopg.connect(app_url) as connection:
        found = connection.execute(
            "SELECT rolcanlogin, rolsuper, rolbypassrls, pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles "
            "WHERE rolname = 'recobro_totals'"
        ).fetchall()
        owners = connection.execute(
            "SELECT DISTINCT proowner::regrole::text, prosecdef, proconfig::text FROM pg_proc WHERE proname LIKE 'recovery\\_%'"
        ).fetchall()
    assert found == [(False, False, False, False)]
    assert owners == [("recobro_totals", True, '{"search_path=pg_catalog, public, pg_temp"}')]


async def test_what_is_not_counted_appends_nothing_and_an_idle_fold_writes_nothing(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, None)])
    payment_id = await pay(home.north, debt, 10)
    while await fold() != Folded(0, 0):
        pass
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE debt SET product = 'x', assigned_to = id, disputed = true WHERE id = $1", debt.id)
        await tx.execute("UPDATE payment SET reference = 'x' WHERE id = $1", payment_id)
        await tx.execute("UPDATE debt SET balance_minor = 0 WHERE id = $1", new_id())
    assert await deltas(home.north) == 0
    async with db.transaction(RELAY) as tx:
        assert tuple(await tx.fetchrow("SELECT * FROM recovery_fold(now(), 100, true)") or ()) == (0, 0)
        assert await tx.fetchval("SELECT pg_current_xact_id_if_assigned()") is None
        # While this one has not ended, another fold does not wait and does nothing.
        await pay(home.north, debt, 10)
        assert await fold() == Folded(0, 0)
    assert (await fold()).changes == 2


async def test_a_fold_takes_what_it_may_and_the_figures_stand_in_between(home: House) -> None:
    with clock.at(NOW):
        debts = [await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, NOW.date())]) for _ in range(5)]
        for debt in debts:
            await pay(home.north, debt, 40)
        taken = 0
        while found := (await fold(limit=3, days=False)).changes:
            assert found <= 3
            taken += found
            await assert_board(home.north, home.bank.creditor_id)
        assert taken == 15


async def test_debts_and_payments_that_are_deleted_are_not_counted(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, None)])
    gone = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 0, None)])
    await pay(home.north, debt, 40)
    async with db.transaction(home.north) as tx:
        await tx.execute(
            "INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, paid_on, received_by, "
            "method, idempotency_key, fingerprint, recorded_by, status, reversed_on) VALUES ($1, $2, $3, $4, 'COP', 7, "
            "'2026-01-01', 'AGENCY', 'CASH', 'k', 'k', 'x', 'REVERSED', '2026-02-01')",
            home.north.agency, new_id(), home.bank.creditor_id, debt.id,
        )  # fmt: skip
    await assert_board(home.north, home.bank.creditor_id)
    await fold()
    async with db.transaction(home.north) as tx:
        await tx.execute("DELETE FROM payment WHERE idempotency_key = 'k'")
        await tx.execute("DELETE FROM debt WHERE id = $1", gone.id)
    await assert_board(home.north, home.bank.creditor_id)


async def test_the_buckets_are_of_the_mandates_own_day(home: House) -> None:
    """Due on the 30th: at 01:00 UTC of the next day it is still that day in Bogotá, and the next one in Tokyo."""
    await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, date(2026, 6, 30))])
    night = datetime(2026, 7, 1, 1, tzinfo=UTC)

    async def bucket(at: datetime) -> list[str]:
        with clock.at(at):
            board = await dashboard(home.north, DashboardQuery(creditor_id=home.bank.creditor_id))
        return [row.key for row in board.buckets]

    async def zone(name: str) -> None:
        async with db.transaction(home.north) as tx:
            await tx.execute("UPDATE mandate SET timezone = $2 WHERE id = $1", home.bank.mandate_id, name)

    with clock.at(night):
        await fold()
    assert await bucket(night) == ["current"]
    await zone("Asia/Tokyo")
    assert await bucket(night) == ["1-30"]
    with clock.at(night):
        assert (await fold()).days == 1
    assert await bucket(night) == ["1-30"]
    assert await bucket(night + timedelta(days=30)) == ["31-60"]
    assert await bucket(night - timedelta(days=1)) == ["current"]


def test_the_kept_buckets_have_the_default_bounds(owner_url: str) -> None:
    starts = ",".join(map(str, bucket_starts(DEFAULT_BOUNDS)))
    with psycopg.connect(owner_url) as connection:
        (text,) = connection.execute("SELECT prosrc FROM pg_proc WHERE proname = 'recovery_fold'").fetchone() or ("",)
    assert str(text).count("width_bucket") == str(text).count(f"'{{{starts}}}'::int[]") == 2


async def test_files_are_counted(make_desk: MakeDesk) -> None:
    """NEW, FINANCIAL, MAINTENANCE and RECALL: a file is a few statements, however many rows it has."""
    with clock.at(NOW):
        desk: Desk = await make_desk()
        await desk.layout({"columns": {**placing.NEW["columns"], "due_on": "due"}})
        days = [(NOW - timedelta(days=n)).date().isoformat() for n in range(60)]
        rows = "".join(f"D{n},Ana,2026-01-01,{n + 1}.00,{days[n % 60] if n % 7 else ''}\n" for n in range(300))
        await desk.accept("ref,name,opened,amount,due\n" + rows)
        assert await deltas(desk.scope) <= 60 * 5
        await assert_board(desk.scope, desk.creditor_id)
        await fold()
        await desk.layout(placing.PAYMENTS, FileKind.FINANCIAL)
        paid = "".join(f"D{n},2026-0{n % 6 + 1}-05,{n}.50,S{n}\n" for n in range(1, 200))
        await desk.accept("ref,paid,amount,slip\n" + paid, FileKind.FINANCIAL)
        await assert_board(desk.scope, desk.creditor_id)
        changed = {"reference": "ref", "due_on": "due", "components": [{"kind": "PRINCIPAL", "column": "amount"}]}
        await desk.layout({"columns": changed}, FileKind.MAINTENANCE)
        await desk.accept("ref,due,amount\nD250,2026-05-01,0\nD251,,9.00\nD252,2026-07-01,\n", FileKind.MAINTENANCE)
        await assert_board(desk.scope, desk.creditor_id)
        await desk.layout({"columns": {"reference": "ref"}}, FileKind.RECALL)
        await desk.accept("ref\n" + "".join(f"D{n}\n" for n in range(200, 300)), FileKind.RECALL)
        await assert_board(desk.scope, desk.creditor_id)
        await fold()
        await assert_board(desk.scope, desk.creditor_id)
        await assert_recovery(desk.scope, desk.creditor_id)


async def test_everybody_at_once(home: House) -> None:
    """Writers on the same debts, folds and readers: nobody waits crosswise, and every snapshot is consistent."""
    debts = [await make_debt(home.north, home.bank, [(K.PRINCIPAL, 10_000, clock.now().date())]) for _ in range(3)]
    debts += [await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 10_000, None)])]
    busy, reads, folds = True, 0, 0

    async def write(number: int) -> None:
        debt = debts[number % 4]
        scope = home.south if debt is debts[3] else home.north
        for turn in range(25):
            payment_id = await pay(scope, debt, 10 + turn)
            if turn % 3 == 0:
                await reverse_payment(
                    scope,
                    ReversePayment(payment_id=payment_id, reason="x", reversed_on=clock.today("America/Bogota")),
                )

    async def read() -> None:
        nonlocal reads
        while busy:
            for scope in (home.bank_scope, home.north, home.south):
                await assert_board(scope, home.bank.creditor_id)
                reads += 1

    async def folding() -> None:
        nonlocal folds
        while busy:
            folds += (await fold(limit=5 + folds % 20)).changes
            await asyncio.sleep(0.002)

    beside = [asyncio.create_task(job) for job in (read(), folding(), folding())]
    try:
        await asyncio.gather(*(write(number) for number in range(6)))
    finally:
        busy = False
        await asyncio.gather(*beside)
    assert reads > 10
    assert folds > 100
    await assert_board(home.bank_scope, home.bank.creditor_id)


async def test_a_migration_counts_what_is_there(own_url: str) -> None:
    """Down and up again with a history in the database: the totals come out as they were."""
    crypto.use_keys(("a secret key of the test suite, forty letters",))
    async with _open(own_url) as database:
        with clock.at(NOW):
            home = await house(database)
            one = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 100, NOW.date()), (K.OTHER, 5, None)])
            two = await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 70, None)])
            bounced = await pay(home.north, one, 30, date(2026, 5, 1))
            reversal = ReversePayment(payment_id=bounced, reason="x", reversed_on=NOW.date())
            await reverse_payment(home.north, reversal)
            await pay(home.north, one, 20)
            await pay(home.south, two, 90)
            await recall(home.north, one, NOW.date())
            await fold()
    before = contents(own_url)
    assert all(before[table] for table in TABLES if table != "recovery_delta")
    await asyncio.to_thread(command.downgrade, program_database.alembic_config(own_url), "0002")
    await asyncio.to_thread(program_database.upgrade, own_url)
    async with _open(own_url):
        with clock.at(NOW):
            await assert_board(home.bank_scope, home.bank.creditor_id)
            await fold()
            await assert_board(home.bank_scope, home.bank.creditor_id)
            await assert_recovery(home.bank_scope, home.bank.creditor_id)
    assert contents(own_url) == before


@contextlib.asynccontextmanager
async def _open(url: str) -> Any:
    app = program_database.app_url(url, crypto.derived("database"))
    opened = await Database.connect(app)
    db.use(opened)
    try:
        yield opened
    finally:
        db.use(None)
        await opened.close()
