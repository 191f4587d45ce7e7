"""One creditor's data for a report, read in that creditor's own scope at one agency: other rows cannot be reached.

The three streams are written to nameless temporary files from one snapshot, before the plugin begins: so they agree,
can be read as often and as slowly as the plugin likes, and no transaction waits for it.
"""

import os
import tempfile
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import anyio.to_thread
import orjson

from core.kit import clock, db, ids
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.scope import Audience, Scope
from core.plugin_host.problems import HostFaultError
from recobro_sdk import DebtRow, InvalidConfiguration, Money, MonthRow, PaymentRow

RowT = TypeVar("RowT")
_BATCH = 1000
_CHUNK = 256 << 10
_SCOPES = {"debts": "debt:list:read", "payments": "payment:list:read", "months": "payment:list:read"}
"""What a report's manifest must ask for to read each stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What the report is about: days included, amounts of one currency."""

    period_from: date
    period_to: date
    currency: str


class Spool:
    """Rows as lines of a temporary file that has no name. Readers do not disturb each other."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="recobro-report-")  # noqa: SIM115 closed by close()
        self._lock = threading.Lock()
        self.rows = 0

    async def write(self, lines: list[bytes]) -> None:
        self.rows += len(lines)
        await anyio.to_thread.run_sync(self._file.write, b"".join(lines))

    async def flush(self) -> None:
        await anyio.to_thread.run_sync(self._file.flush)

    async def read(self) -> AsyncIterator[list[Any]]:
        """The rows in batches. Raises: HostFaultError when the file is gone: for a reader that outlived its report."""
        offset, rest = 0, b""
        while chunk := await anyio.to_thread.run_sync(self._piece, offset):
            offset += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            yield [orjson.loads(line) for line in lines]

    def _piece(self, offset: int) -> bytes:
        # Under the lock: the number of a file that was closed may be another file's by now.
        with self._lock:
            try:
                return os.pread(self._file.fileno(), _CHUNK, offset)
            except (ValueError, OSError) as problem:
                raise HostFaultError("the data of the report are gone") from problem

    def close(self) -> None:
        with self._lock:
            self._file.close()


class SpooledReportData:
    """A `ReportData` of the SDK. `read` counts the rows that were handed out, `total` all there are; `granted` are the
    scopes that the plugin has."""

    def __init__(self, heads: Row, extent: Extent, generated_at: datetime) -> None:
        self.granted = frozenset(_SCOPES.values())
        self.creditor_name: str = heads["creditor_name"]
        self.agency_name: str = heads["agency_name"] or ""
        self.currency = extent.currency
        self.period_from, self.period_to = extent.period_from, extent.period_to
        self.generated_at = generated_at
        self.spools = {name: Spool() for name in ("debts", "payments", "months")}
        self.read = 0

    @property
    def total(self) -> int:
        return sum(spool.rows for spool in self.spools.values())

    def debts(self) -> AsyncIterator[DebtRow]:
        return self._stream("debts", self._debt)

    def payments(self) -> AsyncIterator[PaymentRow]:
        return self._stream("payments", self._payment)

    def recovery_by_month(self) -> AsyncIterator[MonthRow]:
        return self._stream("months", self._month)

    async def _stream(self, name: str, make: Callable[[list[Any]], RowT]) -> AsyncIterator[RowT]:
        if _SCOPES[name] not in self.granted:
            raise InvalidConfiguration(f"the manifest does not ask for {_SCOPES[name]}")
        async for batch in self.spools[name].read():
            for row in batch:
                self.read += 1
                yield make(row)

    def _debt(self, row: list[Any]) -> DebtRow:
        reference, name, document, product, stage, days, placed_on, placed, recovered, balance = row
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
        )

    def _payment(self, row: list[Any]) -> PaymentRow:
        reference, payment_id, debt_reference, name, paid_on, method, minor = row
        return PaymentRow(
            reference=reference or ids.encode("payment", UUID(payment_id)),
            debt_reference=debt_reference,
            debtor_name=name,
            paid_on=date.fromisoformat(paid_on),
            method=method,
            amount=Money(minor, self.currency),
        )

    def _month(self, row: list[Any]) -> MonthRow:
        month, minor, payments = row
        return MonthRow(month=date.fromisoformat(month), recovered=Money(minor, self.currency), payments=payments)


_HEADS = """
SELECT c.name AS creditor_name, a.name AS agency_name FROM creditor c LEFT JOIN agency a ON a.id = c.agency_id
WHERE c.agency_id = $1 AND c.creditor_id = $2
"""
_DEBTS = """
SELECT d.reference, d.debtor_name, d.debtor_document, d.product, d.stage,
  GREATEST(0, COALESCE(($4::timestamptz AT TIME ZONE m.timezone)::date - d.due_on, 0)) AS days,
  d.placed_on, d.placed_minor, d.recovered_minor, d.balance_minor
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE d.agency_id = $1 AND d.creditor_id = $2 AND d.currency = $3 ORDER BY d.reference
"""
# The cash view of core/reports/recovery.py: what was allocated counts on its day, a reversal on its own as a negative.
_CASH = """
SELECT id, debt_id, reference, method, paid_on AS day, amount_minor - unapplied_minor AS minor, 0 AS back
FROM payment WHERE agency_id = $1 AND creditor_id = $2 AND currency = $3 AND paid_on BETWEEN $4 AND $5
UNION ALL
SELECT id, debt_id, reference, method, reversed_on, unapplied_minor - amount_minor, 1
FROM payment WHERE agency_id = $1 AND creditor_id = $2 AND currency = $3 AND status = 'REVERSED'
  AND reversed_on BETWEEN $4 AND $5
