"""Prove the journal of an agency: nothing in it was changed, and everything that is kept of it is what it says."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import TypeAlias
from uuid import UUID

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.scope import Scope
from core.ledger.checks import CHECKS, SAMPLE
from core.permissions import Permission

_NOTHING = "0" * 64
_TIMEOUT_MS = 3_600_000
_AT_ONCE = 2
"""Connections that prove side by side, on one snapshot."""
_TOGETHER = 500_000
"""Entries that are read by one statement, where blocks are smaller: they are sorted in memory."""
_BLOCKS = """
SELECT height, from_xid, to_xid, entries, digest, previous_hash, hash FROM ledger_block WHERE agency_id = $1
ORDER BY height
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be proved: how much was looked at, and what is wrong, some of it in words."""

    name: str
    proves: str
    looked_at: int
    wrong: int
    samples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


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


async def verify(scope: Scope, *, more: Sequence[Prover] = ()) -> Proof:
    """Prove the whole journal of the scope's agency, as it was at one moment. Reads all of it. `more` is what later
    areas prove of it, in the same moment.

    Raises: Forbidden.
    """
    scope.require(Permission.LEDGER_VERIFY)
    agency_id = scope.agency
    async with _moment(scope) as transactions:
        blocks = await transactions[0].fetch(_BLOCKS, agency_id)
        stretches = _stretches(blocks)
        digests = [_Read(_DIGESTS, (agency_id, stretch)) for stretch in stretches]
        comparisons = [_Read(sql, (agency_id,)) for _, _, sql in CHECKS]
        todo = deque((*digests, *comparisons))
        async with asyncio.TaskGroup() as tasks:
            for tx in transactions:
                tasks.create_task(_work(tx, todo))
        others = [await prover(transactions[0]) for prover in more]
    sealed, unsealed = _contents(blocks, stretches, digests)
    checks = [_chain(blocks), sealed]
    for (name, proves, _), read in zip(CHECKS, comparisons, strict=True):
        row = read.found[0]
        checks.append(Check(name, proves, row["looked_at"], row["wrong"], tuple(row["samples"] or ())))
    checks += others
    return Proof(
        agency_id=agency_id,
        height=blocks[-1]["height"] if blocks else 0,
        head=blocks[-1]["hash"] if blocks else _NOTHING,
        entries=sum(block["entries"] for block in blocks),
        unsealed=unsealed,
        checks=tuple(checks),
    )


@dataclass(slots=True)
class _Read:
    """A statement, and what it found."""

    sql: str
    given: tuple[object, ...]
    found: Sequence[Row] = ()


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
            await tx.execute("SET LOCAL work_mem = '256MB'")
        yield transactions


async def _work(tx: Tx, todo: deque[_Read]) -> None:
    while todo:
        read = todo.popleft()
        read.found = await tx.fetch(read.sql, *read.given)


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


def _contents(blocks: Sequence[Row], stretches: Sequence[Sequence[int]], digests: Sequence[_Read]) -> tuple[Check, int]:
    """That the entries are those that were sealed; and how many are younger."""
    expected = {block["from_xid"]: (block["entries"], block["digest"], block["height"]) for block in blocks}
    found: dict[int, tuple[int, str]] = {}
    unsealed = 0
    for bounds, read in zip(stretches, digests, strict=True):
        for row in read.found:
            since = bounds[row["place"] - 1]
            if blocks and since < blocks[-1]["to_xid"]:
                found[since] = (row["entries"], row["digest"])
            else:
                unsealed += row["entries"]
    wrong = [
        f"block {height} holds {found.get(since, (0, ''))[0]} entries where {entries} were sealed"
        if found.get(since, (0, ""))[0] != entries
        else f"block {height} holds other entries than were sealed"
        for since, (entries, digest, height) in expected.items()
        if found.get(since) != (entries, digest)
    ]
    wrong += [
        f"{entries} entries are between the blocks, at transaction {since} or later"
        for since, (entries, _) in found.items()
        if since not in expected
    ]
    entries = sum(count for count, _ in found.values())
    check = Check("contents", "the entries are those that were sealed", entries, len(wrong), tuple(wrong[:SAMPLE]))
    return check, unsealed


_DIGESTS = "SELECT place, entries, encode(digest, 'hex') AS digest FROM ledger_digests($1, $2)"
_END = 2**63 - 1


def _stretches(blocks: Sequence[Row]) -> list[list[int]]:
    """Bounds in transactions, for one statement each: of blocks, of what is between them, and of what is younger than
    the last. Together they have no gaps."""
    size = {block["from_xid"]: block["entries"] for block in blocks}
    places = sorted({0, _END} | size.keys() | {block["to_xid"] for block in blocks})
    stretches, entries = [places[:1]], 0
    for since, upto in pairwise(places):
        if entries > _TOGETHER:
            stretches.append([since])
            entries = 0
        stretches[-1].append(upto)
        entries += size.get(since, 0)
    return stretches
