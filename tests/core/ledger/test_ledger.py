"""Money has two sides in one row, nobody's is taken for another's, and a changed entry is found."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import psycopg
import pytest

from core.debts.models import ComponentKind
from core.kit import clock, db
from core.kit.db import Database
from core.kit.errors import Forbidden
from core.kit.money import Money
from core.kit.scope import Actor, Audience, agency_scope, system_scope
from core.ledger.checks import COMPARED
from core.ledger.models import PAIRS, Account
from core.ledger.seal import seal
from core.ledger.verify import Proof, verify
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from tests.core.house import Client, DebtRow, House, assert_books, house, make_debt

pytestmark = pytest.mark.both_servers

K, A = ComponentKind, Account
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
RELAY = system_scope(Audience.RELAY, "test")
POST = (
    "INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor, "
    "effective_on, source_id, actor) VALUES ($1, recobro_uuid7(), $2, $3, $7, $4, $5, 'COP', $6, '2026-03-01', $1, "
    "'system:test')"
)


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


async def pay(
    home: House,
    debt: DebtRow,
    minor: int,
    key: str,
    *,
    by: ReceivedBy = ReceivedBy.AGENCY,
    method: PaymentMethod = PaymentMethod.TRANSFER,
) -> PaymentRecorded:
    command = RecordPayment(
        debt_id=debt.id,
        amount=Money(minor, "COP"),
        paid_on=date(2026, 3, 9),
        method=method,
        received_by=by,
        idempotency_key=key,
    )
    return await record_payment(home.north, command)


async def reverse(home: House, payment_id: UUID) -> None:
    await reverse_payment(
        home.north, ReversePayment(payment_id=payment_id, reason="R01", reversed_on=date(2026, 3, 10))
    )


async def legs(home: House, source_id: UUID) -> list[tuple[str, str, str, int]]:
    async with db.transaction(home.north) as tx:
        rows = await tx.fetch(
            "SELECT kind, debit, credit, amount_minor FROM ledger_posting WHERE source_id = $1 ORDER BY kind, "
            "amount_minor DESC, debit",
            source_id,
        )
    return [tuple(row) for row in rows]


async def post(
    home: House, client: Client, debit: str, credit: str, minor: int, debt: UUID | None = None, kind: str = "REMITTANCE"
) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute(POST, home.north.agency, client.creditor_id, debt, debit, credit, minor, kind)


async def sealed(home: House) -> int:
    """Seal all that there is; returns in how many blocks. Whoever else is busy on the server is waited for."""
    blocks = 0
    for _ in range(200):
        blocks += await seal(RELAY)
        if not (await verify(home.north)).unsealed:
            return blocks
        await asyncio.sleep(0.05)
    raise TimeoutError("somebody keeps a transaction open")


async def proof(home: House) -> Proof:
    await sealed(home)
    return await verify(home.north)


def wrong(found: Proof) -> dict[str, tuple[str, ...]]:
    return {check.name: check.samples for check in found.checks if not check.holds}


async def test_money_for_a_debt_is_the_creditors_and_what_is_over_the_debtors(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    done = await pay(home, debt, 1000_00, "a")
    assert await legs(home, done.payment_id) == [
        ("RECEIPT", "TRUST_BANK", "CLIENT", 900_00),
        ("RECEIPT", "TRUST_BANK", "UNAPPLIED", 100_00),
    ]
    assert wrong(await proof(home)) == {}


async def test_what_the_creditor_got_itself_never_was_in_the_trust_account(home: House) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    done = await pay(home, debt, 100_00, "a", by=ReceivedBy.CREDITOR)
    assert await legs(home, done.payment_id) == []
    await reverse(home, done.payment_id)
    assert await legs(home, done.payment_id) == []
    assert wrong(await proof(home)) == {}


async def test_a_cheque_is_credited_to_the_debtor_but_is_not_the_creditors_until_it_clears(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 5})
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    done = await pay(home, debt, 100_00, "a", method=PaymentMethod.CHEQUE)
    assert done.balance_after == Money(800_00, "COP")
    assert done.payment is not None
    assert (done.payment["status"], done.payment["clears_on"]) == ("PENDING", date(2026, 3, 14))
    assert await legs(home, done.payment_id) == [("RECEIPT", "TRUST_CLEARING", "CLIENT_UNCLEARED", 100_00)]
    await reverse(home, done.payment_id)
    assert (await legs(home, done.payment_id))[1:] == [("REVERSAL", "CLIENT_UNCLEARED", "TRUST_CLEARING", 100_00)]
    await assert_books(home.north, debt.id)
    assert wrong(await proof(home)) == {}


async def test_what_bounces_after_it_was_remitted_the_agency_lays_out_and_no_other_creditor(home: House) -> None:
    banks, shops = [
        await make_debt(home.north, client, [(K.PRINCIPAL, 900_00, None)]) for client in (home.bank, home.shop)
    ]
    done = await pay(home, banks, 500_00, "a")
    await pay(home, shops, 800_00, "b")
    await post(home, home.bank, A.CLIENT, A.TRUST_BANK, 300_00)

    await reverse(home, done.payment_id)

    assert (await legs(home, done.payment_id))[1:] == [
        ("REVERSAL", "CREDITOR_RECEIVABLE", "TRUST_BANK", 300_00),
        ("REVERSAL", "TRUST_BANK", "OPERATING_BANK", 300_00),
        ("REVERSAL", "CLIENT", "TRUST_BANK", 200_00),
    ]
    assert wrong(await proof(home)) == {}


@pytest.mark.parametrize("kept", [False, True])
async def test_no_account_of_other_peoples_money_can_be_overdrawn(home: House, kept: bool) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    await pay(home, debt, 1000_00, "a")
    await post(home, home.shop, A.TRUST_BANK, A.CLIENT, 5_000_00)
    if kept:
        await sealed(home)
    await post(home, home.bank, A.CLIENT, A.TRUST_BANK, 900_00)
    for debit, whose in ((A.CLIENT, None), (A.UNIDENTIFIED, None), (A.CLIENT_UNCLEARED, None), (A.UNAPPLIED, debt.id)):
        credit = A.TRUST_CLEARING if debit == A.CLIENT_UNCLEARED else A.TRUST_BANK
        with pytest.raises(asyncpg.CheckViolationError, match=f"{debit} would be overdrawn"):
            await post(home, home.bank, debit, credit, 100_01 if whose else 1, whose)
    await post(home, home.bank, A.UNAPPLIED, A.TRUST_BANK, 100_00, debt.id)


async def test_two_who_each_leave_enough_alone_cannot_take_too_much_together(home: House) -> None:
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 100)
    async with db.transaction(home.north) as one:
        await one.execute(
            POST, home.north.agency, home.bank.creditor_id, None, A.CLIENT, A.TRUST_BANK, 60, "REMITTANCE"
        )
        await post(home, home.bank, A.CLIENT, A.TRUST_BANK, 60)
        with pytest.raises(asyncpg.CheckViolationError, match="overdrawn by 20"):
            await one.execute("SET CONSTRAINTS ALL IMMEDIATE")
            pytest.fail("the second was let through")
        await one.execute("ROLLBACK; BEGIN")


@pytest.mark.parametrize(
    ("debit", "credit", "minor"),
    [("CLIENT", "OPERATING_BANK", 1), ("CLIENT", "COMMISSION", 1), ("TRUST_BANK", "CLIENT", 0),
     ("TRUST_BANK", "CLIENT", -5), ("CLIENT", "CLIENT", 5)],
)  # fmt: skip
async def test_only_lawful_postings_can_be_written(home: House, debit: str, credit: str, minor: int) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await post(home, home.bank, debit, credit, minor)


def test_no_pair_takes_a_creditors_money_for_the_agency() -> None:
    """But as a fee that was withheld, or what the agency laid out for that creditor before."""
    takes = {credit for debit, credit in PAIRS if debit in (A.CLIENT, A.CLIENT_UNCLEARED)}
    assert takes == {A.TRUST_BANK, A.TRUST_CLEARING, A.CLIENT, A.UNIDENTIFIED, A.CREDITOR_RECEIVABLE, A.FEE_DUE}
    assert len(PAIRS) == len(set(PAIRS))


async def test_the_journal_cannot_be_rewritten_and_its_blocks_only_be_read(home: House) -> None:
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 100)
    await sealed(home)
    for statement in (
        "UPDATE ledger_posting SET amount_minor = 1", "DELETE FROM ledger_posting", "TRUNCATE ledger_posting",
        "UPDATE ledger_block SET hash = ''", "DELETE FROM ledger_block", "UPDATE ledger_balance SET balance_minor = 0",
        "INSERT INTO ledger_block SELECT * FROM ledger_block", "SELECT ledger_seal()",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(home.north) as tx:
                await tx.execute(statement)


async def test_blocks_chain_what_was_committed_for_each_agency_by_itself(home: House) -> None:
    assert (await verify(home.north)).height == 0
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 100)
    assert await sealed(home) == 1
    assert await seal(RELAY) == 0
    first = await verify(home.north)
    async with db.transaction(home.north) as waiting:
        await waiting.execute(
            POST, home.north.agency, home.bank.creditor_id, None, A.TRUST_BANK, A.CLIENT, 7, "REMITTANCE"
        )
        await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 5)
        assert await seal(RELAY) == 0, "what is older than an open transaction is not decided"
        assert (await verify(home.north)).unsealed == 1
    assert await sealed(home) == 1
    second = await verify(home.north)
    assert (first.height, first.entries, second.height, second.entries, second.unsealed) == (1, 1, 2, 3, 0)
    assert first.head != second.head and first.holds and second.holds
    assert (await verify(home.south)).height == 0


async def test_who_may_not_verify_does_not(home: House) -> None:
    nobody = agency_scope(home.north.agency, Actor("user", "u"))
    with pytest.raises(Forbidden):
        await verify(nobody)


TAMPERED = [
    ("UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE debit = 'TRUST_BANK' AND credit = 'CLIENT'",
     {"contents", "receipts", "balances"}),
    ("UPDATE debt_movement SET delta_minor = delta_minor - 1 WHERE kind = 'PAYMENT'",
     {"contents", "components", "payments"}),
    ("UPDATE debt_movement SET effective_on = effective_on - 1 WHERE kind = 'PAYMENT'", {"contents"}),
    ("UPDATE ledger_posting SET reason = 'x'", {"contents"}),
    ("DELETE FROM debt_movement WHERE kind = 'PAYMENT'", {"contents", "components", "payments"}),
    ("DELETE FROM ledger_block WHERE height = 1", {"chain", "contents"}),
    ("UPDATE ledger_block SET digest = repeat('a', 64) WHERE height = 1", {"chain", "contents"}),
    ("UPDATE ledger_balance SET balance_minor = balance_minor + 1 WHERE account = 'CLIENT'", {"balances"}),
    ("UPDATE debt_component SET balance_minor = balance_minor + 1", {"components", "debts"}),
    ("UPDATE debt SET balance_minor = balance_minor + 1", {"debts"}),
    ("UPDATE payment_allocation SET amount_minor = amount_minor - 1", {"allocations"}),
    ("INSERT INTO ledger_posting SELECT agency_id, gen_random_uuid(), creditor_id, debt_id, kind, debit, credit, currency, "
     "amount_minor, effective_on, recorded_at, source_id, xid, actor, reason FROM ledger_posting LIMIT 1",
     {"contents", "receipts", "balances"}),
    ("UPDATE ledger_posting SET actor = left(actor, -1), reason = right(actor, 1) || reason", {"contents"}),
    ("UPDATE ledger_posting SET debt_id = NULL", {"contents"}),
    ("UPDATE debt_movement SET id = gen_random_uuid() WHERE kind = 'PLACEMENT'", {"contents"}),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "found"), TAMPERED, ids=[one[0][:60] for one in TAMPERED])
async def test_whoever_owns_the_database_and_changes_the_books_is_found(
    home: House, owner_url: str, statement: str, found: set[str]
) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    await pay(home, debt, 100_00, "a")
    await sealed(home)
    await pay(home, debt, 200_00, "b")
    assert wrong(await proof(home)) == {}
    with psycopg.connect(owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        assert owner.execute(statement).rowcount
    assert set(wrong(await verify(home.north))) == found


@pytest.mark.parametrize("minor", [1, 2**31, 2**40])
async def test_what_is_too_much_in_one_place_does_not_make_up_for_another(
    home: House, owner_url: str, minor: int
) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 2**41, None), (K.INTEREST_ORDINARY, 2**41, None)])
    assert wrong(await proof(home)) == {}
    with psycopg.connect(owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        for component, more in zip(debt.components, (minor, -minor), strict=True):
            owner.execute(
                "UPDATE debt_component SET balance_minor = balance_minor + %s WHERE id = %s", (more, component)
            )
    found = wrong(await verify(home.north))
    assert set(found) == {"components"} and len(found["components"]) == 2


async def test_sound_books_are_not_compared_row_by_row(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    debt = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 900_00, None)])
    done = await pay(home, debt, 100_00, "a")
    await pay(home, debt, 1000_00, "b")
    await pay(home, debt, 50_00, "c", by=ReceivedBy.CREDITOR)
    await reverse(home, done.payment_id)
    await post(home, home.bank, A.TRUST_BANK, A.UNIDENTIFIED, 300, kind="RECEIPT")
    failing = tuple(replace(one, sql="SELECT 1 / 0 WHERE $1::uuid IS NOT NULL") for one in COMPARED)
    monkeypatch.setattr("core.ledger.verify.COMPARED", failing)
    assert wrong(await proof(home)) == {}
    with pytest.raises(asyncpg.DivisionByZeroError):
        await verify(home.north, exact=True)
    monkeypatch.undo()
    by_rows, by_sums = await verify(home.north, exact=True), await verify(home.north)
    assert by_rows.holds and [one.name for one in by_rows.checks] == [one.name for one in by_sums.checks]


async def test_money_of_a_payment_that_is_not_there_is_found_though_no_payment_says_otherwise(home: House) -> None:
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 5)
    assert wrong(await proof(home)) == {}
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 7, kind="RECEIPT")
    assert set(wrong(await verify(home.north))) == set(wrong(await verify(home.north, exact=True))) == {"strays"}


MANY = """
INSERT INTO ledger_posting (agency_id, id, creditor_id, kind, debit, credit, currency, amount_minor, effective_on,
  source_id, actor)
SELECT %(agency)s, recobro_uuid7(), %(creditor)s, 'REMITTANCE', 'TRUST_BANK', 'CLIENT', 'COP', 1, '2026-03-01',
  %(agency)s, 'system:test' FROM generate_series(1, 100001)
"""


async def test_a_block_too_large_for_one_leaf_is_proved_by_its_leaves(home: House, owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(MANY, {"agency": home.north.agency, "creditor": home.bank.creditor_id})
    found = await proof(home)
    assert (wrong(found), found.entries) == ({}, 100_001)
    with psycopg.connect(owner_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE ledger_posting SET reason = 'x' WHERE id = (SELECT id FROM ledger_posting LIMIT 1)")
    assert set(wrong(await verify(home.north))) == {"contents"}


async def test_a_server_whose_counter_is_behind_the_ledger_says_so(home: House, owner_url: str) -> None:
    await post(home, home.bank, A.TRUST_BANK, A.CLIENT, 100)
    await sealed(home)
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE ledger_block SET to_xid = to_xid + 1000000000")
    with pytest.raises(asyncpg.RaiseError, match="counts transactions from"):
        await seal(RELAY)