"""
_PAYMENTS = f"""
SELECT x.reference, x.id::text, d.reference AS debt_reference, d.debtor_name, x.day, x.method, x.minor
FROM ({_CASH}) AS x JOIN debt d ON d.agency_id = $1 AND d.id = x.debt_id ORDER BY x.day, x.id, x.back
"""  # noqa: S608 our own text
_MONTHS = f"""
SELECT s.month::date AS month, COALESCE(sum(x.minor), 0)::bigint AS minor, count(x.id) AS payments
FROM generate_series(date_trunc('month', $4::date::timestamp), $5::date::timestamp, interval '1 month') AS s (month)
LEFT JOIN ({_CASH}) AS x ON date_trunc('month', x.day::timestamp) = s.month GROUP BY 1 ORDER BY 1
"""  # noqa: S608 as above


@asynccontextmanager
async def spooled(scope: Scope, extent: Extent) -> AsyncGenerator[SpooledReportData]:
    """The data of the creditor of `scope` at the agency of `scope`, for as long as the block lasts.

    Raises: NotFound when the creditor does not work with that agency (any more).
    """
    if scope.audience is not Audience.CREDITOR or scope.agency_id is None or scope.creditor_id is None:
        raise ValueError("a report reads as one creditor at one agency")
    who, period = (scope.agency_id, scope.creditor_id), (extent.period_from, extent.period_to)
    async with db.transaction(scope, read_only=True) as tx:
        await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL statement_timeout = '10min'")
        heads = await tx.fetchrow(_HEADS, *who)
        if heads is None:
            raise not_found("creditor", "creditor_id")
        data = SpooledReportData(heads, extent, clock.now())
        try:
            await _spool(tx, data.spools["debts"], _DEBTS, *who, extent.currency, data.generated_at)
            await _spool(tx, data.spools["payments"], _PAYMENTS, *who, extent.currency, *period)
            await _spool(tx, data.spools["months"], _MONTHS, *who, extent.currency, *period)
        except BaseException:
            _close(data)
            raise
    try:
        yield data
    finally:
        _close(data)


async def _spool(tx: Tx, spool: Spool, sql: str, *args: Any) -> None:
    """Through a cursor of the server, so that no table needs to fit in memory."""
    batch: list[bytes] = []
    async for row in tx.connection.cursor(sql, *args, prefetch=_BATCH):
        batch.append(orjson.dumps(list(row.values()), option=orjson.OPT_APPEND_NEWLINE))
        if len(batch) == _BATCH:
            await spool.write(batch)
            batch = []
    await spool.write(batch)
    await spool.flush()


def _close(data: SpooledReportData) -> None:
    for spool in data.spools.values():
        spool.close()
