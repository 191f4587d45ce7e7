"""Report data and a sink for tests: deterministic rows with formulas, accents and reversals in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from recobro_sdk.money import Money
from recobro_sdk.report_rows import BatchRow, DebtRow, MonthRow, PaymentRow, StatementRow
from recobro_sdk.reports import ArtifactWriter

RowT = TypeVar("RowT")

_NAMES: Final = ("=HYPERLINK(A1)", "+57 Ñandú", "-Peña, María", "@SUM(1)", 'Café "El Río", S.A.S.', "José\nÁvila")
_PORTFOLIOS: Final = ("=Consumo 2026", "Vehículos", "")
_MONTHS: Final = (date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1))


class FakeReportData:
    """Rows of the first quarter of 2026, in COP. Payments of each month add up to its row in `recovery_by_month`.

    With `fail_after` every stream raises `ConnectionError` after that many rows.
    """

    def __init__(self, *, debts: int = 7, payments: int = 20, fail_after: int | None = None) -> None:
        self.creditor_name: str = "Banco Ejemplo S.A."
        self.agency_name: str = "Cobranzas de Prueba S.A.S."
        self.currency: str = "COP"
        self.period_from: date = date(2026, 1, 1)
        self.period_to: date = date(2026, 3, 31)
        self.generated_at: datetime = datetime(2026, 4, 1, 5, 0, tzinfo=UTC)
        self.debt_rows: list[DebtRow] = [_debt(index) for index in range(debts)]
        self.payment_rows: list[PaymentRow] = sorted(
            (_payment(index) for index in range(payments)), key=lambda row: row.paid_on
        )
        self.statement_rows: list[StatementRow] = [_statement(month) for month in _MONTHS if debts]
        self.batch_rows: list[BatchRow] = [_batch(index) for index in range(debts)]
        self._fail_after = fail_after

    def debts(self) -> AsyncIterator[DebtRow]:
        """The debts."""
        return self._stream(self.debt_rows)

    def payments(self) -> AsyncIterator[PaymentRow]:
        """The payments, every seventh a reversal."""
        return self._stream(self.payment_rows)

    def recovery_by_month(self) -> AsyncIterator[MonthRow]:
        """The three months."""
        return self._stream([self._month(month) for month in _MONTHS])

    def statements(self) -> AsyncIterator[StatementRow]:
        """A statement for each month, none without debts."""
        return self._stream(self.statement_rows)

    def batches(self) -> AsyncIterator[BatchRow]:
        """As many files as debts, every third with rejected rows."""
        return self._stream(self.batch_rows)

    def personal_values(self) -> list[str]:
        """What must not be logged."""
        return [value for row in self.debt_rows for value in (row.debtor_name, row.debtor_document)]

    def _month(self, month: date) -> MonthRow:
        rows = [row for row in self.payment_rows if row.paid_on.replace(day=1) == month]
        total = sum((row.amount for row in rows), Money.zero(self.currency))
        return MonthRow(month=month, recovered=total, payments=len(rows))

    async def _stream(self, rows: Sequence[RowT]) -> AsyncIterator[RowT]:
        for position, row in enumerate(rows):
            if position == self._fail_after:
                raise ConnectionError("the data failed, as asked")
            if position % 100 == 0:
                await asyncio.sleep(0)  # a cursor waits for its pages
            yield row


def _debt(index: int) -> DebtRow:
    # Amounts beyond 2**53 minor units show whoever goes through a binary fraction.
    placed, recovered = 9_007_199_254_740_993 if index == 3 else 150_000_001 + 7 * index, 33_333 * index
    return DebtRow(
        reference=f"OBL-{index:05}",
        debtor_name=_NAMES[index % len(_NAMES)],
        debtor_document=f"CC 10000{index:05}",
        product="Crédito de consumo",
        stage="PRE_LEGAL" if index % 2 else "EARLY",
        days_past_due=30 * index,
        placed_on=date(2025, 12, 1),
        placed=Money(placed, "COP"),
        recovered=Money(recovered, "COP"),
        balance=Money(placed - recovered, "COP"),
        portfolio=_PORTFOLIOS[index % len(_PORTFOLIOS)],
    )


def _payment(index: int) -> PaymentRow:
    minor = 10_000_01 + 3 * index
    return PaymentRow(
        reference=f"PAG-{index:05}",
        debt_reference=f"OBL-{index % 7:05}",
        debtor_name=_NAMES[index % len(_NAMES)],
        paid_on=date(2026, 1, 2) + timedelta(days=4 * index % 85),
        method="PSE",
        amount=Money(-minor if index % 7 == 6 else minor, "COP"),
        stage="PRE_LEGAL" if index % 7 % 2 else "EARLY",
    )


def _statement(month: date) -> StatementRow:
    def cop(minor: int) -> Money:
        return Money(minor, "COP")

    received = 9_007_199_254_740_993 + 2 * month.month
    return StatementRow(
        number=month.month,
        first_on=month,
        last_on=(month + timedelta(days=31)).replace(day=1) - timedelta(days=1),
        issued_at=datetime(2026, month.month + 1, 2, 15, tzinfo=UTC),
        opening=cop(0),
        received=cop(received),
        direct=cop(50_000_01),
        adjustments=cop(-1_00),
        fees=cop(1_000_000_03),
        taxes=cop(190_000_01),
        costs=cop(7_77),
        withheld=cop(1_190_007_81),
        advances=cop(0),
        invoiced=cop(0),
        remitted=cop(received - 1_00 - 1_190_007_81),
        carried=cop(0),
        sha256=f"{month.month:064x}",
    )


def _batch(index: int) -> BatchRow:
    rejected = 2 if index % 3 == 2 else 0
    rows = 100 + index
    stated = 9_007_199_254_740_993 if index == 3 else 10_000_000_01 * rows
    return BatchRow(
        file_name="=HYPERLINK(A1).csv" if index == 0 else f"asignacion_{index:05}.csv",
        kind="PLACEMENT" if index % 2 else "PAYMENTS",
        state="PARTIAL" if rejected else "ACTIVE",
        portfolio=_PORTFOLIOS[index % len(_PORTFOLIOS)],
        received_on=date(2026, 1, 1) + timedelta(days=index % 90),
        rows=rows,
        accepted=rows - rejected - 1,
        duplicates=1,
        rejected=rejected,
        stated=Money(stated, "COP"),
        taken=Money(stated - 20_000_00 * rejected, "COP"),
        issues={"DUPLICATE_ROW": 1, **({"AMOUNT_INVALID": rejected} if rejected else {})},
        error_code="",
    )


class _Writer:
    def __init__(self) -> None:
        self.content = bytearray()

    async def write(self, chunk: bytes, /) -> None:
        await asyncio.sleep(0)
        self.content += chunk


class FakeReportSink:
    """Keeps files in memory: `files` those kept, `discarded` those whose block ended with an exception."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.media_types: dict[str, str] = {}
        self.discarded: set[str] = set()

    @asynccontextmanager
    async def open(self, name: str, media_type: str) -> AsyncGenerator[ArtifactWriter, None]:
        """Start a file."""
        if name in self.media_types or "/" in name or "." not in name:
            raise ValueError(f"unusable file name {name!r}")
        self.media_types[name] = media_type
        writer = _Writer()
        try:
            yield writer
        except BaseException:
            self.discarded.add(name)
            raise
        self.files[name] = bytes(writer.content)
