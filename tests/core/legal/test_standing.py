"""What lawyers say that the balance of a case is, beside what the books have of that day."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from core.kit.db import Database
from core.kit.money import Money
from core.legal.follow_case import JOB as FOLLOW
from core.legal.reads import handoffs_listing
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from recobro_sdk import CaseNews, CaseStanding, LegalStage, Settled
from recobro_sdk import Money as SdkMoney
from tests.core.house import events
from tests.core.legal.case_house import PARTS, TODAY, Case, acknowledged

OWED = PARTS[0][1]
NAMES = ("standing_on", "their_minor", "our_minor", "difference_minor", "their_paid_minor", "our_paid_minor")


@pytest.fixture
async def case(database: Database) -> AsyncIterator[Case]:
    async with acknowledged(database, abilities=("case_news",)) as made:
        yield made


async def tell(case: Case, minor: int, on: date = TODAY, *, paid: int | None = None, currency: str = "COP") -> int:
    """The channel tells a balance; how much was new."""
    told = CaseStanding(
        on=on, balance=SdkMoney(minor, currency), paid=SdkMoney(paid, currency) if paid is not None else None
    )
    case.firm.news = Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED, standing=told))
    return (await case.run(FOLLOW))["taken"]


async def standing(case: Case) -> tuple[Any, ...]:
    handoff = await case.handoff()
    return tuple(handoff[name] for name in NAMES)


async def pay(case: Case, minor: int, on: date, key: str = "p") -> Any:
    command = RecordPayment(
        debt_id=case.debt_id, amount=Money(minor, "COP"), paid_on=on, method=PaymentMethod.CASH,
        received_by=ReceivedBy.CREDITOR, idempotency_key=key,
    )  # fmt: skip
    return (await record_payment(case.scope, command)).payment_id


async def differing(case: Case, scope: Any = None) -> int:
    listing = handoffs_listing(scope or case.scope, differs=True)
    where = f"SELECT count(*) AS n FROM {listing.source} WHERE {listing.where}"
    return (await case.rows(where, *listing.args.values))[0]["n"]


async def test_the_last_one_is_kept_beside_ours_of_that_day(case: Case) -> None:
    # Before the handover, on the day that they tell, and after it.
    await pay(case, 50_000_00, TODAY - timedelta(days=20), "before")
    assert await tell(case, OWED - 50_000_00, paid=0) == 1
    assert await standing(case) == (TODAY, OWED - 50_000_00, OWED - 50_000_00, 0, 0, 0)
    assert await tell(case, OWED - 50_000_00, paid=0) == 0 and await differing(case) == 0
    assert await events(case.scope, "legal.standing_differs") == []

    payment = await pay(case, 10_000_00, TODAY)
    assert await tell(case, OWED - 50_000_00, paid=0) == 1, "ours has changed since"
    assert await standing(case) == (TODAY, OWED - 50_000_00, OWED - 60_000_00, 10_000_00, 0, 10_000_00)
    assert await differing(case) == 1
    assert await tell(case, OWED - 50_000_00, paid=0) == 0
    (told,) = await events(case.scope, "legal.standing_differs")
    assert told["data"] == {
        "debt_id": str(case.debt_id), "on": TODAY.isoformat(), "currency": "COP", "their_minor": OWED - 50_000_00,
        "our_minor": OWED - 60_000_00, "difference_minor": 10_000_00,
    }  # fmt: skip
    await reverse_payment(case.scope, ReversePayment(payment_id=payment, reason="bounced", reversed_on=TODAY))
    assert await tell(case, OWED - 50_000_00) == 1
    assert await standing(case) == (TODAY, OWED - 50_000_00, OWED - 50_000_00, 0, None, None)
    assert await differing(case) == 0 and (await case.debt())["balance_minor"] == OWED - 50_000_00


async def test_an_earlier_day_is_compared_with_that_day_and_takes_no_later_one_back(case: Case) -> None:
    await pay(case, 10_000_00, TODAY)
    yesterday = TODAY - timedelta(days=1)
    assert await tell(case, OWED, yesterday) == 1
    assert await standing(case) == (yesterday, OWED, OWED, 0, None, None)
    assert await tell(case, 7, TODAY) == 1 and await tell(case, OWED, yesterday) == 0
    assert (await standing(case))[:2] == (TODAY, 7)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"currency": "USD"}, "CURRENCY_MISMATCH"), ({"on": TODAY + timedelta(days=1)}, "STANDING_DAY"),
        ({"minor": -(10**17) - 1}, "STANDING_AMOUNT"), ({"paid": 10**18}, "STANDING_AMOUNT"),
    ],
)  # fmt: skip
async def test_what_is_no_balance_of_this_debt_is_told_and_not_kept(
    case: Case, told: dict[str, Any], code: str
) -> None:
    assert await tell(case, **{"minor": 5} | told) == 0
    assert await standing(case) == (None,) * 6
    (refused,) = await events(case.scope, "legal.news_refused")
    assert (refused["data"]["code"], refused["data"]["reference"]) == (code, "channel:standing")  # type: ignore[index]
