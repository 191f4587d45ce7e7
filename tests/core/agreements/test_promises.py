"""What becomes of promises: by the money that stands, and the day. 2026, three days of grace."""

from datetime import date

import pytest

from core.agreements.cancel_agreement import cancel_agreement, cancel_promise
from core.agreements.rules import Instalment, Rhythm
from core.kit import clock, db
from core.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.kit.scope import agency_scope
from core.payments.models import ReceivedBy
from tests.core.agreements.conftest import Desk, noon
from tests.core.house import COLLECTOR, events, recall


def d(month: int, day: int) -> date:
    return date(2026, month, day)


async def test_kept_and_partly_and_not_at_all(desk: Desk) -> None:
    kept, graced, partly, broken, late = [await desk.debt() for _ in range(5)]
    agreed = [await desk.promise(debt, d(2, 1), 300, d(2, 10)) for debt in (kept, graced, partly, broken, late)]
    await desk.pay(kept, d(2, 2), 100)
    await desk.pay(kept, d(2, 10), 900, by=ReceivedBy.CREDITOR)
    assert await desk.promises(agreed[0]) == [("KEPT", 300)]
    assert await desk.told(agreed[0]) == ["promise.recorded", "promise.kept"]
    await desk.pay(partly, d(2, 5), 299)
    await desk.pay(graced, d(2, 13), 300)
    await desk.night(d(2, 13))
    assert [await desk.promises(one) for one in agreed] == [
        [("KEPT", 300)], [("KEPT", 300)], [("PENDING", 299)], [("PENDING", 0)], [("PENDING", 0)],
    ]  # fmt: skip
    await desk.night(d(2, 14))
    assert [await desk.promises(one) for one in agreed[2:]] == [
        [("PARTIALLY_KEPT", 299)], [("BROKEN", 0)], [("BROKEN", 0)],
    ]  # fmt: skip
    assert [await desk.status(one) for one in agreed] == ["COMPLETED", "COMPLETED", "BROKEN", "BROKEN", "BROKEN"]
    assert await desk.told(agreed[2]) == ["promise.recorded", "promise.partially_kept"]

    # Money that came in time counts whenever it is recorded; what came later does not.
    await desk.pay(late, d(2, 20), 300, paid_on=d(2, 14))
    assert await desk.promises(agreed[4]) == [("BROKEN", 0)]
    await desk.pay(late, d(2, 21), 300, paid_on=d(2, 13))
    assert await desk.promises(agreed[4]) == [("KEPT", 300)]
    assert await desk.told(agreed[4]) == ["promise.recorded", "promise.broken", "promise.kept"]
    (told, *_) = await events(desk.home.north, "promise.kept")
    assert told["creditor_id"] == desk.home.bank.creditor_id
    await desk.night(d(2, 22))
    assert await desk.told(agreed[4]) == ["promise.recorded", "promise.broken", "promise.kept"]


async def test_bounced_after_it_was_kept(desk: Desk) -> None:
    early, late = [await desk.debt() for _ in range(2)]
    first, second = [await desk.promise(debt, d(2, 1), 300, d(2, 10)) for debt in (early, late)]
    gone = [await desk.pay(debt, d(2, 3), 200) for debt in (early, late)]
    stays = [await desk.pay(debt, d(2, 4), 700) for debt in (early, late)]
    assert [await desk.promises(one) for one in (first, second)] == [[("KEPT", 300)]] * 2
    await desk.bounce(gone[0], d(2, 13))
    await desk.bounce(gone[1], d(2, 14))
    assert (await desk.promises(first), await desk.status(first)) == ([("PENDING", 100)], "ACTIVE")
    assert (await desk.promises(second), await desk.status(second)) == ([("PARTIALLY_KEPT", 100)], "BROKEN")
    assert await desk.told(first) == ["promise.recorded", "promise.kept", "promise.reopened"]
    assert await desk.told(second) == ["promise.recorded", "promise.kept", "promise.partially_kept"]

    # A chargeback comes twice: the second one is refused and changes nothing.
    with pytest.raises(Conflict):
        await desk.bounce(gone[0], d(2, 13))
    assert await desk.promises(first) == [("PENDING", 100)]
    await desk.pay(early, d(2, 13), 200)
    assert await desk.promises(first) == [("KEPT", 300)]
    await desk.bounce(stays[1], d(2, 15))
    assert await desk.promises(second) == [("BROKEN", 0)]


