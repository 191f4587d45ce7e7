"""One creditor's data for a report, read in that creditor's own scope at one agency: other rows cannot be reached.

The streams are written to nameless temporary files from one snapshot, before the plugin begins: so they agree,
can be read as often and as slowly as the plugin likes, and no transaction waits for it. Its process makes rows of the
lines (core/plugin_host/inside/reports.py).
"""

import os
import tempfile
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import anyio.to_thread
import orjson

from core.kit import clock, db
from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.scope import Audience, Scope
from core.plugin_host.problems import HostFaultError
from core.plugin_host.report_calls import STREAMS, ReportAbout
from recobro_sdk import InvalidConfiguration

_BATCH = 1000
_CHUNK = 256 << 10


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

    async def read(self, offset: int) -> bytes:
        """The next lines from an offset, whole or not; none at the end. Raises: HostFaultError when the file is gone:
        for a reader that outlived its report."""
        return await anyio.to_thread.run_sync(self._piece, offset)

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
    """What a report gets to see. `read` counts the rows that were handed out, `total` all that it may read;
    `granted` are the scopes that the plugin has."""

    def __init__(self, heads: Row, extent: Extent, generated_at: datetime) -> None:
        self.granted = frozenset(STREAMS.values())
        self.about = ReportAbout(
            creditor_name=heads["creditor_name"],
            agency_name=heads["agency_name"] or "",
            currency=extent.currency,
            period_from=extent.period_from,
            period_to=extent.period_to,
            generated_at=generated_at,
        )
        self.spools = {name: Spool() for name in STREAMS}
        self.read = 0

    @property
    def total(self) -> int:
        return sum(spool.rows for name, spool in self.spools.items() if STREAMS[name] in self.granted)

    async def lines(self, name: str, offset: int) -> bytes:
        """The next rows of a stream, as lines of JSON. Raises: InvalidConfiguration, ValueError, HostFaultError."""
        if name not in self.spools:
            raise ValueError("a report has no such stream")
        if STREAMS[name] not in self.granted:
            raise InvalidConfiguration(f"the manifest does not ask for {STREAMS[name]}")
        found = await self.spools[name].read(offset)
        self.read += found.count(b"\n")
        return found


_HEADS = """
SELECT c.name AS creditor_name, a.name AS agency_name FROM creditor c LEFT JOIN agency a ON a.id = c.agency_id
WHERE c.agency_id = $1 AND c.creditor_id = $2
"""
_DEBTS = """
SELECT d.reference, d.debtor_name, d.debtor_document, d.product, d.stage,
  GREATEST(0, COALESCE(($4::timestamptz AT TIME ZONE m.timezone)::date - d.due_on, 0)) AS days,
  d.placed_on, d.placed_minor, d.recovered_minor, d.balance_minor, p.name
FROM debt d JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN portfolio p ON p.agency_id = $1 AND p.id = d.portfolio_id
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
SELECT x.reference, x.id::text, d.reference AS debt_reference, d.debtor_name, x.day, x.method, x.minor, d.stage
FROM ({_CASH}) AS x JOIN debt d ON d.agency_id = $1 AND d.id = x.debt_id ORDER BY x.day, x.id, x.back
"""  # noqa: S608 our own text
_MONTHS = f"""
SELECT s.month::date AS month, COALESCE(sum(x.minor), 0)::bigint AS minor, count(x.id) AS payments
FROM generate_series(date_trunc('month', $4::date::timestamp), $5::date::timestamp, interval '1 month') AS s (month)
LEFT JOIN ({_CASH}) AS x ON date_trunc('month', x.day::timestamp) = s.month GROUP BY 1 ORDER BY 1
"""  # noqa: S608 as above

_STATEMENTS = """
SELECT number, first_on, last_on, issued_at, sha256, opening_minor, received_minor, direct_minor, adjustment_minor,
  fee_received_minor + fee_direct_minor, tax_minor, cost_minor, withheld_minor, advance_minor, invoiced_minor,
  remitted_minor, carried_minor
FROM remittance_statement
WHERE agency_id = $1 AND creditor_id = $2 AND currency = $3 AND last_on BETWEEN $4 AND $5 ORDER BY number
"""
_BATCHES = """
SELECT b.file_name, b.kind, b.state, COALESCE(p.name, ''), (b.created_at AT TIME ZONE m.timezone)::date, b.rows_total,
  b.rows_accepted, b.rows_duplicate, b.rows_rejected, b.sum_total_minor, b.sum_accepted_minor, b.issues_by_code,
  COALESCE(b.error_code, '')
FROM placement_batch b JOIN mandate m ON m.agency_id = $1 AND m.id = b.mandate_id
LEFT JOIN portfolio p ON p.agency_id = $1 AND p.id = b.portfolio_id
WHERE b.agency_id = $1 AND b.creditor_id = $2 AND b.currency = $3
  AND (b.created_at AT TIME ZONE m.timezone)::date BETWEEN $4 AND $5 ORDER BY b.created_at, b.id
"""


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
            await _spool(tx, data.spools["debts"], _DEBTS, *who, extent.currency, data.about.generated_at)
            await _spool(tx, data.spools["payments"], _PAYMENTS, *who, extent.currency, *period)
            await _spool(tx, data.spools["months"], _MONTHS, *who, extent.currency, *period)
            await _spool(tx, data.spools["statements"], _STATEMENTS, *who, extent.currency, *period)
            await _spool(tx, data.spools["batches"], _BATCHES, *who, extent.currency, *period)
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
