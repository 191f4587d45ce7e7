"""Prove the journal of an agency: nothing in it was changed, and everything that is kept of it is what it says."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any, TypeAlias
from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.scope import Scope
from core.ledger.checks import BOOKS, COMPARED, SAMPLE, Check, Read
from core.ledger.contents import contents, parts_of, stretches
from core.ledger.sums import SCANS, SEED_BITS, balance
from core.permissions import Permission

_NOTHING = "0" * 64
_TIMEOUT_MS = 3_600_000
_AT_ONCE = 2
"""Connections that prove side by side, on one snapshot."""
_BLOCKS = """
SELECT height, from_xid, to_xid, entries, digest, previous_hash, hash FROM ledger_block WHERE agency_id = $1
ORDER BY height
"""


_STRAY = Check(
    "strays", "every amount is of a component, a debt or a payment", 1, 1,
    ("amounts are in the journal whose component, debt or payment is not there",),
)  # fmt: skip
"""What row by row is not seen, as there is no row to which it could be put."""

Prover: TypeAlias = Callable[[Tx], Awaitable[Check]]
"""Proves one thing in the snapshot that is given."""


@dataclass(frozen=True, slots=True)
class Proof:
    """`head` is the hash of the last block: whoever has kept an earlier one can see that the journal still has it.
    `unsealed` entries are younger than the last block."""

    agency_id: UUID
    height: int
    head: str
    entries: int
    unsealed: int
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)


async def verify(scope: Scope, *, more: Sequence[Prover] = (), exact: bool = False) -> Proof:
    """Prove the whole journal of the scope's agency, as it was at one moment. Reads all of it. `more` is what later
    areas prove of it, in the same moment. `exact`: tables are compared row by row also where their sums agree, for whom
    one chance in 2^60 is too much; it takes longer.

    Raises: Forbidden.
    """
    scope.require(Permission.LEDGER_VERIFY)
    agency_id = scope.agency
    async with _moment(scope) as transactions:
        first = transactions[0]
        blocks = await first.fetch(_BLOCKS, agency_id)
        parts = [part for stretch in stretches(blocks) for part in await parts_of(first, stretch)]
        given = (agency_id, secrets.randbits(SEED_BITS))
        sums = {table: Read(sql, given) for table, sql in {**SCANS, "ledger_posting": BOOKS}.items()}
        todo = deque((*sums.values(), *(part.read for part in parts)))
        async with asyncio.TaskGroup() as tasks:
            for tx in transactions:
                tasks.create_task(_work(tx, todo))
        compared = await _compare(first, sums, exact=exact)
        others = [await prover(first) for prover in more]
    sealed, unsealed = contents(blocks, parts)
    checks = [_chain(blocks), sealed, *compared, *(_check(row) for row in sums["ledger_posting"].found), *others]
    return Proof(
        agency_id=agency_id,
        height=blocks[-1]["height"] if blocks else 0,
        head=blocks[-1]["hash"] if blocks else _NOTHING,
        entries=sum(block["entries"] for block in blocks),
        unsealed=unsealed,
        checks=tuple(checks),
    )


@asynccontextmanager
async def _moment(scope: Scope) -> AsyncGenerator[list[Tx]]:
    """Transactions that see the database of the same moment."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(db.transaction(scope, read_only=True, snapshot=True))
        moment: str = await first.fetchval("SELECT pg_export_snapshot()")
        transactions = [first]
        for _ in range(_AT_ONCE - 1):
            tx = await stack.enter_async_context(db.transaction(scope, read_only=True, snapshot=True))
            await tx.execute(f"SET TRANSACTION SNAPSHOT '{moment}'")
            transactions.append(tx)
        for tx in transactions:
            await tx.execute(f"SET LOCAL statement_timeout = {_TIMEOUT_MS}")
            # What is read is decided by what is bound: a stretch of blocks by its transactions, a run by its ids.
            await tx.execute("SET LOCAL work_mem = '256MB'; SET LOCAL plan_cache_mode = force_custom_plan")
        yield transactions


async def _work(tx: Tx, todo: deque[Read]) -> None:
    while todo:
        read = todo.popleft()
        read.found = await tx.fetch(read.sql, *read.given)


async def _compare(tx: Tx, sums: Mapping[str, Read], *, exact: bool) -> list[Check]:
    """By the sums of all tables; row by row only where those leave anything."""
    left = balance([read.found[0]["weight"] for read in sums.values()])
    if left == (0, 0) and not exact:
        return [Check(one.name, one.proves, sums[one.table].found[0]["rows"], 0) for one in COMPARED]
    found: list[Check] = []
    for one in COMPARED:
        rows = await tx.fetch(one.sql, tx.scope.agency)
        found.append(_check({"name": one.name, "proves": one.proves, **rows[0]}))
    if left != (0, 0) and all(check.holds for check in found):
        found.append(_STRAY)
    return found


def _check(row: Row | Mapping[str, Any]) -> Check:
    return Check(row["name"], row["proves"], row["looked_at"], row["wrong"], tuple(row["samples"] or ()))


def _chain(blocks: Sequence[Row]) -> Check:
    """That each block follows on the one before, without a gap in its numbers."""
    wrong = [f"block {block['height']} is not what its hash says" for block in blocks if block["hash"] != link(block)]
    first = [block for block in blocks[:1] if block["height"] != 1 or block["previous_hash"] != _NOTHING]
    wrong += [f"the first block is {block['height']}, and not 1" for block in first]
    wrong += [
        f"block {after['height']} does not follow on block {before['height']}"
        for before, after in pairwise(blocks)
        if (after["height"], after["previous_hash"]) != (before["height"] + 1, before["hash"])
        or after["from_xid"] < before["to_xid"]
    ]
    return Check(
        "chain", "every block holds the hash of the one before", len(blocks), len(wrong), tuple(wrong[:SAMPLE])
    )


def link(block: Row) -> str:
    """The hash that a block must have: SHA-256 of the hash before it followed by its digest."""
    return sha256(bytes.fromhex(block["previous_hash"]) + bytes.fromhex(block["digest"])).hexdigest()