async def test_a_plan_is_paid_from_the_oldest_instalment_on_and_breaks_with_the_second_that_is_missed(
    desk: Desk,
) -> None:
    good, bad = [await desk.debt() for _ in range(2)]
    rhythm = Rhythm(count=3, first_on=d(1, 31))
    paid = await desk.plan(good, d(1, 20), 1_000, rhythm)
    missed = await desk.plan(bad, d(1, 20), 1_000, rhythm)
    assert await desk.promises(paid) == [("PENDING", 0)] * 3
    rows = await desk.rows(
        "SELECT amount_minor, due_on FROM promise WHERE agreement_id = $1 ORDER BY number", paid.agreement_id
    )
    assert [tuple(row) for row in rows] == [(334, d(1, 31)), (333, d(2, 28)), (333, d(3, 31))]

    await desk.pay(good, d(2, 1), 400)
    assert await desk.promises(paid) == [("KEPT", 334), ("PENDING", 66), ("PENDING", 0)]
    first = await desk.pay(good, d(2, 20), 267)
    assert await desk.promises(paid) == [("KEPT", 334), ("KEPT", 333), ("PENDING", 0)]
    # Late money pays the oldest, which stays missed, and then the next.
    await desk.night(d(2, 4))
    await desk.pay(bad, d(2, 10), 400)
    assert await desk.promises(missed) == [("BROKEN", 334), ("PENDING", 66), ("PENDING", 0)]
    await desk.night(d(4, 1))
    assert (await desk.status(missed), await desk.promises(missed)) == (
        "ACTIVE", [("BROKEN", 334), ("PARTIALLY_KEPT", 66), ("PENDING", 0)],
    )  # fmt: skip
    await desk.night(d(4, 4))
    assert (await desk.status(missed), (await desk.promises(missed))[2]) == ("BROKEN", ("BROKEN", 0))
    assert await desk.told(missed) == [
        "agreement.created", "promise.broken", "promise.partially_kept", "promise.broken", "agreement.broken",
    ]  # fmt: skip

    await desk.pay(good, d(3, 31), 333)
    assert (await desk.status(paid), (await desk.promises(paid))[2]) == ("COMPLETED", ("KEPT", 333))
    # The instalment of February is open again, and no other: what was stored for the others stays theirs.
    await desk.bounce(first, d(4, 2))
    assert (await desk.status(paid), await desk.promises(paid)) == (
        "ACTIVE", [("KEPT", 334), ("PARTIALLY_KEPT", 66), ("KEPT", 333)],
    )  # fmt: skip
    assert (await desk.told(paid))[-2:] == ["promise.partially_kept", "agreement.reopened"]
    await desk.pay(good, d(4, 3), 267)
    assert (await desk.status(paid), await desk.promises(paid)) == (
        "COMPLETED", [("KEPT", 334), ("PARTIALLY_KEPT", 333), ("KEPT", 333)],
    )  # fmt: skip


async def test_instalments_that_were_not_due_end_with_their_plan_and_come_back_with_it(desk: Desk) -> None:
    debt = await desk.debt()
    days = (d(2, 1), d(3, 1), d(4, 1))
    plan = await desk.plan(debt, d(1, 20), 900, tuple(Instalment(300, day) for day in days))
    await desk.night(d(3, 10))
    assert (await desk.status(plan), await desk.promises(plan)) == (
        "BROKEN", [("BROKEN", 0), ("BROKEN", 0), ("CANCELLED", 0)],
    )  # fmt: skip
    # The creditor's file brings late what had come in time.
    await desk.pay(debt, d(3, 11), 300, paid_on=d(2, 2), by=ReceivedBy.CREDITOR)
    assert (await desk.status(plan), await desk.promises(plan)) == (
        "ACTIVE", [("KEPT", 300), ("BROKEN", 0), ("PENDING", 0)],
    )  # fmt: skip
    with pytest.raises(Conflict) as refused:
        await desk.promise(debt, d(3, 11), 100, d(3, 20))
    assert refused.value.code == "AGREEMENT_EXISTS"


