"""Recovery, ageing, and report files."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from core.kit import ids
from core.kit import money as core_money
from core.permissions import Permission
from core.reports import ageing, rates, recovery
from core.reports.kinds import ReportState
from schema.kit.fields import Mapped, choice, column, computed, many, mapped, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.scalars import JSON, BigInt
from schema.types.jobs import Job
from schema.types.mandates import Creditor

strawberry.enum(recovery.RecoveryGroup, description="How recovery is grouped.")
strawberry.enum(rates.RateBasis, description="What a liquidation rate divides by.")
strawberry.enum(ReportState, description="How far a report has come.")


@mapped("report_file", "A file that a report made.")
class ReportFile(Mapped):
    name: str = column("name", "Its file name.")
    media_type: str = column("media_type", "Its media type.")
    size: BigInt = column("file_size", "In bytes.")
    sha256: str = column("file_sha256", "Its hash, in hex.")
    url: str = computed(
        ("id",), lambda key: f"/files/{ids.encode('reportfile', key)}", "Where to download it, with the token."
    )


@node("report", "report_run", Permission.REPORT_READ, "One making of one creditor's report.")
class Report(Mapped, Node):
    id: strawberry.ID = public_id("report")
    report: str = column("report", "The code of the plugin's offer.")
    period_from: date = column("period_from", "First day.")
    period_to: date = column("period_to", "Last day.")
    parameters: JSON = column("parameters", "The parameters that were given.")
    state: ReportState = choice("state", ReportState, "How far it has come.")
    error_code: str | None = column("error_code", "Why it failed.")
    error_message: str | None = column("error_message", "The same in a sentence.")
    requested_by: str = column("requested_by", "Who asked for it.")
    requested_at: datetime = column("requested_at", "When.")
    ready_at: datetime | None = column("ready_at", "When it was ready.")

    creditor: Creditor | None = one("creditor_id", "Whose report it is.")
    files: list[ReportFile] = many("run_id", "t.name", "Its files, once it is ready.")
    job: Job | None = one("job_id", "The job that makes it, with its progress.")


@strawberry.type(description="A rate that never loses its denominator.")
class Rate:
    basis: rates.RateBasis = strawberry.field(description="What it divides by.")
    numerator: Money = strawberry.field(description="What was recovered.")
    denominator: Money = strawberry.field(description="What it is measured against.")
    value: str | None = strawberry.field(
        description='The quotient to 4 decimals, half to even: "0.7746". Null where there is nothing to divide by.'
    )

    @classmethod
    def of(cls, rate: rates.Rate, currency: str) -> "Rate":
        return cls(
            basis=rate.basis,
            numerator=Money.of(rate.numerator, currency),
            denominator=Money.of(rate.denominator, currency),
            value=rate.value,
        )


@strawberry.type(description="Recovery of one group: placed - recalled + adjusted - recovered = balance.")
class RecoveryRow:
    key: str = strawberry.field(description="A portfolio's id, a stage, a bucket's label or a month (`2026-01`).")
    label: str = strawberry.field(description="For people.")
    currency: str = strawberry.field(description="ISO 4217 code; currencies never mix.")
    debts: BigInt = strawberry.field(description="How many debts.")
    placed: Money = strawberry.field(description="What was placed.")
    recalled: Money = strawberry.field(description="What was withdrawn.")
    net_placed: Money = strawberry.field(description="Placed less recalled.")
    adjusted: Money = strawberry.field(description="Corrections.")
    recovered: Money = strawberry.field(description="Payments less reversals; in a month's row, of the month.")
    balance: Money = strawberry.field(description="What is left.")
    payments: BigInt | None = strawberry.field(description="How many payments; by month only.")
    reversals: BigInt | None = strawberry.field(description="How many reversals; by month only.")
    liquidation: Rate = strawberry.field(description="Recovered over net placed.")
    liquidation_of_placed: Rate = strawberry.field(description="Recovered over all that was placed.")

    @classmethod
    def of(cls, row: recovery.RecoveryRow, group: recovery.RecoveryGroup) -> "RecoveryRow":
        portfolio = group is recovery.RecoveryGroup.PORTFOLIO and row.key
        return cls(
            key=ids.encode("portfolio", UUID(row.key)) if portfolio else row.key,
            label=row.label,
            currency=row.currency,
            debts=BigInt(row.debts),
            placed=_money(row.placed),
            recalled=_money(row.recalled),
            net_placed=_money(row.net_placed),
            adjusted=_money(row.adjusted),
            recovered=_money(row.recovered),
            balance=_money(row.balance),
            payments=BigInt(row.payments) if row.payments is not None else None,
            reversals=BigInt(row.reversals) if row.reversals is not None else None,
            liquidation=Rate.of(row.liquidation, row.currency),
            liquidation_of_placed=Rate.of(row.liquidation_of_placed, row.currency),
        )


@strawberry.type(description="What became of what a creditor placed, as of a day.")
class Recovery:
    as_of: date | None = strawberry.field(description="The day; null for now, in each mandate's zone.")
    group_by: recovery.RecoveryGroup = strawberry.field(description="How it is grouped.")
    totals: list[RecoveryRow] = strawberry.field(description="A row per currency over everything.")
    rows: list[RecoveryRow] = strawberry.field(description="The groups, at most 500.")
    truncated: bool = strawberry.field(description="Whether there were more groups; the totals cover them.")


@strawberry.type(description="One bucket of an ageing report.")
class AgeingBucket:
    label: str = strawberry.field(description='"current", "1-30", …, "180+".')
    debts: BigInt = strawberry.field(description="How many open debts.")
    balance: Money = strawberry.field(description="What they owe.")


@strawberry.type(description="What was open at the end of a day, by days past due.")
class Ageing:
    as_of: date = strawberry.field(description="The day.")
    currency: str = strawberry.field(description="ISO 4217 code; a row per currency.")
    open_debts: BigInt = strawberry.field(description="How many debts were open.")
    open_balance: Money = strawberry.field(description="What they owed.")
    buckets: list[AgeingBucket] = strawberry.field(description="The same by days past due.")
    settled_debts: BigInt = strawberry.field(description="How many came to 0 in the month, up to the day.")
    settled: Money = strawberry.field(description="What had been placed of those.")

    @classmethod
    def of(cls, row: ageing.AgeingRow) -> "Ageing":
        return cls(
            as_of=row.as_of,
            currency=row.currency,
            open_debts=BigInt(row.open_debts),
            open_balance=_money(row.open_balance),
            buckets=[
                AgeingBucket(label=b.label, debts=BigInt(b.debts), balance=_money(b.balance)) for b in row.buckets
            ],
            settled_debts=BigInt(row.settled_debts),
            settled=_money(row.settled),
        )


def _money(amount: core_money.Money) -> Money:
    return Money.of(amount.minor_units, amount.currency)
