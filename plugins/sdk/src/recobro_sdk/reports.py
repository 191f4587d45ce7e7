"""Client reports: files about the debts of ONE creditor, in that creditor's layout."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recobro_sdk.report_rows import BatchRow, DebtRow, MonthRow, PaymentRow, StatementRow
from recobro_sdk.texts import Language, Text


class ReportParams(BaseModel):
    """What every report is asked for; a report adds fields in a subclass. The host reads the period from here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    period_from: date = Field(description="First day of the period, included")
    period_to: date = Field(description="Last day of the period, included")
    language: Language = Field(default="es", description="Language of titles and labels")

    @model_validator(mode="after")
    def _period_is_ordered(self) -> Self:
        if self.period_to < self.period_from:
            raise ValueError("the period ends before it begins")
        return self


class ColumnKind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DATE = "date"
    MONTH = "month"
    NUMBER = "number"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column, as somebody choosing a report wants to see it beforehand. `table` names the sheet or file."""

    table: str
    code: str
    kind: ColumnKind
    title: Text


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A kind of file the report can produce."""

    code: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDescription:
    """What a report is, for choosing it and for showing the form of its parameters."""

    code: str
    title: Text
    params: type[ReportParams]
    formats: tuple[ReportFormat, ...]
    columns: tuple[ReportColumn, ...]


@runtime_checkable
class ReportData(Protocol):
    """One creditor's data, streamed.

    Every amount is in `currency`. The streams come from one snapshot, so that they agree; each can be read once or
    more, and none needs to fit in memory. Rows come ordered: debts by reference, payments by date, months by month
    (with a row for every month of the period), statements by number, batches as they were received.
    """

    @property
    def creditor_name(self) -> str:
        """Whose debts these are."""
        ...

    @property
    def agency_name(self) -> str:
        """Who recovers them."""
        ...

    @property
    def currency(self) -> str:
        """ISO 4217 code of every amount."""
        ...

    @property
    def period_from(self) -> date:
        """First day of the period, included."""
        ...

    @property
    def period_to(self) -> date:
        """Last day of the period, included."""
        ...

    @property
    def generated_at(self) -> datetime:
        """Moment of the snapshot, aware UTC."""
        ...

    def debts(self) -> AsyncIterator[DebtRow]:
        """The debts placed with the agency."""
        ...

    def payments(self) -> AsyncIterator[PaymentRow]:
        """The payments of the period."""
        ...

    def recovery_by_month(self) -> AsyncIterator[MonthRow]:
        """The months of the period."""
        ...

    def statements(self) -> AsyncIterator[StatementRow]:
        """The statements of remittance whose last day is in the period."""
        ...

    def batches(self) -> AsyncIterator[BatchRow]:
        """The files that were received in the period, but for those of another currency."""
        ...


@runtime_checkable
class ArtifactWriter(Protocol):
    """One file being written."""

    async def write(self, chunk: bytes, /) -> None:
        """Append bytes; waits while the host is behind."""
        ...


@runtime_checkable
class ReportSink(Protocol):
    """Where a report's files go. Several can be open at once."""

    def open(self, name: str, media_type: str) -> AbstractAsyncContextManager[ArtifactWriter]:
        """Start a file. Leaving the block keeps it; leaving it with an exception discards it.

        `name` is unique in the report, with an extension and without a path.
        """
        ...


@runtime_checkable
class ClientReport(Protocol):
    """A report, for one agency."""

    def describe(self) -> ReportDescription:
        """What the report is. Quick, and without I/O."""
        ...

    async def build(self, data: ReportData, params: ReportParams, sink: ReportSink) -> None:
        """Write the report's files for the creditor of `data`.

        `params` is an instance of the described model. The same data and params give the same bytes. Raises
        `RejectedByProvider` when it cannot be done as asked; what the sink or the data raise passes through.
        """
        ...
