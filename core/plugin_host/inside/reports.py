"""A report in its process: its data and its files are the host's, asked for in pieces."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from pydantic import ValidationError

from core.kit import ids
from core.plugin_host.inside.asking import Ask, asking
from core.plugin_host.problems import safe_text
from core.plugin_host.report_calls import DescribedReport, ParamsProblem, ReportAbout
from core.plugin_host.threads import in_thread
from recobro_sdk import (
    BatchRow,
    ClientReport,
    DebtRow,
    JsonObject,
    Money,
    MonthRow,
    PaymentRow,
    ReportDescription,
    ReportParams,
    StatementRow,
)

RowT = TypeVar("RowT")
PIECE = 4 << 20
"""Bytes of a file that are sent at once."""


class InsideReport:
    """`ReportCalls` over a plugin's `ClientReport`."""

    def __init__(self, report: ClientReport) -> None:
        self._report = report

    async def describe(self, values: JsonObject) -> DescribedReport:
        description = await self._described()
        params, problem = _parsed(description, values)
        return DescribedReport(
            code=description.code,
            title=description.title,
            formats=tuple(description.formats),
            columns=tuple(description.columns),
            params_schema=description.params.model_json_schema(),
            params=params.model_dump(mode="json") if params is not None else {},
            problem=problem,
        )

    async def build(self, params: JsonObject, about: ReportAbout) -> None:
        description = await self._described()
        parsed, problem = _parsed(description, params)
        if parsed is None:
            raise ValueError(f"the parameters are not the report's any more: {problem}")
        ask = asking.get()
        if await self._report.build(InsideData(about, ask), parsed, InsideSink(ask)) is not None:
            raise TypeError("a report is its files, and gives nothing back")

    async def _described(self) -> ReportDescription:
        """A plain function of the plugin's."""
        found = await in_thread(self._report.describe)
        if not isinstance(found, ReportDescription):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("this is no description")
        return found


def _parsed(description: ReportDescription, values: JsonObject) -> tuple[ReportParams | None, ParamsProblem | None]:
    try:
        return description.params.model_validate_json(orjson.dumps(values)), None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return None, ParamsProblem(".".join(map(str, first["loc"])), safe_text(first["msg"]))


class InsideData:
    """A `ReportData` of the SDK; each of its streams can be read as often and as slowly as the plugin likes."""

    def __init__(self, about: ReportAbout, ask: Ask) -> None:
        self._ask = ask
        for name in [item.name for item in fields(about)]:
            setattr(self, name, getattr(about, name))

    creditor_name: str
    agency_name: str
    currency: str
    period_from: date
    period_to: date
    generated_at: datetime

    def debts(self) -> AsyncIterator[DebtRow]:
        return self._stream("debts", self._debt)

    def payments(self) -> AsyncIterator[PaymentRow]:
        return self._stream("payments", self._payment)

    def recovery_by_month(self) -> AsyncIterator[MonthRow]:
        return self._stream("months", self._month)

    def statements(self) -> AsyncIterator[StatementRow]:
        return self._stream("statements", self._statement)

    def batches(self) -> AsyncIterator[BatchRow]:
        return self._stream("batches", self._batch)

    async def _stream(self, name: str, make: Callable[[list[Any]], RowT]) -> AsyncIterator[RowT]:
        offset, rest = 0, b""
        while True:
            _, piece = await self._ask("rows", {"stream": name, "offset": offset})
            if not piece:
                return
            offset += len(piece)
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield make(orjson.loads(line))

    def _debt(self, row: list[Any]) -> DebtRow:
        reference, name, document, product, stage, days, placed_on, placed, recovered, balance, portfolio = row
        return DebtRow(
            reference=reference,
            debtor_name=name,
            debtor_document=document,
            product=product,
            stage=stage,
            days_past_due=days,
            placed_on=date.fromisoformat(placed_on),
            placed=Money(placed, self.currency),
            recovered=Money(recovered, self.currency),
            balance=Money(balance, self.currency),
            portfolio=portfolio,
        )

    def _payment(self, row: list[Any]) -> PaymentRow:
        reference, payment_id, debt_reference, name, paid_on, method, minor, stage = row
        return PaymentRow(
            reference=reference or ids.encode("payment", UUID(payment_id)),
            debt_reference=debt_reference,
            debtor_name=name,
            paid_on=date.fromisoformat(paid_on),
            method=method,
            amount=Money(minor, self.currency),
            stage=stage,
        )

    def _month(self, row: list[Any]) -> MonthRow:
        month, minor, payments = row
        return MonthRow(month=date.fromisoformat(month), recovered=Money(minor, self.currency), payments=payments)

    def _statement(self, row: list[Any]) -> StatementRow:
        number, first_on, last_on, issued_at, sha256, *amounts = row
        names = (
            "opening", "received", "direct", "adjustments", "fees", "taxes", "costs", "withheld", "advances",
            "invoiced", "remitted", "carried",
        )  # fmt: skip
        money = {name: Money(minor, self.currency) for name, minor in zip(names, amounts, strict=True)}
        return StatementRow(
            number=number,
            first_on=date.fromisoformat(first_on),
            last_on=date.fromisoformat(last_on),
            issued_at=datetime.fromisoformat(issued_at),
            sha256=sha256,
            **money,
        )

    def _batch(self, row: list[Any]) -> BatchRow:
        name, kind, state, portfolio, received_on, rows, accepted, duplicates, rejected, stated, taken, *rest = row
        issues, error_code = rest
        return BatchRow(
            file_name=name,
            kind=kind,
            state=state,
            portfolio=portfolio,
            received_on=date.fromisoformat(received_on),
            rows=rows,
            accepted=accepted,
            duplicates=duplicates,
            rejected=rejected,
            stated=Money(stated, self.currency),
            taken=Money(taken, self.currency),
            issues=issues,
            error_code=error_code,
        )


class InsideSink:
    """A `ReportSink` of the SDK."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    @asynccontextmanager
    async def open(self, name: str, media_type: str) -> AsyncGenerator["InsideFile"]:
        head, _ = await self._ask("open", {"name": name, "media_type": media_type})
        file = InsideFile(self._ask, head["file"])
        try:
            yield file
        except BaseException:
            await file.end(keep=False)
            raise
        await file.end(keep=True)


class InsideFile:
    """An `ArtifactWriter` of the SDK."""

    def __init__(self, ask: Ask, number: int) -> None:
        self._ask, self._number = ask, number

    async def write(self, chunk: bytes, /) -> None:
        whole = bytes(chunk)
        for begin in range(0, len(whole), PIECE):
            await self._ask("write", {"file": self._number}, whole[begin : begin + PIECE])

    async def end(self, *, keep: bool) -> None:
        await self._ask("end", {"file": self._number, "keep": keep})
