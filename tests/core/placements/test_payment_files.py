"""Payments of a file come out exactly as if each had been recorded alone, however many fall on one debt."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from core.kit import db
from core.kit.money import Money
from core.ledger.verify import verify
from core.mandates.models import FileKind
from core.payments import reprocess_payments
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from tests.core.placements.conftest import PAYMENTS, Desk, MakeDesk

KINDS = ("PRINCIPAL", "INTEREST_ORDINARY", "INTEREST_DEFAULT", "PENALTY")
DEBTS = {
    "columns": {
        "reference": "ref", "debtor_name": {"constant": "Ana"}, "opened_on": {"constant": "2024-01-01"},
        "placed_on": {"constant": "2024-02-01"},
        "components": [
            *({"kind": kind, "column": kind, "due_on": f"due_{kind}"} for kind in KINDS),
            {"kind": "PRINCIPAL", "column": "second", "due_on": "due_second"},
        ],
    }
}  # fmt: skip
_SPLIT_PAYMENTS = {
    "columns": {
        "reference": "ref", "paid_on": "paid", "payment_reference": "slip",
        "components": [{"kind": "PRINCIPAL", "column": "p"}],
    }
}  # fmt: skip
HEAD = "ref,paid,amount,slip\n"
_HEADER = ",".join(["ref", *KINDS, "second", *(f"due_{name}" for name in (*KINDS, "second"))]) + "\n"


def _debts(lots: random.Random, count: int) -> str:
    names = [*KINDS, "second"]
    lines = [",".join(["ref", *names, *(f"due_{name}" for name in names)])]
    for number in range(count):
        amounts = [f"{lots.randrange(0, 9000) / 100:.2f}" if lots.random() < 0.8 else "" for _ in names]
        amounts[0] = "10.00"
        dues = [
            (date(2024, 1, 1) + timedelta(lots.randrange(400))).isoformat() if lots.random() < 0.7 else ""
            for _ in names
        ]
        lines.append(",".join([f"D{number}", *amounts, *dues]))
    return "\n".join(lines) + "\n"


def _payments(lots: random.Random, debts: int, count: int) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"D{lots.randrange(debts)}",
            (date(2024, 1, 5) + timedelta(lots.randrange(120))).isoformat(),
            f"{lots.randrange(1, 9000) / 100:.2f}",
            f"S{number}",
        )
        for number in range(count)
    ]


_BOOKS = {
    "debts": "SELECT reference, balance_minor, recovered_minor, status, closed_reason, closed_on, due_on, "
    "last_payment_on "
    "FROM debt ORDER BY reference",
    "components": "SELECT d.reference, c.position, c.balance_minor FROM debt_component c JOIN debt d ON d.id = "
    "c.debt_id "
    "ORDER BY 1, 2",
    "payments": "SELECT d.reference, p.reference AS slip, p.amount_minor, p.unapplied_minor, p.paid_on FROM payment p "
    "JOIN debt d ON d.id = p.debt_id ORDER BY 1, 2",
    "splits": "SELECT p.reference AS slip, c.position, a.amount_minor FROM payment_allocation a JOIN payment p ON "
    "p.id = "
    "a.payment_id JOIN debt_component c ON c.id = a.component_id ORDER BY 1, 2",
    "movements": "SELECT d.reference, c.position, m.kind, m.effective_on, m.delta_minor FROM debt_movement m JOIN "
    "debt d ON "
    "d.id = m.debt_id JOIN debt_component c ON c.id = m.component_id ORDER BY 1, 2, 3, 4, 5",
}


async def _record(desk: Desk, payments: list[tuple[str, str, str, str]]) -> None:
    """The payments one by one, in the order of their days."""
    ids = {row["reference"]: row["id"] for row in await desk.fetch("SELECT id, reference FROM debt")}
    for ref, day, amount, slip in sorted(payments, key=lambda one: one[1]):
        await record_payment(
            desk.scope,
            RecordPayment(
                debt_id=ids[ref], amount=Money.parse(amount, "COP"), paid_on=date.fromisoformat(day),
                method=PaymentMethod.OTHER, received_by=ReceivedBy.CREDITOR, idempotency_key=slip, reference=slip,
            ),
        )  # fmt: skip


async def _books(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    return {name: await desk.fetch(sql) for name, sql in _BOOKS.items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_file_of_payments_and_the_same_payments_one_by_one_make_the_same_books(
    make_desk: MakeDesk, seed: int
) -> None:
    lots = random.Random(seed)
    order = list(KINDS)
    lots.shuffle(order)
    bulk, alone = await make_desk(allocation_order=order), await make_desk(allocation_order=order)
    debts, payments = _debts(lots, 12), _payments(lots, 12, 60)
    for desk in (bulk, alone):
        await desk.layout(DEBTS)
        assert (await desk.accept(debts))["rows_accepted"] == 12
    await bulk.layout(PAYMENTS, FileKind.FINANCIAL)
    batch = await bulk.accept(HEAD + "".join(",".join(one) + "\n" for one in payments), FileKind.FINANCIAL)
    assert batch["rows_accepted"] == 60

    await _record(alone, payments)

    assert await _books(bulk) == await _books(alone)
    assert set(batch["issues_by_code"]) == {"OVERPAYMENT"}
    assert await bulk.value("SELECT sum(unapplied_minor) FROM payment") > 0


async def test_the_creditors_own_split_is_kept_and_what_does_not_fit_stays_unapplied(desk: Desk) -> None:
    await desk.layout(DEBTS)
    await desk.accept(_HEADER + "D1,100,20,,,50,,,,,\n")
    split = [{"kind": "PRINCIPAL", "column": "p"}, {"kind": "INTEREST_ORDINARY", "column": "i"}]
    await desk.layout(
        {"columns": {"reference": "ref", "paid_on": "paid", "amount": "amount", "components": split}},
        FileKind.FINANCIAL,
    )
    batch = await desk.accept(
        "ref,paid,amount,p,i\nD1,2024-03-01,130,120,10\nD1,2024-03-02,15,,15\nD1,2024-03-03,9,5,5\nD1,2024-03-04,0,0,0\n",
        FileKind.FINANCIAL,
    )
    assert {(line, code) for line, code, _, _ in await desk.issues(batch["id"])} == {
        (3, "OVERPAYMENT"), (4, "SPLIT_MISMATCH"), (5, "ZERO_AMOUNT"),
    }  # fmt: skip
    parts = await desk.fetch("SELECT position, balance_minor FROM debt_component ORDER BY position")
    assert [(row["position"], row["balance_minor"]) for row in parts] == [(1, 0), (2, 0), (5, 3000)]
    assert await desk.value("SELECT unapplied_minor FROM payment ORDER BY paid_on DESC LIMIT 1") == 500


async def test_payments_that_can_not_be_are_refused_and_the_same_ones_again_are_duplicates(desk: Desk) -> None:
    await desk.layout(DEBTS)
    await desk.accept(_HEADER + "D1,100,,,,,,,,,\nD2,100,,,,,,,,,\n")
    async with db.transaction(desk.scope) as tx:
        await tx.execute("UPDATE debt SET status = 'CLOSED', closed_reason = 'SOLD' WHERE reference = 'D2'")
    await desk.layout(PAYMENTS, FileKind.FINANCIAL)
    content = HEAD + (
        "D1,2024-01-05,10,\nD1,2024-01-05,10,\nD1,2023-12-31,1,\nD1,2199-01-01,1,\nNO,2024-03-01,1,\nD2,2024-03-01,1,\n"
        "D1,2024-03-01,-1,\nD1,,1,\n"
    )
    batch = await desk.accept(content, FileKind.FINANCIAL)
    assert [(line, code) for line, code, _, _ in await desk.issues(batch["id"])] == [
        (4, "PAID_BEFORE_OPENING"), (5, "DATE_IN_FUTURE"), (6, "UNKNOWN_REFERENCE"), (7, "DEBT_CLOSED"),
        (8, "NEGATIVE_AMOUNT"), (9, "MISSING_VALUE"),
    ]  # fmt: skip
    # Twice the same on one day, without a number of the creditor's, is two payments; before the
    # day of placement, they are history.
    assert await desk.value("SELECT balance_minor FROM debt WHERE reference = 'D1'") == 8000
    again = await desk.accept(content + "\n", FileKind.FINANCIAL)
    assert (again["rows_accepted"], again["rows_duplicate"]) == (0, 2)
    third = await desk.accept(content + "D1,2024-01-05,10,\n", FileKind.FINANCIAL)
    assert (third["rows_accepted"], third["rows_duplicate"]) == (1, 2)
    assert await desk.value("SELECT balance_minor FROM debt WHERE reference = 'D1'") == 7000
    assert await desk.value("SELECT count(*) FROM payment WHERE received_by = 'CREDITOR' AND method = 'OTHER'") == 3


_POLICIES: list[dict[str, Any]] = [
    {},
    {"grouping": "HORIZONTAL", "in_advance_order": ["PRINCIPAL", "PENALTY"]},
    {"grouping": "HORIZONTAL", "due_date_of": "INSTALMENT", "future": "LAST", "past_due_first": True},
    {"grouping": "VERTICAL", "future": "LAST", "orders": [{"when": {"stage": "JUDICIAL"}, "order": ["PENALTY"]}]},
    {"grouping": "HORIZONTAL", "future": "REAMORTIZE"},
    {"grouping": "VERTICAL", "future": "REAMORTIZE", "due_date_of": "INSTALMENT"},
    {"grouping": "PRO_RATA", "future": "LAST"},
    {"orders": [{"when": {"min_days_past_due": 30}, "order": ["PRINCIPAL"], "in_advance_order": ["PENALTY"]}]},
]


@pytest.mark.parametrize("policy", _POLICIES)
async def test_whatever_the_policy_a_file_splits_as_each_payment_alone(
    make_desk: MakeDesk, policy: dict[str, Any]
) -> None:
    """Instalments, disputed portions, debts in court, days before and after due dates; and the creditor's own split."""
    lots = random.Random(str(policy))
    bulk, alone, split = [await make_desk(allocation_policy=policy) for _ in range(3)]
    debts, payments = _debts(lots, 15), _payments(lots, 15, 90)
    held = [(n, lots.randrange(1, 6), lots.randrange(0, 2) * lots.randrange(0, 3000)) for n in range(1, 6)]
    for desk in (bulk, alone, split):
        await desk.layout(DEBTS)
        await desk.accept(debts)
        async with db.transaction(desk.scope) as tx:
            await tx.execute("UPDATE debt SET stage = 'JUDICIAL' WHERE right(reference, 1) IN ('3', '4')")
            for position, instalment, minor in held:
                await tx.execute(
                    "UPDATE debt_component SET instalment = NULLIF($2, 5), disputed_minor = LEAST($3, balance_minor) "
                    "WHERE position = $1", position, instalment, minor,
                )  # fmt: skip
    for desk in (bulk, split):
        await desk.layout(PAYMENTS if desk is bulk else _SPLIT_PAYMENTS, FileKind.FINANCIAL)
    lines = "".join(",".join(one) + "\n" for one in payments)
    await bulk.accept(HEAD + lines, FileKind.FINANCIAL)
    await split.accept("ref,paid,p,slip\n" + lines, FileKind.FINANCIAL)
    await _record(alone, payments)

    assert await _books(bulk) == await _books(alone)
    kinds = await split.fetch(
        "SELECT DISTINCT c.kind FROM payment_allocation a JOIN debt_component c ON c.id = a.component_id"
    )
    assert [row["kind"] for row in kinds] == ["PRINCIPAL"]
    assert await split.value("SELECT count(*) FROM debt_component WHERE balance_minor < disputed_minor") == 0


