"""Whatever happens in whatever order, after every step the books add up and prove themselves.

RECOBRO_HISTORIES is how many histories are told; a few in the suite, thousands in a night.
"""

import os
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kit import clock, db
from core.kit.db import Database
from tests.core.house import house
from tests.money.history import STEPS, History
from tests.money.proofs import payments_of, wrongs

HISTORIES = int(os.environ.get("RECOBRO_HISTORIES", "12"))
START = datetime(2026, 2, 10, 15, tzinfo=UTC)
EACH = (
    "plan", "pay", "terms", "pause", "chargeback", "place", "promise", "unpromise", "promise", "charge", "adjust", "cheque",
    "later", "clear", *STEPS, "pay", "chargeback", "pause", "returned", "place", "place", "place", "dispute", "write_off",
    "pay", "direct", "chargeback", "terms", "reinstate",
)  # fmt: skip
STEP = st.tuples(
    st.sampled_from(STEPS), st.integers(0, 60), st.sampled_from((0, 1, 2, 3, 7, 100, 2_500, 19_999, 33_333, 100_000))
    | st.integers(0, 200_000), st.integers(0, 60),
)  # fmt: skip
FIRST = [("place", 0, 60_000, 20), ("place", 1, 9_000, 35), ("schedule", 0, 0, 1), ("schedule", 1, 1, 1)]


@settings(
    max_examples=HISTORIES, deadline=None, derandomize="RECOBRO_HISTORIES" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(steps=st.lists(STEP, min_size=8, max_size=24))
async def test_after_every_step_of_every_history_the_books_hold(
    database: Database, steps: list[tuple[str, int, int, int]]
) -> None:
    history = await begin(database)
    for name, a, b, c in (*FIRST, *steps):
        await history.step(name, a, b, c)
        with clock.at(history.now):
            assert await wrongs(history.scope) == {}, f"after {name}"
            assert await unknown(history) == {}, f"after {name}"


async def test_a_history_with_everything_in_it(database: Database) -> None:
    """Every step has an effect here, so that none of them is one that is always refused."""
    history = await begin(database)
    for number in range(3):
        for place, name in enumerate((*[one[0] for one in FIRST], *EACH)):
            await history.step(name, place + number, 1_000 * place + 37, 2 * place + number)
            with clock.at(history.now):
                assert await wrongs(history.scope) == {}, f"after {name}"
    await history.step("place", 0, 60_000, 20)
    newest = len(history.debts) - 1
    await history.step("promise", newest, 5_000, 9)
    await history.step("pay", newest, 8_000, 0)
    await history.step("place", 1, 100, 20)
    await history.step("overpay", newest + 1, 2_000, 4)
    with clock.at(history.now):
        paid = await payments_of(history.scope)
    # The last debt, of which 100 are refunded, 21 repaid, and 7 of that gone again.
    for name, a, b, c in (
        ("refund", -1, 99, 0),
        ("reverse", 0, len(paid) - 1, 0),
        ("repay", -1, 20, 0),
        ("repay", -1, 6, 3),
    ):
        await history.step(name, a, b, c)
    with clock.at(history.now):
        assert await wrongs(history.scope) == {}
    assert set(STEPS) - set(history.done) == set()
    assert await became(history) >= {"KEPT", "BROKEN", "CANCELLED"}
    assert history.done["resolved"]
    assert history.done["repay"] >= 2
    with clock.at(history.now):
        assert await unknown(history) == {}
        assert await wrongs(history.scope, all_sealed=True) == {}


async def begin(database: Database) -> History:
    """An agency with two creditors, of which one has its payments split anew when one comes late. Cheques clear after
    six days, cards after two."""
    with clock.at(START):
        history = History(home=await house(database), database=database, now=START)
        async with db.transaction(history.scope) as tx:
            await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 6, "CARD": 2})
            await tx.execute(
                "UPDATE mandate SET allocation_policy = $2 WHERE id = $1",
                history.home.bank.mandate_id, {"grouping": "HORIZONTAL", "reprocess": True},
            )  # fmt: skip
        return history


async def became(history: History) -> set[str]:
    """What has become of promises by now."""
    async with db.transaction(history.scope, read_only=True) as tx:
        rows = await tx.fetch("SELECT DISTINCT status FROM promise WHERE agency_id = $1", history.scope.agency)
    return {row["status"] for row in rows}


async def unknown(history: History) -> dict[object, tuple[int, int]]:
    """Components whose charges and adjustments are others than those that were asked for."""
    async with db.transaction(history.scope, read_only=True) as tx:
        rows = await tx.fetch(
            "SELECT component_id, sum(delta_minor)::bigint AS minor FROM debt_movement "
            "WHERE agency_id = $1 AND kind IN ('CHARGE', 'ADJUSTMENT') GROUP BY 1",
            history.scope.agency,
        )
    found = {row["component_id"]: row["minor"] for row in rows}
    every = found.keys() | history.moved.keys()
    return {one: (found.get(one, 0), history.moved[one]) for one in every if found.get(one, 0) != history.moved[one]}
