"""Schedules of commission, the fee lines of payments, and what other terms would have brought."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from core.commissions import simulate_fees as core
from core.commissions.kinds import FeeKind, FeeLineStatus
from core.debts.kinds import ComponentKind, Stage
from core.kit import ids
from core.kit import money as core_money
from core.kit.errors import InvalidInput
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, computed, many, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.pages import PageInfo
from schema.kit.scalars import JSON, BigInt
from schema.types.debts import Debt
from schema.types.mandates import Creditor, Mandate
from schema.types.payments import Payment

if TYPE_CHECKING:
    from schema.types.ledger import LedgerPosting
    from schema.types.remittance import StatementLine

strawberry.enum(FeeKind, description="What a line of a fee is.")
strawberry.enum(FeeLineStatus, description="Whether a line of a fee is charged, was, or takes one back.")


def _plain(rate: Decimal | None) -> str | None:
    """0.250000 as `0.25`."""
    return None if rate is None else f"{rate.normalize():f}"


@node(
    "schedule", "commission_schedule", Permission.COMMISSION_READ,
    "One version of a mandate's terms of commission. A debt has the version of the day of its placement, for good.",
)  # fmt: skip
class CommissionSchedule(Mapped, Node):
    id: strawberry.ID = public_id("schedule")
    version: int = column("version", "Counts the mandate's versions from 1.")
    valid_from: date = column("valid_from", "The first day of placement that has it.")
    terms: JSON = column("terms", "The terms themselves (docs/agency.md).")
    tax_rate: str = computed(("tax_rate",), _plain, "The tax on the fee, as a share: `0.19`.")
    created_at: datetime = column("created_at", "When it was saved.")

    mandate: Mandate | None = one("mandate_id", "Whose it is.", requires=Permission.CREDITOR_READ)


@node(
    "feeline", "fee_line", Permission.COMMISSION_READ,
    "One line of the fee of one payment. The lines of an assessment add up to fee and tax; a reversal turns each.",
)  # fmt: skip
class FeeLine(Mapped, Node):
    id: strawberry.ID = public_id("feeline")
    kind: FeeKind = choice("kind", FeeKind, "What it is.")
    assessment: int = column("assessment", "Counts how often the payment was assessed, from 1.")
    line: int = column("line", "Its place in the assessment.")
    tier: int | None = column("tier", "The tier of the schedule that it lies in, from 1.")
    component: ComponentKind | None = choice("component", ComponentKind, "The kind whose own rate it has.")
    base: Money = money("base_minor", "What the rate is of.")
    rate: str | None = computed(("rate",), _plain, "The rate, as a share: `0.25`.")
    rounding: str = computed(("rounding",), _plain, "What rounding added to base by rate, in minor units.")
    amount: Money = money("amount_minor", "What is charged; negative for what is taken off or back.")
    paid_before: Money = money("paid_before_minor", "What had counted for tiers before this payment.")
    stage: Stage = choice("stage", Stage, "Where the debt stood when the payment was first assessed.")
    assessed_on: date = column("assessed_on", "The legal day of the charge.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")

    schedule: CommissionSchedule | None = one("schedule_id", "The terms that it is by.")
    payment: Payment | None = one("payment_id", "The payment that it is of.", requires=Permission.PAYMENT_READ)
    debt: Debt | None = one("debt_id", "The debt of the payment.", requires=Permission.DEBT_READ)
    creditor: Creditor | None = one("creditor_id", "Who owes it.", requires=Permission.CREDITOR_READ)
    reverses: Annotated["FeeLine", strawberry.lazy("schema.types.commissions")] | None = one(
        "reverses_id", "The line that this one takes back."
    )
    reversed_by: list[Annotated["FeeLine", strawberry.lazy("schema.types.commissions")]] = many(
        "reverses_id", "t.id", "The line that takes this one back; one at most.", limit=1
    )
    postings: list[Annotated["LedgerPosting", strawberry.lazy("schema.types.ledger")]] = many(
        "source_id", "t.id", "What it moved in the ledger; one at most.", limit=1, requires=Permission.LEDGER_READ
    )
    statement_lines: list[Annotated["StatementLine", strawberry.lazy("schema.types.remittance")]] = many(
        "fee_line_id", "t.id", "Where it is stated; one at most.", limit=1, requires=Permission.REMITTANCE_READ
    )


@strawberry.type(description="What one payment is charged, and what other terms would have brought.")
class SimulatedFee:
    payment_id: strawberry.ID = strawberry.field(description="The payment.")
    debt_id: strawberry.ID = strawberry.field(description="Its debt.")
    cleared_on: date = strawberry.field(description="The day on which its money was there.")
    paid: Money = strawberry.field(description="What it paid of the debt.")
    charged: Money = strawberry.field(description="What is charged for it, without tax; 0 where it is not assessed.")
    charged_tax: Money = strawberry.field(description="The tax on that.")
    simulated: Money = strawberry.field(description="What the terms would bring, without tax.")
    simulated_tax: Money = strawberry.field(description="The tax on that.")
    difference: Money = strawberry.field(description="`simulated` less `charged`.")

    @classmethod
    def of(cls, found: core.SimulatedFee) -> "SimulatedFee":
        return cls(
            payment_id=strawberry.ID(ids.encode("payment", found.payment_id)),
            debt_id=strawberry.ID(ids.encode("debt", found.debt_id)),
            cleared_on=found.cleared_on,
            **_figures(found),
        )


@strawberry.type(description="The sums of a whole simulated period.")
class SimulatedTotal:
    payments: BigInt = strawberry.field(description="How many payments there are.")
    paid: Money = strawberry.field(description="What they paid.")
    charged: Money = strawberry.field(description="What is charged for them, without tax.")
    charged_tax: Money = strawberry.field(description="The tax on that.")
    simulated: Money = strawberry.field(description="What the terms would bring, without tax.")
    simulated_tax: Money = strawberry.field(description="The tax on that.")
    difference: Money = strawberry.field(description="`simulated` less `charged`.")

    @classmethod
    def of(cls, found: core.SimulatedTotal) -> "SimulatedTotal":
        return cls(payments=BigInt(found.payments), **_figures(found))


@strawberry.type(description="A period of a mandate under terms that nobody has agreed on yet.")
class CommissionSimulation:
    total: SimulatedTotal | None = strawberry.field(
        description="The sums of the whole period, whatever page was asked for; null behind the last page only."
    )
    nodes: list[SimulatedFee] = strawberry.field(description="Payment by payment, as their money came.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @classmethod
    def of(cls, found: core.Simulation) -> "CommissionSimulation":
        page = found.page
        return cls(
            total=SimulatedTotal.of(found.total) if found.total else None,
            nodes=[SimulatedFee.of(row) for row in page.rows],
            page_info=PageInfo(
                has_next_page=page.has_next, has_previous_page=page.has_previous, start_cursor=page.start_cursor,
                end_cursor=page.end_cursor,
            ),
        )  # fmt: skip


def _figures(found: core.SimulatedFee | core.SimulatedTotal) -> dict[str, Money]:
    def shown(amount: core_money.Money) -> Money:
        return Money.of(amount.minor_units, amount.currency)

    return {
        "paid": shown(found.paid), "charged": shown(found.charged), "charged_tax": shown(found.charged_tax),
        "simulated": shown(found.simulated), "simulated_tax": shown(found.simulated_tax),
        "difference": shown(found.difference),
    }  # fmt: skip


def terms_of(given: Any) -> Mapping[str, Any]:
    """The terms of a schedule as they were given. Raises: InvalidInput (INVALID_TERMS) for what is no object."""
    if not isinstance(given, dict):
        raise InvalidInput("Terms are a JSON object.", code="INVALID_TERMS", field="terms")
    return given


def tax_rate_of(text: str) -> Decimal:
    """A share, from text. Raises: InvalidInput (TAX_RATE)."""
    try:
        return Decimal(text)
    except InvalidOperation as problem:
        raise InvalidInput(
            f"'{text[:30]}' is no share.", code="TAX_RATE", field="tax_rate", remedy='Give for example "0.19".'
        ) from problem