@pytest.mark.parametrize("policy", [_POLICIES[0], _POLICIES[6]])
async def test_of_debts_that_are_written_off_a_file_recovers_as_each_payment_alone(
    make_desk: MakeDesk, policy: dict[str, Any]
) -> None:
    lots = random.Random(str(policy))
    bulk, alone = [await make_desk(allocation_policy=policy) for _ in range(2)]
    debts, payments = _debts(lots, 10), _payments(lots, 10, 40)
    for desk in (bulk, alone):
        await desk.layout(DEBTS)
        await desk.accept(debts)
        async with db.transaction(desk.scope) as tx:
            await tx.execute("UPDATE debt_component SET disputed_minor = LEAST(100, balance_minor) WHERE position = 2")
        for row in await desk.fetch("SELECT id FROM debt WHERE right(reference, 1) IN ('1', '3', '5', '7', '9')"):
            await write_off_debt(desk.scope, WriteOffDebt(debt_id=row["id"], reason="no assets"))
    await bulk.layout(PAYMENTS, FileKind.FINANCIAL)
    lines = "".join(",".join(one) + "\n" for one in payments)
    batch = await bulk.accept(HEAD + lines, FileKind.FINANCIAL)
    assert batch["rows_accepted"] == 40
    await _record(alone, payments)

    assert await _books(bulk) == await _books(alone)
    for sql in (
        "SELECT reference, written_off_minor FROM debt ORDER BY 1",
        "SELECT reference, after_write_off FROM payment ORDER BY 1",
        "SELECT d.reference, c.position, c.written_off_minor, c.disputed_minor FROM debt_component c "
        "JOIN debt d ON d.id = c.debt_id ORDER BY 1, 2",
    ):
        assert await bulk.fetch(sql) == await alone.fetch(sql)
    assert await bulk.value("SELECT count(*) FROM debt_movement WHERE kind = 'WRITE_OFF' AND delta_minor > 0") > 5
    for desk in (bulk, alone):
        assert (await verify(desk.scope)).holds


