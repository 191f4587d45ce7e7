"""What calls cost: taken from budgets in the statement that admits them, given back where they had no effect."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host.call import call
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.health_reads import OfferHealth, offers_health
from core.plugin_host.kinds import BudgetPeriod, CallOutcome
from core.plugin_host.offers import BUREAU
from core.plugin_host.problems import ProviderProblem
from core.plugin_host.rotate_secrets import rotate_secrets
from core.plugin_host.set_budget import SetBudget, set_budget
from core.plugin_host.set_terms import SetTerms, set_terms
from core.plugin_host.settings import unseal
from recobro_sdk import BureauReport, ProviderTimeout, ProviderUnavailable, Purpose, RateLimited
from tests.conftest import SECRET_KEY
from tests.core.house import House, events, house, make_agency
from tests.core.plugin_house import A_CONSENT, A_SUBJECT, Bureau, calls, no_plugins, with_bureau

ACME = SetBudget(code="acme", period=BudgetPeriod.DAY)


@pytest.fixture(autouse=True)
async def plugins() -> AsyncIterator[None]:
    async with no_plugins():
        yield


@pytest.fixture
async def rooms(database: Database) -> House:
    return await house(database)


async def _answers(bureau: Bureau, _: Any) -> BureauReport:
    return bureau.report()


async def _ask(scope: Scope, **options: Any) -> BureauReport:
    return await call(
        scope, BUREAU, "acme", "fetch_report",
        lambda bureau: bureau.fetch_report(
            A_SUBJECT, purpose=Purpose.SUBJECT_INSTRUCTION, consent=A_CONSENT, idempotency_key="k"
        ),
        answer=BureauReport, **{"paid": True, **options},
    )  # fmt: skip


async def _health(scope: Scope) -> OfferHealth:
    (found,) = await offers_health(scope, ["acme"])
    return found


async def _refused(scope: Scope, **options: Any) -> Conflict:
    with pytest.raises(Conflict) as caught:
        await _ask(scope, **options)
    assert caught.value.code == "BUDGET_EXCEEDED"
    return caught.value


async def test_a_budget_is_taken_once_for_each_call_and_told_who_can_raise_it(rooms: House) -> None:
    scope = rooms.north
    built = await with_bureau(scope, "acme", _answers)
    await set_terms(scope, SetTerms(code="acme", price=Money(2_500_00, "COP"), reuse_days=0))
    await set_budget(scope, replace(ACME, max_calls=3))
    await set_budget(scope, replace(ACME, period=BudgetPeriod.MONTH, max_amount=Money(10_000_00, "COP")))
    # Ten at once: three get through, whoever they are.
    found = await asyncio.gather(*(_ask(scope) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(one, BureauReport) for one in found) == 3 and len(built[-1].asked) == 3
    problem = next(one for one in found if isinstance(one, Conflict))
    assert problem.code == "BUDGET_EXCEEDED" and "3 calls" in problem.message
    assert "plugin:manage" in problem.remedy and "pluginBudgetSet" in problem.remedy
    health = await _health(scope)
    assert health.outcomes == {CallOutcome.SETTLED: 3, CallOutcome.FAILED: 7}
    assert (health.cost_minor, health.currency) == (7_500_00, "COP")
    day, month = sorted(health.budgets, key=lambda budget: budget.period)
    assert (day.used_calls, month.used_calls, month.used_minor) == (3, 3, 7_500_00)
    # A new day begins anew; the month goes on, and its money ends.
    with clock.at(clock.now() + timedelta(days=1)):
        if clock.now().month == datetime.now(UTC).month:
            await _ask(scope)
            assert "10,000.00" in (await _refused(scope)).message
    await set_budget(scope, replace(ACME, max_calls=None))
    assert [budget.period for budget in (await _health(scope)).budgets] == [BudgetPeriod.MONTH]
    assert {event["data"]["max_calls"] for event in await events(scope, "plugin.budget_set")} == {3, None}
    # What is no paid call counts nowhere, and the other agency has budgets of its own.
    assert await _ask(scope, paid=False)
    south = await make_agency("south")
    await enable_offer(south, "acme", {})
    assert await _ask(south)


async def test_a_creditors_budget_is_for_its_own_calls_and_both_must_hold(rooms: House) -> None:
    scope, bank, shop = rooms.north, rooms.bank.creditor_id, rooms.shop.creditor_id
    await with_bureau(scope, "acme", _answers)
    await set_budget(scope, replace(ACME, max_calls=5))
    await set_budget(scope, replace(ACME, creditor_id=bank, max_calls=1))
    await _ask(scope, creditor_id=bank)
    assert "for this creditor" in (await _refused(scope, creditor_id=bank)).message
    await _ask(scope, creditor_id=shop)
    used = {budget.creditor_id: budget.used_calls for budget in (await _health(scope)).budgets}
    assert used == {None: 2, bank: 1}, "what is refused takes nothing from any"


async def test_what_had_no_effect_is_given_back_and_what_may_have_had_is_not(rooms: House) -> None:
    scope = rooms.north
    answers: list[Any] = []

    async def acts(bureau: Bureau, _: Any) -> BureauReport:
        found = answers.pop(0)
        if found is not None:
            raise found
        return bureau.report()

    built = await with_bureau(scope, "acme", acts)
    await set_terms(scope, SetTerms(code="acme", price=Money(100, "COP"), reuse_days=0))
    await set_budget(scope, replace(ACME, max_calls=10))
    for problem, used in ((ProviderUnavailable("down"), 0), (ProviderTimeout("no answer"), 1)):
        answers[:] = [problem]
        with pytest.raises(ProviderProblem):
            await _ask(scope)
        assert (await _health(scope)).budgets[0].used_calls == used
    # Attempted again where that is safe: one call for the budget, and a row for each attempt.
    answers[:] = [ProviderUnavailable("down"), RateLimited("later", after=timedelta(seconds=0.1)), None]
    built[-1].asked.clear()
    assert await _ask(scope, retries=2)
    assert len(built[-1].asked) == 3 and len(set(built[-1].asked)) == 1
    assert (await _health(scope)).budgets[0].used_calls == 2
    rows = (await calls(scope))[-3:]
    assert [(row["outcome"], row["attempt"], row["cost_minor"]) for row in rows] == [
        ("FAILED", 1, 0), ("FAILED", 2, 0), ("SETTLED", 3, 100),
    ]  # fmt: skip
    # Not after what may have had an effect, not beyond the deadline, not where the provider wants a long rest.
    for problem in (ProviderTimeout("?"), RateLimited("much later", after=timedelta(hours=1))):
        answers[:] = [problem, None]
        with pytest.raises(ProviderProblem):
            await _ask(scope, retries=2)
        assert len(answers) == 1


async def test_terms_and_budgets_are_an_administrators_and_checked(rooms: House) -> None:
    scope = rooms.north
    await with_bureau(scope, "acme", _answers)
    weak = replace(scope, permissions=frozenset(Permission) - {Permission.PLUGIN_MANAGE, Permission.PLUGIN_READ})
    terms = SetTerms(code="acme", price=Money(100, "COP"), reuse_days=1)
    for attempt in (
        set_terms(weak, terms),
        set_budget(weak, ACME),
        offers_health(weak, ["acme"]),
        rotate_secrets(weak),
    ):
        with pytest.raises(Forbidden):
            await attempt
    await set_terms(scope, terms)
    for wrong, code in (
        (set_terms(scope, replace(terms, reuse_days=181)), "REUSE_DAYS"),
        (set_terms(scope, replace(terms, price=Money(-1, "COP"))), "PRICE"),
        (set_budget(scope, replace(ACME, max_calls=-1)), "BUDGET"),
        (set_budget(scope, replace(ACME, max_amount=Money(1, "USD"))), "BUDGET_CURRENCY"),
        (set_budget(scope, replace(ACME, max_amount=Money(1, "XXQ"))), "UNKNOWN_CURRENCY"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await wrong
        assert caught.value.code == code
    for stranger in (replace(ACME, code="nobody"), replace(ACME, creditor_id=new_id(), max_calls=1), ACME):
        with pytest.raises(NotFound):
            await set_budget(scope, stranger)


async def test_secrets_are_sealed_anew_with_the_newest_key(rooms: House) -> None:
    scope = rooms.north
    await with_bureau(scope, "acme", _answers)
    newest = "the newest key of the installation, long enough"
    crypto.use_keys((newest, SECRET_KEY))
    assert (await rotate_secrets(scope)).resealed == 1
    again = await rotate_secrets(scope)
    assert (again.resealed, again.kept, again.unreadable) == (0, 1, [])
    crypto.use_keys((newest,))
    async with db.transaction(scope) as tx:
        assert unseal(await tx.fetchval("SELECT sealed FROM plugin_setting")) == {}
    assert await _ask(scope)
    crypto.use_keys(("yet another key that never sealed anything here",))
    assert (await rotate_secrets(scope)).unreadable == ["acme"]
