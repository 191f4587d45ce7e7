"""A file from disk to a verdict, in the running transaction: staged, read against the present state, counted.

The dry run and the import share it, so that what was shown is what is done, as far as nothing changed in between.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.kit.db import Tx
from core.mandates.kinds import FileKind
from core.placements.batch import Batch
from core.placements.changes import read_changes
from core.placements.ids import EACH, numbered, series
from core.placements.judge import Totals, judge
from core.placements.plan import Plan
from core.placements.read_debts import read_debts
from core.placements.read_payments import read_payments
from core.placements.recalls import read_recalls
from core.placements.staging import Staged, stage

# A table that grew by an import has no fresh statistics, and the planner takes it for nearly empty: it would compare
# every row of the file with every debt. Where each row is to be looked up by an index, the statement says so itself
# (LATERAL).
_MANY = 2_000

Told = Callable[[int, int, str], Awaitable[None]]

_STORE = f"""
INSERT INTO placement_issue (agency_id, id, creditor_id, batch_id, line, outcome, code, "column", given, reference)
SELECT $1, {numbered("$4", EACH)}, $2, $3, line, outcome, code, COALESCE(label, ''),
       COALESCE(given, ''), COALESCE(reference, '')
FROM (SELECT * FROM issue ORDER BY line, n) i
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    staged: Staged
    plan: Plan
    totals: Totals


async def prepare(tx: Tx) -> None:
    """Settings of a transaction that handles whole files; they end with it. Nothing that guards the data is among
    them."""
    await tx.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
    await tx.execute("SET LOCAL work_mem = '128MB'; SET LOCAL max_parallel_workers_per_gather = 0")


async def examine(tx: Tx, batch: Batch, told: Told, *, lock: bool) -> Verdict:
    """Everything that can be said about a file. `lock` holds the debts it is about until the transaction ends.

    Raises: FileFault where the file as a whole can not be used.
    """
    size = batch.file_size

    async def told_bytes(done: int, total: int) -> None:
        await told(done, 2 * total, "reading the file")

    staged = await stage(tx, batch.agency_id, batch.file_sha256, size, batch.layout, told_bytes)
    await told(size, 2 * size, "checking the rows")
    if staged.records > _MANY:
        await tx.execute("SET LOCAL enable_nestloop = off")
    plan = await _read(tx, batch, staged, lock=lock)
    totals = await judge(tx, batch, staged, plan)
    return Verdict(staged, plan, totals)


async def _read(tx: Tx, batch: Batch, staged: Staged, *, lock: bool) -> Plan:
    if batch.kind is FileKind.NEW:
        return await read_debts(tx, batch, staged)
    if batch.kind is FileKind.FINANCIAL:
        return await read_payments(tx, batch, staged, lock=lock)
    if batch.kind is FileKind.MAINTENANCE:
        return await read_changes(tx, batch, staged, lock=lock)
    return await read_recalls(tx, batch, staged, lock=lock)


async def store_issues(tx: Tx, batch: Batch) -> None:
    """Replace the batch's issues by those of this run."""
    await tx.execute("DELETE FROM placement_issue WHERE agency_id = $1 AND batch_id = $2", batch.agency_id, batch.id)
    await tx.execute(_STORE, batch.agency_id, batch.creditor_id, batch.id, series())