async def test_a_file_dated_before_recorded_payments_has_them_split_anew(desk: Desk, make_desk: MakeDesk) -> None:
    assert reprocess_payments.reprocess, "the job's handler"
    anew = await make_desk(allocation_policy={"reprocess": True})
    for one in (desk, anew):
        await one.layout(DEBTS)
        await one.accept(_HEADER + "D1,50,20,,,,2024-02-01,2024-03-01,,,\n")
        await _record(one, [("D1", "2024-03-02", "30", "S1")])
        await one.layout(PAYMENTS, FileKind.FINANCIAL)
        await one.accept(HEAD + "D1,2024-02-02,60,S2\n", FileKind.FINANCIAL)
    parts = "SELECT c.position, a.amount_minor FROM payment p JOIN payment_allocation a ON a.payment_id = p.id JOIN debt_component c ON c.id = a.component_id WHERE p.reference = $1 AND p.status <> 'REVERSED' ORDER BY 1"
    for one, first, second in (
        (desk, [(1, 1000), (2, 2000)], [(1, 4000)]),
        (anew, [(2, 1000)], [(1, 5000), (2, 1000)]),
    ):
        assert [tuple(row.values()) for row in await one.fetch(parts, "S1")] == first
        assert [tuple(row.values()) for row in await one.fetch(parts, "S2")] == second
    assert await anew.value("SELECT count(*) FROM job WHERE name = 'payments.reprocess' AND state = 'DONE'") == 1
    assert await desk.value("SELECT count(*) FROM job WHERE name = 'payments.reprocess'") == 0
