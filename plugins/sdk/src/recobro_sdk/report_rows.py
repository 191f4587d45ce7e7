"""The rows that a report is made of: one creditor's debts, payments, months, statements and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from recobro_sdk.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtRow:
    """A debt of the creditor as of `ReportData.generated_at`. `recovered` is over the debt's whole life; `portfolio` is
    the name of the portfolio that it was placed in."""

    reference: str
    debtor_name: str = field(repr=False)
    debtor_document: str = field(repr=False)
    product: str
    stage: str
    days_past_due: int
    placed_on: date
    placed: Money
    recovered: Money
    balance: Money
    portfolio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A payment that counts in the period; a reversal is a row of its own with a negative amount. `stage` is the debt's
    as of `ReportData.generated_at`."""

    reference: str
    debt_reference: str
    debtor_name: str = field(repr=False)
    paid_on: date
    method: str
    amount: Money
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthRow:
    """What was recovered in one month of the period, net of reversals. `month` is its first day."""

    month: date
    recovered: Money
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """A statement of remittance: what was settled with the creditor for good, numbered within a currency.

    `received` came to the agency, `direct` to the creditor itself; `adjustments` is what bounced of it and other
    corrections. `fees` are without `taxes`. `withheld` was kept back from what was received, `advances` taken from what
    the creditor had advanced, `invoiced` is for the creditor to pay (credited to it where negative), `remitted` went to
    it. `opening` and `carried` are what was open before and stays open, negative where the creditor owes it. `sha256`
    is the hash of the statement's document.
    """

    number: int
    first_on: date
    last_on: date
    issued_at: datetime
    opening: Money
    received: Money
    direct: Money
    adjustments: Money
    fees: Money
    taxes: Money
    costs: Money
    withheld: Money
    advances: Money
    invoiced: Money
    remitted: Money
    carried: Money
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A file of the creditor, as of `ReportData.generated_at`. `received_on` is the day in the mandate's time zone.

    `rows` are all rows of the file; `accepted`, `duplicates` and `rejected` are what became of them once it was
    validated. `stated` is the sum of all rows, `taken` that of the accepted. `issues` counts rows by the code of what
    was found in them, warnings included. `error_code` says why the whole file was refused, empty where it was not.
    """

    file_name: str
    kind: str
    state: str
    portfolio: str
    received_on: date
    rows: int
    accepted: int
    duplicates: int
    rejected: int
    stated: Money
    taken: Money
    issues: Mapping[str, int]
    error_code: str
