"""Costs of lawsuits: asked once, approved by whom the mandate says, charged and paid exactly once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.answer_handoff import AnswerHandoff, answer_handoff
from core.legal.ask_cost import AskCost, CostAsked, ask_cost
from core.legal.decide_cost import CostDecided, DecideCost, decide_cost
from core.legal.kinds import CostApprover, CostKind, CostState
from core.legal.pay_cost import PayCost, pay_cost
from core.legal.set_cost_terms import SetCostTerms, set_cost_terms
from core.legal.tell_cost import JOB as TELL
from core.permissions import Permission
from core.remittance.issue_statement import IssueStatement, issue_statement
from recobro_sdk import CostAnswer, ProviderTimeout
from tests.core.house import events
from tests.core.legal.case_house import PARTS, TODAY, Case, acknowledged

OWED = PARTS[0][1]


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with acknowledged(database, abilities=("cost_answers",)) as made:
        yield made


async def ask(case: Case, minor: int = 80_000_00, reference: str = "c-1", **more: Any) -> CostAsked:
    command = AskCost(
        handoff_id=case.handoff_id, kind=CostKind.COURT_FEE, amount=Money(minor, "COP"), reason="Arancel",
        reference=reference,
    )  # fmt: skip
    return await ask_cost(case.scope, replace(command, **more))


async def decide(case: Case, asked: CostAsked, *, approved: bool = True, scope: Scope | None = None) -> CostDecided:
    by = scope or case.house.bank_scope
    return await decide_cost(by, DecideCost(cost_id=asked.cost_id, approved=approved, reason="As agreed."))


async def terms(case: Case, approver: CostApprover, single: int, whole: int, *, charged: bool = True) -> None:
    await set_cost_terms(
        case.scope,
        SetCostTerms(
            mandate_id=case.house.bank.mandate_id, approver=approver, single=Money(single, "COP"),
            case=Money(whole, "COP"), charged=charged,
        ),
    )  # fmt: skip


async def charges(case: Case) -> list[tuple[str, int]]:
    found = await case.rows(
        "SELECT c.kind, v.delta_minor FROM debt_movement v JOIN debt_component c ON c.id = v.component_id "
        "WHERE v.kind = 'CHARGE' ORDER BY v.id"
    )
    return [(row["kind"], row["delta_minor"]) for row in found]


async def test_the_creditor_approves_and_the_debt_is_charged_once(case: Case) -> None:
    asked = await ask(case)
    assert (asked.state, asked.replayed) == (CostState.ASKED, False) and await charges(case) == []
    decided = await asyncio.gather(*(decide(case, asked) for _ in range(3)))
    assert [one.state for one in decided] == [CostState.APPROVED] * 3
    assert sum(not one.replayed for one in decided) == 1 and len({one.charge_id for one in decided}) == 1
    assert await charges(case) == [("LEGAL_COST", 80_000_00)]
    assert (await case.debt())["balance_minor"] == OWED + 80_000_00
    (row,) = await case.rows("SELECT * FROM legal_cost")
    assert (row["approver"], row["decided_by"]) == ("CREDITOR", str(case.house.bank_scope.actor))
    assert row["charge_id"] == decided[0].charge_id
    (told,) = await events(case.scope, "legal.cost_approved")
    assert told["creditor_id"] == case.house.bank.creditor_id and told["actor"] == str(case.house.bank_scope.actor)


async def test_a_refused_cost_charges_nothing_and_stays_refused(case: Case) -> None:
    asked = await ask(case)
    assert (await decide(case, asked, approved=False)).state is CostState.REFUSED
    assert (await decide(case, asked, approved=False)).replayed
    with pytest.raises(Conflict) as caught:
        await decide(case, asked)
    assert caught.value.code == "COST_DECIDED"
    with pytest.raises(Conflict) as caught:
        await pay_cost(case.scope, PayCost(cost_id=asked.cost_id, paid_on=TODAY))
    assert caught.value.code == "COST_NOT_APPROVED" and await charges(case) == []


async def test_within_the_limits_nobody_is_asked_and_the_case_has_a_limit_of_its_own(case: Case) -> None:
    await terms(case, CostApprover.CREDITOR, 50_000_00, 100_000_00)
    states = [(await ask(case, minor, f"c-{n}")).state for n, minor in enumerate((50_000_00, 50_000_01, 50_000_00, 1))]
    assert states == [CostState.APPROVED, CostState.ASKED, CostState.APPROVED, CostState.ASKED]
    rows = await case.rows("SELECT approver, decided_by FROM legal_cost WHERE state = 'APPROVED'")
    assert {row["approver"] for row in rows} == {"LIMIT"} and len(await charges(case)) == 2


async def test_two_at_once_do_not_both_take_the_last_of_a_limit(case: Case) -> None:
    await terms(case, CostApprover.CREDITOR, 60_000_00, 100_000_00)
    asked = await asyncio.gather(*(ask(case, 60_000_00, f"c-{n}") for n in range(3)))
    assert sorted(one.state for one in asked) == [CostState.APPROVED, CostState.ASKED, CostState.ASKED]


async def test_the_agency_decides_only_where_the_mandate_lets_it(case: Case) -> None:
    asked = await ask(case)
    with pytest.raises(Conflict) as caught:
        await decide(case, asked, scope=case.scope)
    assert caught.value.code == "COST_NEEDS_CREDITOR"
    await terms(case, CostApprover.AGENCY, 0, 0, charged=False)
    with pytest.raises(Conflict):  # the terms of when it was asked
        await decide(case, asked, scope=case.scope)
    second = await ask(case, 70_000_00, "c-2")
    done = await decide(case, second, scope=case.scope)
    assert (done.state, done.charge_id) == (CostState.APPROVED, None) and await charges(case) == []
    third = await ask(case, 70_000_00, "c-3")
    assert (await decide(case, third)).state is CostState.APPROVED  # so may the creditor


async def test_asked_twice_it_is_one_cost(case: Case) -> None:
    first, second = [await ask(case) for _ in range(2)]
    assert first.cost_id == second.cost_id and second.replayed
    with pytest.raises(Conflict) as caught:
        await ask(case, 1)
    assert (caught.value.code, caught.value.field) == ("REFERENCE_REUSED", "reference")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": Money(0, "COP")}, "amount"),
        ({"amount": Money(5, "USD")}, "amount"),
        ({"reason": " "}, "reason"),
        ({"reference": ""}, "reference"),
    ],
)
async def test_impossible_costs_name_the_field(case: Case, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await ask(case, **changes)
    assert caught.value.field == field and caught.value.remedy


async def test_a_case_that_was_refused_costs_nothing_more(case: Case) -> None:
    await answer_handoff(case.scope, AnswerHandoff(handoff_id=case.handoff_id, accepted=False, reason="no"))
    with pytest.raises(Conflict) as caught:
        await ask(case)
    assert caught.value.code == "HANDOFF_NOT_RUNNING"


async def test_a_paid_cost_is_posted_once_and_the_next_statement_has_it(case: Case) -> None:
    asked = await ask(case)
    await decide(case, asked)
    paid = PayCost(cost_id=asked.cost_id, paid_on=TODAY)
    done = await asyncio.gather(*(pay_cost(case.scope, paid) for _ in range(3)))
    assert sum(not one.replayed for one in done) == 1
    (posting,) = await case.rows("SELECT * FROM ledger_posting WHERE kind = 'COURT_COST'")
    assert (posting["debit"], posting["credit"], posting["amount_minor"], posting["source_id"]) == (
        "CREDITOR_RECEIVABLE", "OPERATING_BANK", 80_000_00, asked.cost_id,
    )  # fmt: skip
    with pytest.raises(Conflict) as caught:
        await pay_cost(case.scope, replace(paid, paid_on=TODAY - timedelta(days=1)))
    assert caught.value.code == "COST_PAID"
    await issue_statement(
        case.scope,
        IssueStatement(
            creditor_id=case.house.bank.creditor_id, currency="COP", last_on=TODAY
        ),
    )  # fmt: skip
    (line,) = await case.rows("SELECT * FROM statement_line WHERE kind = 'COST'")
    assert (line["amount_minor"], line["posting_id"]) == (80_000_00, posting["id"])


async def test_a_day_on_which_it_cannot_have_been_paid_is_refused(case: Case) -> None:
    asked = await ask(case)
    await decide(case, asked)
    for day in (TODAY + timedelta(days=1), date(2025, 12, 31)):
        with pytest.raises(InvalidInput) as caught:
            await pay_cost(case.scope, PayCost(cost_id=asked.cost_id, paid_on=day))
        assert caught.value.field == "paid_on"


async def test_the_lawyers_are_told_what_was_decided(case: Case) -> None:
    asked = await ask(case)
    await decide(case, asked, approved=False)
    case.firm.fails = [ProviderTimeout("no answer")]
    assert await case.run(TELL) == {"told": False, "code": "PROVIDER_TIMEOUT"}
    assert await case.run(TELL) == {"told": True, "code": None}
    assert case.firm.told == [CostAnswer(reference="c-1", approved=False, reason="As agreed.")]
    assert await case.waiting(TELL) == 0


async def test_nobody_else_decides_asks_pays_or_sets_terms(case: Case) -> None:
    asked = await ask(case)
    for scope in (case.house.shop_scope, case.house.south):
        with pytest.raises(NotFound) as caught:
            await decide(case, asked, scope=scope)
        assert caught.value.field == "cost_id"
    for scope in (case.house.bank_scope, case.scope):
        weak = replace(scope, permissions=frozenset(Permission) - {Permission.LEGAL_COST_APPROVE})
        with pytest.raises(Forbidden):
            await decide(case, asked, scope=weak)
    paid = PayCost(cost_id=asked.cost_id, paid_on=TODAY)
    for scope, error in ((case.house.bank_scope, Forbidden), (case.house.south, NotFound)):
        with pytest.raises(error):
            await pay_cost(scope, paid)
    elsewhere = SetCostTerms(
        mandate_id=case.house.bank.mandate_id,
        approver=CostApprover.AGENCY,
        single=Money(0, "COP"),
        case=Money(0, "COP"),
    )
    with pytest.raises(NotFound):
        await set_cost_terms(case.house.south, elsewhere)
    assert (await case.rows("SELECT state FROM legal_cost"))[0]["state"] == "ASKED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"approver": CostApprover.LIMIT}, "approver"),
        ({"single": Money(2, "COP")}, "case"),
        ({"single": Money(-1, "COP")}, "case"),
        ({"case": Money(1, "USD")}, "case"),
    ],
)
async def test_impossible_terms_name_the_field(case: Case, changes: dict[str, Any], field: str) -> None:
    good = SetCostTerms(
        mandate_id=case.house.bank.mandate_id,
        approver=CostApprover.AGENCY,
        single=Money(1, "COP"),
        case=Money(1, "COP"),
    )
    with pytest.raises(InvalidInput) as caught:
        await set_cost_terms(case.scope, replace(good, **changes))
    assert caught.value.field == field and caught.value.remedy
