"""Payoff figures, and the statement of interest that shows its work."""

from datetime import date
from decimal import Decimal

import strawberry

from core.debts.kinds import ComponentKind
from core.interest import payoff as core_payoff
from core.interest import statement as core_statement
from core.interest.kinds import PauseReason
from core.interest.rules import Line
from core.interest.statement import percent, unit
from core.kit import ids
from core.kit import money as core_money
from core.mandates.interest import InterestMethod
from schema.kit.money import Money

strawberry.enum(InterestMethod, description="How a rate and days make interest.")


@strawberry.type(description="What one component comes to on a day.")
class PayoffPart:
    component_id: strawberry.ID | None = strawberry.field(
        description="The component; null for interest of a debt that has none for it yet."
    )
    kind: ComponentKind = strawberry.field(description="What it is.")
    due_on: date | None = strawberry.field(description="When it was, or is, due.")
    posted: Money = strawberry.field(description="What the history of the balance says.")
    unposted: Money = strawberry.field(
        description="Interest beyond that, to the day; negative where too much is posted."
    )
    owed: Money = strawberry.field(description="Both together.")

    @classmethod
    def of(cls, part: core_payoff.PayoffPart) -> "PayoffPart":
        return cls(
            component_id=strawberry.ID(ids.encode("component", part.component_id)) if part.component_id else None,
            kind=part.kind,
            due_on=part.due_on,
            posted=_money(part.posted),
            unposted=_money(part.unposted),
            owed=_money(part.owed),
        )


@strawberry.type(description="What a debt costs to pay on a day, interest to that day included.")
class Payoff:
    on: date = strawberry.field(description="The day; at its end.")
    total: Money = strawberry.field(description="What it comes to.")
    parts: list[PayoffPart] = strawberry.field(description="The same by components.")
    interest: str = strawberry.field(description="The exact interest since the debt bears it, in the currency's unit.")
    per_diem: str = strawberry.field(description="The exact interest of the next day, in the currency's unit.")
    provisional: bool = strawberry.field(
        description="Whether the cap of some day is not certified yet, and the last one stands in."
    )

    @classmethod
    def of(cls, found: core_payoff.Payoff) -> "Payoff":
        currency = found.total.currency
        return cls(
            on=found.on,
            total=_money(found.total),
            parts=[PayoffPart.of(part) for part in found.parts],
            interest=unit(found.interest, currency),
            per_diem=unit(found.per_diem, currency),
            provisional=found.provisional,
        )


@strawberry.type(description="Days that are alike: one base, one rate. Amounts are exact, rates are percentages.")
class InterestLine:
    first: date = strawberry.field(description="From this day, which does not count,")
    last: date = strawberry.field(description="to this one, which does.")
    days: int = strawberry.field(description="How many days that is, as the day count of the terms has it.")
    base: str = strawberry.field(description="What bears interest.")
    method: InterestMethod = strawberry.field(description="How rate and days make interest.")
    agreed_rate: str | None = strawberry.field(description="What was agreed, a year; null for the legal maximum.")
    cap_rate: str | None = strawberry.field(description="The certified maximum, effective annual, where one holds.")
    applied_rate: str = strawberry.field(description="The lower of both by the day, a year.")
    daily_rate: str = strawberry.field(description="The same for a day, as a fraction.")
    interest: str = strawberry.field(description="The interest of these days.")
    total: str = strawberry.field(description="All interest so far.")
    resolution: str | None = strawberry.field(description="What certifies the cap.")
    paused: PauseReason | None = strawberry.field(description="Why these days earn nothing, where they do not.")
    provisional: bool = strawberry.field(
        description="Whether no cap is certified for them yet, and the last stands in."
    )

    @classmethod
    def of(cls, line: Line, currency: str) -> "InterestLine":
        return cls(
            first=line.first,
            last=line.last,
            days=line.days,
            base=unit(line.base, currency),
            method=line.method,
            agreed_rate=_percent(line.contract_rate),
            cap_rate=_percent(line.cap_rate),
            applied_rate=percent(line.annual_rate),
            daily_rate=f"{line.daily_rate:f}",
            interest=unit(line.interest, currency),
            total=unit(line.total, currency),
            resolution=line.resolution,
            paused=PauseReason(line.paused) if line.paused else None,
            provisional=line.provisional,
        )


@strawberry.type(description="What a payment, a charge or a correction changed in the days of a statement.")
class BalanceChange:
    day: date = strawberry.field(description="Its legal day.")
    kind: ComponentKind = strawberry.field(description="The kind of component.")
    delta: Money = strawberry.field(description="By how much; negative for what was paid.")


@strawberry.type(description="The statement of interest (liquidación del crédito): day range by day range.")
class InterestStatement:
    first: date = strawberry.field(description="From this day, which does not count,")
    last: date = strawberry.field(description="to this one, which does.")
    opening: str = strawberry.field(description="The exact interest before, in the currency's unit.")
    lines: list[InterestLine] = strawberry.field(description="The ranges: they follow each other, and add up.")
    closing: str = strawberry.field(description="The exact interest since the debt bears it.")
    accrued: Money = strawberry.field(description="The same in whole minor units.")
    posted: Money = strawberry.field(description="What of it the history of the balance has.")
    unposted: Money = strawberry.field(description="What it has not, yet.")
    changes: list[BalanceChange] = strawberry.field(description="Other changes of the balance in these days.")
    payoff: Payoff = strawberry.field(description="What the debt comes to on the last day.")
    csv: str = strawberry.field(description="The lines as CSV.")
    csv_url: str = strawberry.field(description="Where to download the same, with the token.")
    pdf_url: str = strawberry.field(description="Where to download it as PDF, in Spanish, with the token.")

    @classmethod
    def of(cls, found: core_statement.StatementOfInterest) -> "InterestStatement":
        currency = found.currency
        return cls(
            first=found.first,
            last=found.last,
            opening=unit(found.opening, currency),
            lines=[InterestLine.of(line, currency) for line in found.lines],
            closing=unit(found.closing, currency),
            accrued=_money(found.accrued),
            posted=_money(found.posted),
            unposted=_money(found.unposted),
            changes=[
                BalanceChange(day=change.day, kind=change.kind, delta=Money.of(change.minor, currency))
                for change in found.changes
            ],
            payoff=Payoff.of(found.payoff),
            csv=core_statement.as_csv(found),
            csv_url=_print(found, "csv"),
            pdf_url=_print(found, "pdf"),
        )


def _print(found: core_statement.StatementOfInterest, kind: str) -> str:
    """Where the statement is printed as a file of a kind."""
    return f"/debts/{ids.encode('debt', found.debt_id)}/interest.{kind}?to={found.last}&since={found.first}"


def _money(amount: core_money.Money) -> Money:
    return Money.of(amount.minor_units, amount.currency)


def _percent(rate: Decimal | None) -> str | None:
    return None if rate is None else percent(rate)
