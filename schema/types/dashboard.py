"""A creditor's first screen. Its figures are kept by every write, and read as a handful of rows."""

from datetime import datetime

import strawberry

from core.debts.kinds import Stage
from core.reports import dashboard, rates
from schema.kit.money import Money
from schema.kit.scalars import BigInt
from schema.types.reports import Rate


@strawberry.interface(
    description="Figures of debts in one currency: placed - recalled + adjusted - recovered = balance."
)
class DebtFigures:
    figures: strawberry.Private[dashboard.Figures]

    @strawberry.field(description="ISO 4217 code; currencies never mix.")
    def currency(self) -> str:
        return self.figures.currency

    @strawberry.field(description="How many debts.")
    def debts(self) -> BigInt:
        return BigInt(self.figures.debts)

    @strawberry.field(description="What was placed.")
    def placed(self) -> Money:
        return Money.of(self.figures.placed_minor, self.figures.currency)

    @strawberry.field(description="What was withdrawn.")
    def recalled(self) -> Money:
        return Money.of(self.figures.recalled_minor, self.figures.currency)

    @strawberry.field(description="Placed less recalled.")
    def net_placed(self) -> Money:
        return Money.of(self.figures.net_placed_minor, self.figures.currency)

    @strawberry.field(description="Corrections.")
    def adjusted(self) -> Money:
        return Money.of(self.figures.adjusted_minor, self.figures.currency)

    @strawberry.field(description="Payments less reversals.")
    def recovered(self) -> Money:
        return Money.of(self.figures.recovered_minor, self.figures.currency)

    @strawberry.field(description="What is left.")
    def balance(self) -> Money:
        return Money.of(self.figures.balance_minor, self.figures.currency)

    @strawberry.field(description="Recovered over net placed.")
    def liquidation(self) -> Rate:
        found = self.figures
        rate = rates.Rate(rates.RateBasis.NET_PLACED, found.recovered_minor, found.net_placed_minor)
        return Rate.of(rate, found.currency)


@strawberry.type(description="Over all debts of one currency.")
class DebtTotals(DebtFigures):
    pass


@strawberry.type(description="Of the debts of a stage, in one currency.")
class StageFigures(DebtFigures):
    @strawberry.field(description="The stage.")
    def stage(self) -> Stage:
        return Stage(self.figures.key)


@strawberry.type(description="Of the debts in an ageing bucket, in one currency.")
class BucketFigures(DebtFigures):
    @strawberry.field(description='"current", "1-30", …, "180+"; "settled" where nothing is owed any more.')
    def label(self) -> str:
        return self.figures.key


@strawberry.type(description="The cash of a month, in one currency: a reversal counts in its own month.")
class MonthCash:
    cash: strawberry.Private[dashboard.MonthCash]

    @strawberry.field(description="The month: `2026-01`.")
    def month(self) -> str:
        return self.cash.key

    @strawberry.field(description="ISO 4217 code; currencies never mix.")
    def currency(self) -> str:
        return self.cash.currency

    @strawberry.field(description="How many payments.")
    def payments(self) -> BigInt:
        return BigInt(self.cash.payments)

    @strawberry.field(description="How many reversals.")
    def reversals(self) -> BigInt:
        return BigInt(self.cash.reversals)

    @strawberry.field(description="Payments less reversals.")
    def recovered(self) -> Money:
        return Money.of(self.cash.recovered_minor, self.cash.currency)


@strawberry.type(
    description="What a creditor's first screen shows, as it stands now. Groups without debts are left out."
)
class Dashboard:
    found: strawberry.Private[dashboard.Dashboard]

    @strawberry.field(description="The instant.")
    def as_of(self) -> datetime:
        return self.found.as_of

    @strawberry.field(description="A row per currency over everything.")
    def totals(self) -> list[DebtTotals]:
        return [DebtTotals(figures=row) for row in self.found.totals]

    @strawberry.field(description="By stage.")
    def stages(self) -> list[StageFigures]:
        return [StageFigures(figures=row) for row in self.found.stages]

    @strawberry.field(description="By ageing bucket, counted in each mandate's zone.")
    def buckets(self) -> list[BucketFigures]:
        return [BucketFigures(figures=row) for row in self.found.buckets]

    @strawberry.field(description="By month, oldest first.")
    def months(self) -> list[MonthCash]:
        return [MonthCash(cash=row) for row in self.found.months]
