"""What collectors do to a debt: stage, assignment, dispute, adjustment; and the nightly move of stages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.assign_debt import AssignDebt, assign_debt
from core.debts.change_stage import ChangeStage, change_stage
from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.kinds import DisputeOutcome
from core.debts.models import ComponentKind, Stage
from core.debts.reads import debt as read_debt
from core.debts.refresh_stages import JOB, refresh_stages, request_stage_refresh
from core.kit import clock, db, jobs
from core.kit.db import Database
from core.kit.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope, creditor_scope
from core.ledger.verify import verify
from core.payments import reprocess_payments
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentWarning, RecordPayment, record_payment
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from tests.core.house import CLIENT_USER, USER_ID, House, assert_books, events, house, make_debt, recall
from tests.helpers_jobs import run_jobs

assert reprocess_payments.reprocess, "whoever runs jobs has to know this one"
K = ComponentKind
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
PARTS = [(K.PRINCIPAL, 100, date(2026, 3, 1)), (K.INTEREST_DEFAULT, 20, date(2026, 2, 1))]


@pytest.fixture
async def home(database: Database) -> AsyncIterator[House]:
    with clock.at(NOW):
        yield await house(database)


def adjusting(debt_id: UUID, component_id: UUID, minor: int, key: str = "k", **changes: object) -> AdjustComponent:
    command = AdjustComponent(
        debt_id=debt_id,
        component_id=component_id,
        delta=Money(minor, "COP"),
        effective_on=date(2026, 3, 5),
        reason="agreed discount",
        idempotency_key=key,
    )
    return replace(command, **changes)


async def test_a_stage_is_changed_by_hand(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    done = await change_stage(home.north, ChangeStage(debt_id=debt.id, stage=Stage.PRE_LEGAL, reason="no answer"))
    assert (done.previous, done.stage) == (Stage.PREVENTION, Stage.PRE_LEGAL)
    await change_stage(home.north, ChangeStage(debt_id=debt.id, stage=Stage.PRE_LEGAL, reason="again"))
    (told,) = await events(home.north, "debt.stage_changed")
    assert told["data"] == {"previous": "PREVENTION", "stage": "PRE_LEGAL", "reason": "no answer"}
    assert told["creditor_id"] == home.bank.creditor_id


async def test_the_court_is_reached_and_left_only_by_handoff(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    judicial = await make_debt(home.north, home.bank, PARTS, stage="JUDICIAL")
    for debt_id, stage, code in (
        (debt.id, Stage.JUDICIAL, "STAGE_NEEDS_HANDOFF"),
        (judicial.id, Stage.EARLY, "STAGE_JUDICIAL"),
    ):
        with pytest.raises(Conflict) as refused:
            await change_stage(home.north, ChangeStage(debt_id=debt_id, stage=stage, reason="x"))
        assert refused.value.code == code


async def test_assignment(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    await assign_debt(home.north, AssignDebt(debt_id=debt.id, assigned_to=USER_ID))
    assert (await read_debt(home.north, debt.id)).assigned_to == USER_ID
    done = await assign_debt(home.north, AssignDebt(debt_id=debt.id, assigned_to=None))
    assert (done.previous, done.assigned_to) == (USER_ID, None)
    assert [told["creditor_id"] for told in await events(home.north, "debt.assigned")] == [None, None]


async def test_dispute(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    flagged = FlagDispute(debt_id=debt.id, disputed=True, reason="not mine")
    assert (await flag_dispute(home.north, flagged)).changed
    assert not (await flag_dispute(home.north, flagged)).changed
    assert (await read_debt(home.bank_scope, debt.id)).disputed
    await flag_dispute(home.north, replace(flagged, disputed=False, reason="shown the contract"))
    assert len(await events(home.north, "dispute.opened")) == len(await events(home.north, "dispute.closed")) == 1


async def test_a_part_is_disputed_no_payment_goes_there_and_it_ends_one_way_or_the_other(home: House) -> None:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET allocation_policy = $1", {"reprocess": True})
    debt = await make_debt(home.north, home.bank, PARTS)
    principal, interest = debt.components
    opened = FlagDispute(
        debt_id=debt.id, disputed=True, reason="not all of it", component_id=principal, amount=Money(60, "COP")
    )
    assert (await flag_dispute(home.north, opened)).changed
    assert not (await flag_dispute(home.north, opened)).changed
    await flag_dispute(home.north, replace(opened, component_id=interest, amount=Money(15, "COP")))
    whole = FlagDispute(debt_id=debt.id, disputed=True, reason="x")
    for wrong, code in (
        (replace(opened, amount=Money(101, "COP")), "BALANCE_TOO_SMALL"),
        (replace(opened, amount=Money(1, "USD")), "CURRENCY_MISMATCH"),
        (replace(opened, amount=None), "DISPUTED_PART"),
        (replace(opened, component_id=new_id()), "NOT_FOUND"),
        (replace(opened, outcome=DisputeOutcome.UPHELD), "DISPUTE_OUTCOME"),
        (whole, "DISPUTE_OPEN"),
    ):
        with pytest.raises(DomainError) as refused:
            await flag_dispute(home.north, wrong)
        assert refused.value.code == code

    paid = await record_payment(home.north, _paying(debt.id, 120))
    assert {part.component_id: part.minor for part in paid.allocations} == {principal: 40, interest: 5}
    assert (paid.unapplied_minor, paid.warning) == (75, PaymentWarning.DISPUTED_PORTION)

    upheld = await flag_dispute(
        home.north,
        replace(opened, disputed=False, amount=None, component_id=interest, outcome=DisputeOutcome.UPHELD),
    )
    assert (upheld.disputed, upheld.adjusted) == (True, Money(15, "COP")), "the other part still is"
    ended = replace(whole, disputed=False, outcome=DisputeOutcome.REJECTED)
    assert not (await flag_dispute(home.north, ended)).disputed
    assert not (await flag_dispute(home.north, ended)).changed
    assert await run_jobs(db.current()) == 1, "what was left over pays what may be paid again"
    view = await read_debt(home.north, debt.id)
    assert (view.balance.minor_units, view.recovered.minor_units, view.closed_reason) == (0, 105, "PAID")
    await assert_books(home.north, debt.id)
    assert [told["data"]["outcome"] for told in await events(home.north, "dispute.closed")] == ["UPHELD", "REJECTED"]


async def test_a_whole_debt_that_is_not_owed_is_closed_and_of_one_written_off_less_was(home: House) -> None:
    debt, given_up = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    whole = FlagDispute(debt_id=debt.id, disputed=True, reason="not mine")
    await flag_dispute(home.north, whole)
    with pytest.raises(Conflict) as refused:
        await flag_dispute(home.north, replace(whole, component_id=debt.components[0], amount=Money(1, "COP")))
    assert refused.value.code == "DISPUTE_OPEN"
    upheld = replace(whole, disputed=False, outcome=DisputeOutcome.UPHELD)
    assert (await flag_dispute(home.north, upheld)).adjusted == Money(120, "COP")
    view = await read_debt(home.north, debt.id)
    assert (view.balance.minor_units, view.closed_reason, view.closed_on) == (0, "INVALIDATED", TODAY)

    part = replace(whole, debt_id=given_up.id, component_id=given_up.components[0], amount=Money(60, "COP"))
    await flag_dispute(home.north, part)
    await write_off_debt(home.north, WriteOffDebt(debt_id=given_up.id, reason="no assets"))
    paid = await record_payment(home.north, _paying(given_up.id, 100))
    assert (paid.unapplied_minor, paid.warning) == (40, PaymentWarning.DISPUTED_PORTION)
    await flag_dispute(home.north, replace(upheld, debt_id=given_up.id))
    async with db.transaction(home.north) as tx:
        row = await tx.fetchrow(
            "SELECT closed_reason, balance_minor, written_off_minor, disputed FROM debt WHERE id = $1", given_up.id
        )
    assert row is not None and tuple(row) == ("WRITTEN_OFF", 0, 0, False)
    for one in (debt, given_up):
        await assert_books(home.north, one.id)
    assert (await verify(home.north)).holds


def _paying(debt_id: UUID, minor: int) -> RecordPayment:
    return RecordPayment(
        debt_id=debt_id, amount=Money(minor, "COP"), paid_on=TODAY, method=PaymentMethod.CASH,
        received_by=ReceivedBy.AGENCY, idempotency_key=str(new_id()),
    )  # fmt: skip


async def test_an_adjustment_moves_component_debt_and_history(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    principal, interest = debt.components

    done = await adjust_component(home.north, adjusting(debt.id, interest, -20))
    assert (done.component_balance, done.debt_balance) == (Money(0, "COP"), Money(100, "COP"))
    await adjust_component(home.north, adjusting(debt.id, principal, 5, "k2"))
    await assert_books(home.north, debt.id)
    view = await read_debt(home.north, debt.id)
    assert (view.balance.minor_units, view.due_on, view.status) == (105, date(2026, 3, 1), "ACTIVE")

    again = await adjust_component(home.north, adjusting(debt.id, interest, -20))
    assert (again.adjustment_id, again.replayed) == (done.adjustment_id, True)
    with pytest.raises(Conflict) as refused:
        await adjust_component(home.north, adjusting(debt.id, interest, -19))
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert len(await events(home.north, "debt.adjusted")) == 2


async def test_adjustments_at_once(home: House) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    same = (adjust_component(home.north, adjusting(debt.id, debt.components[0], -1)) for _ in range(10))
    others = (adjust_component(home.north, adjusting(debt.id, debt.components[0], -15, f"o{n}")) for n in range(10))
    answers = await asyncio.gather(*same, *others, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) and answer.code == "BALANCE_TOO_SMALL" for answer in answers) == 4
    assert (await read_debt(home.north, debt.id)).balance.minor_units == 120 - 1 - 6 * 15
    await assert_books(home.north, debt.id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"delta": Money(0, "COP")}, "ADJUSTMENT_AMOUNT"),
        ({"delta": Money(1, "USD")}, "CURRENCY_MISMATCH"),
        ({"delta": Money(-101, "COP")}, "BALANCE_TOO_SMALL"),
        ({"effective_on": date(2026, 3, 11)}, "EFFECTIVE_ON"),
        ({"effective_on": date(2025, 12, 31)}, "EFFECTIVE_ON"),
        ({"reason": " "}, "INVALID_TEXT"),
        ({"idempotency_key": ""}, "INVALID_TEXT"),
    ],
)
async def test_adjustments_that_cannot_be(home: House, changes: dict[str, object], code: str) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    with pytest.raises((InvalidInput, Conflict)) as refused:
        await adjust_component(home.north, adjusting(debt.id, debt.components[0], -1, **changes))
    assert refused.value.code == code
    await assert_books(home.north, debt.id)


WORK: list[Callable[[Scope, UUID, UUID], Awaitable[object]]] = [
    lambda scope, debt, _: change_stage(scope, ChangeStage(debt_id=debt, stage=Stage.EARLY, reason="x")),
    lambda scope, debt, _: assign_debt(scope, AssignDebt(debt_id=debt, assigned_to=None)),
    lambda scope, debt, _: flag_dispute(scope, FlagDispute(debt_id=debt, disputed=True, reason="x")),
    lambda scope, debt, component: adjust_component(scope, adjusting(debt, component, -1, str(new_id()))),
]


@pytest.mark.parametrize("work", WORK)
async def test_nobody_else_works_on_a_debt(home: House, work: Callable[[Scope, UUID, UUID], Awaitable[object]]) -> None:
    debt = await make_debt(home.north, home.bank, PARTS)
    told: list[tuple[str, str, str | None]] = []
    for debt_id in (debt.id, new_id()):
        with pytest.raises(NotFound) as refused:
            await work(home.south, debt_id, debt.components[0])
        told.append((refused.value.code, refused.value.message, refused.value.field))
    assert told[0] == told[1]
    for scope in (home.bank_scope, replace(home.north, permissions=frozenset({"debt:read"}))):
        with pytest.raises(Forbidden):
            await work(scope, debt.id, debt.components[0])
    await recall(home.north, debt, TODAY)
    with pytest.raises(Conflict) as closed:
        await work(home.north, debt.id, debt.components[0])
    assert closed.value.code == "DEBT_CLOSED"


async def test_a_component_of_another_debt_is_no_component(home: House) -> None:
    one, other = [await make_debt(home.north, home.bank, PARTS) for _ in range(2)]
    with pytest.raises(NotFound):
        await adjust_component(home.north, adjusting(one.id, other.components[0], -1))


async def run(scope: Scope, job_id: UUID) -> None:
    async with db.transaction(scope) as tx:
        await tx.execute("UPDATE job SET state = 'RUNNING', attempt = 1 WHERE id = $1", job_id)
    await refresh_stages(jobs.Run(job_id, scope.agency, 1, scope, {}))


async def test_days_move_stages_forwards(home: House) -> None:
    async def due(days: int, **changes: str) -> UUID:
        parts = [(K.PRINCIPAL, 100, TODAY - timedelta(days=days))]
        return (await make_debt(home.north, home.bank, parts, **changes)).id  # type: ignore[arg-type]

    moved = {
        await due(0): "PREVENTION", await due(1): "EARLY", await due(31): "INTERMEDIATE", await due(90): "INTERMEDIATE",
        await due(91): "PRE_LEGAL", await due(5, stage="PRE_LEGAL"): "PRE_LEGAL",
        await due(500, stage="JUDICIAL"): "JUDICIAL", await due(-5, stage="EARLY"): "EARLY",
    }  # fmt: skip
    undated = (await make_debt(home.north, home.bank, [(K.PRINCIPAL, 1, None)])).id
    theirs = (await make_debt(home.south, home.bank_south, [(K.PRINCIPAL, 1, date(2026, 1, 1))])).id
    gone = await make_debt(home.north, home.bank, [(K.PRINCIPAL, 1, date(2026, 1, 1))])
    await recall(home.north, gone, TODAY)

    job_id = await request_stage_refresh(home.north)
    await run(home.north, job_id)

    async with db.transaction(home.north) as tx:
        stages = {row["id"]: row["stage"] for row in await tx.fetch("SELECT id, stage FROM debt")}
        job = await tx.fetchrow("SELECT * FROM job WHERE id = $1", job_id)
    assert stages == {**moved, undated: "PREVENTION", gone.id: "PREVENTION"}
    assert job is not None
    expected = {"PREVENTION>EARLY": 1, "PREVENTION>INTERMEDIATE": 2, "PREVENTION>PRE_LEGAL": 1}
    assert (job["state"], job["result"]) == ("DONE", {"moved": 4, "moves": expected})
    (told,) = await events(home.north, "debt.stages_refreshed")
    assert (told["data"], told["creditor_id"]) == ({"moved": 4, "moves": expected}, None)
    async with db.transaction(home.south) as tx:
        assert await tx.fetchval("SELECT stage FROM debt WHERE id = $1", theirs) == "PREVENTION"

    await run(home.north, await request_stage_refresh(home.north))
    assert len(await events(home.north, "debt.stages_refreshed")) == 1
    assert jobs.handler_of(JOB) is refresh_stages


async def test_only_those_who_work_debts_ask_for_a_refresh(home: House) -> None:
    with pytest.raises(Forbidden):
        await request_stage_refresh(replace(home.north, permissions=frozenset()))
    with pytest.raises(Forbidden):
        await request_stage_refresh(creditor_scope(home.bank.creditor_id, CLIENT_USER, ["debt:work"]))