async def test_a_newer_agreement_has_taken_the_place_of_one_whose_money_is_gone(desk: Desk) -> None:
    debt = await desk.debt()
    old = await desk.promise(debt, d(2, 1), 100, d(2, 20))
    gone = await desk.pay(debt, d(2, 2), 100)
    new = await desk.promise(debt, d(2, 3), 200, d(2, 20))
    await desk.bounce(gone, d(2, 5))
    assert (await desk.status(old), await desk.promises(old)) == ("CANCELLED", [("CANCELLED", 0)])
    await desk.pay(debt, d(2, 6), 150)
    assert (await desk.promises(old), await desk.promises(new)) == ([("CANCELLED", 0)], [("PENDING", 150)])


async def test_cancelled_by_a_person_or_by_the_end_of_the_debt(desk: Desk) -> None:
    north, debt, other = desk.home.north, await desk.debt(), await desk.debt()
    promised, recalled = (
        await desk.promise(debt, d(2, 1), 100, d(2, 20)),
        await desk.promise(other, d(2, 1), 100, d(2, 20)),
    )
    await desk.pay(debt, d(2, 2), 40)
    with clock.at(noon(d(2, 3))):
        with pytest.raises(Forbidden):
            await cancel_promise(agency_scope(north.agency, COLLECTOR), promised.promises[0], "wrong debt")
        with pytest.raises(NotFound):
            await cancel_promise(desk.home.south, promised.promises[0], "wrong debt")
        done = await cancel_promise(north, promised.promises[0], "wrong debt")
        assert done.ended_on == d(2, 3)
        with pytest.raises(Conflict) as refused:
            await cancel_agreement(north, promised.agreement_id, "again")
    assert refused.value.code == "AGREEMENT_ENDED"
    await desk.pay(debt, d(2, 4), 60)
    assert (await desk.status(promised), await desk.promises(promised)) == ("CANCELLED", [("CANCELLED", 40)])
    assert await desk.told(promised) == ["promise.recorded", "promise.cancelled"]

    plan = await desk.plan(debt, d(2, 5), 200, Rhythm(count=2, first_on=d(2, 10)))
    with clock.at(noon(d(2, 14))):
        with pytest.raises(Conflict) as refused:
            await cancel_promise(north, plan.promises[1], "wrong")
        assert refused.value.code == "PROMISE_IS_INSTALMENT"
        await cancel_agreement(north, plan.agreement_id, "another plan")
    assert await desk.promises(plan) == [("BROKEN", 0), ("CANCELLED", 0)]

    await recall(north, other, d(2, 6))
    await desk.night(d(2, 7))
    assert (await desk.status(recalled), await desk.promises(recalled)) == ("CANCELLED", [("CANCELLED", 0)])
    with pytest.raises(Conflict) as refused:
        await desk.promise(other, d(2, 8), 10, d(2, 9))
    assert refused.value.code == "DEBT_CLOSED"


async def test_what_is_no_promise_is_refused(desk: Desk) -> None:
    debt = await desk.debt()
    for minor, due_on, code in (
        (0, d(2, 9), "AGREED_AMOUNT"), (1_001, d(2, 9), "AGREED_AMOUNT"), (10, d(1, 31), "INSTALMENT_DAYS"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            await desk.promise(debt, d(2, 1), minor, due_on)
        assert refused.value.code == code
    async with db.transaction(desk.home.north, read_only=True) as tx:
        assert await tx.fetchval("SELECT count(*) FROM agreement") == 0
    await desk.promise(debt, d(2, 1), 1_000, d(2, 1))
    # One that is over stands in nobody's way, also before the night has found it.
    await desk.promise(debt, d(2, 10), 1_000, d(2, 11))
