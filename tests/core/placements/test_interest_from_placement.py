"""A debt under a mandate with terms of interest bears it as soon as it is there, and not after the night's run."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from core.interest.payoff import payoff
from core.kit import clock
from core.kit.money import Money
from core.ledger.verify import verify
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from tests.core.placements.conftest import MakeDesk
from tests.core.placements.test_instalments import HEAD, LAYOUT, _row

TERMS = {
    "annual_rate": "0.365", "method": "SIMPLE_NOMINAL", "day_count": "ACT_365", "base": ["PRINCIPAL"],
    "overdue_only": False,
}  # fmt: skip
LAYOUT_OF_ONE: dict[str, Any] = {
    "dates": "YYYY-MM-DD",
    "columns": {
        "reference": "ref", "debtor_name": "name", "opened_on": "opened", "placed_on": "placed",
        "components": [{"kind": "PRINCIPAL", "column": "amount", "required": True}],
    },
}  # fmt: skip
FILE = "ref,name,opened,placed,amount\nA,Ana,2026-04-01,2026-05-01,1000.00\nB,Ben,2026-04-01,2026-05-11,1000.00\n"


async def test_a_payment_on_the_day_of_the_file_pays_interest_first(make_desk: MakeDesk) -> None:
    with clock.at(datetime(2026, 5, 11, 15, tzinfo=UTC)):
        desk = await make_desk(interest=TERMS)
        await desk.layout(LAYOUT_OF_ONE)
        await desk.accept(FILE)
        ids = {row["reference"]: row["id"] for row in await desk.fetch("SELECT id, reference FROM debt")}
        told = await payoff(desk.scope, ids["A"], date(2026, 5, 11))
        assert (told.total.minor_units, told.interest) == (101_000, Decimal(1_000))
        assert (await payoff(desk.scope, ids["B"], date(2026, 5, 21))).total.minor_units == 101_000
        paid = await record_payment(
            desk.scope,
            RecordPayment(
                debt_id=ids["A"], amount=Money(10_000, "COP"), paid_on=date(2026, 5, 11), method=PaymentMethod.CASH,
                received_by=ReceivedBy.AGENCY, idempotency_key="k",
            ),
        )  # fmt: skip
        assert [(part.kind.value, part.minor) for part in paid.allocations] == [
            ("INTEREST_DEFAULT", 1_000), ("PRINCIPAL", 9_000),
        ]  # fmt: skip
        assert (await verify(desk.scope)).holds


async def test_a_loan_of_many_rows_begins_once_and_others_not_at_all(make_desk: MakeDesk) -> None:
    loans, plain = await make_desk(interest=TERMS), await make_desk()
    for desk in (loans, plain):
        await desk.layout(LAYOUT)
        await desk.accept(HEAD + _row("CR-1", 1) + _row("CR-1", 2) + _row("CR-2", 1))
    assert await loans.value("SELECT count(*) FROM debt_interest WHERE accrued_to = accrues_from") == 2
    assert await loans.value("SELECT count(*) FROM debt_interest_terms") == 2
    assert await plain.value("SELECT count(*) FROM debt_interest") == 0
