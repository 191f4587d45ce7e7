"""That the entries of the journal are those that were sealed: their digests, computed anew.

The journal has two halves, movements and postings. Of each, the entries of a block are hashed in runs (leaves, computed
by the database: migration 0022); the digest of a half is that of its leaves in order, and the block's that of both
halves. So many leaves can be asked for by themselves, by whoever is free.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from core.kit.db import Row, Tx
from core.ledger.checks import SAMPLE, Check, Read

_HALVES = {"debt_movement": "ledger_movement_leaves", "ledger_posting": "ledger_posting_leaves"}
_AT_ONCE = 25_000
"""Entries of one statement, as far as blocks and runs let it: they are sorted, in memory that is near the core."""
_LARGE = 100_000
"""A block of more entries has its leaves by the time in their ids, and not all in one (migration 0022)."""
_END = 2**63 - 1
_RUN_BITS, _TIME_BITS = 40, 88
"""A leaf's number: its place in the bounds, and the first 40 of an id's 128 bits."""
_ANY_ID = (UUID(int=0), UUID(int=2**128 - 1))
_SAMPLE_PERCENT = 1
_SAMPLED = "SELECT id FROM {table} TABLESAMPLE SYSTEM ({percent}) WHERE agency_id = $1 AND xid >= $2 AND xid < $3"


@dataclass(slots=True)
class Stretch:
    """Bounds in transactions: of blocks, of what is between them, or of what is younger than the last. `entries` are
    those that were sealed in it."""

    bounds: list[int]
    large: bool
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """The leaves of a half that one statement computes."""

    half: str
    bounds: list[int]
    read: Read


def stretches(blocks: Sequence[Row]) -> list[Stretch]:
    """Together they have no gaps. A large block is one by itself, and so is what is not sealed."""
    size = {block["from_xid"]: block["entries"] for block in blocks}
    last = max((block["to_xid"] for block in blocks), default=0)
    places = sorted({0, _END} | size.keys() | {block["to_xid"] for block in blocks})
    found: list[Stretch] = []
    for since, upto in pairwise(places):
        entries = size.get(since, 0)
        large = entries > _LARGE or since == last
        if not found or large or found[-1].large or found[-1].entries + entries > _AT_ONCE:
            found.append(Stretch([since], large))
        found[-1].bounds.append(upto)
        found[-1].entries += entries
    return found


async def parts_of(tx: Tx, stretch: Stretch) -> list[Part]:
    """The statements that read a stretch."""
    found: list[Part] = []
    for half, leaves in _HALVES.items():
        sql = f"SELECT run, entries, leaf FROM {leaves}($1, $2, $3, $4, $5) ORDER BY run"  # noqa: S608 - our names
        ranges = await _ranges(tx, half, stretch) if stretch.entries > _LARGE else [_ANY_ID]
        found += [
            Part(half, stretch.bounds, Read(sql, (tx.scope.agency, stretch.bounds, stretch.large, *ids)))
            for ids in ranges
        ]
    return found


async def _ranges(tx: Tx, half: str, stretch: Stretch) -> list[tuple[UUID, UUID]]:
    """Ids of about as many entries as are read at once. No run is in two of them, and every id is in one."""
    sql = _SAMPLED.format(table=half, percent=_SAMPLE_PERCENT)
    rows = await tx.fetch(sql, tx.scope.agency, stretch.bounds[0], stretch.bounds[-1])
    step = max(1, _AT_ONCE * _SAMPLE_PERCENT // 100)
    firsts = sorted(row["id"].int for row in rows)[step::step]
    edges = sorted({0, 2**128} | {first >> _TIME_BITS << _TIME_BITS for first in firsts})
    return [(UUID(int=first), UUID(int=after - 1)) for first, after in pairwise(edges)]


def contents(blocks: Sequence[Row], parts: Sequence[Part]) -> tuple[Check, int]:
    """That the entries are those that were sealed; and how many are younger."""
    last = blocks[-1]["to_xid"] if blocks else 0
    counts, halves = dict[int, int](), {half: dict[int, dict[int, bytes]]() for half in _HALVES}
    for part in parts:
        for row in part.read.found:
            since = part.bounds[(row["run"] >> _RUN_BITS) - 1]
            counts[since] = counts.get(since, 0) + row["entries"]
            halves[part.half].setdefault(since, {})[row["run"]] = row["leaf"]
    unsealed = counts.pop(last, 0)
    sealed = {block["from_xid"]: block for block in blocks}
    wrong: list[str] = []
    for since, block in sealed.items():
        if (found := counts.get(since, 0)) != block["entries"]:
            wrong.append(f"block {block['height']} holds {found} entries where {block['entries']} were sealed")
        elif _digest([leaves.get(since, {}) for leaves in halves.values()]) != block["digest"]:
            wrong.append(f"block {block['height']} holds other entries than were sealed")
    wrong += [
        f"{count} entries are between the blocks, at transaction {since} or later"
        for since, count in counts.items()
        if since not in sealed
    ]
    entries = sum(counts.values())
    check = Check("contents", "the entries are those that were sealed", entries, len(wrong), tuple(wrong[:SAMPLE]))
    return check, unsealed


def _digest(halves: Sequence[Mapping[int, bytes]]) -> str:
    of_halves = (sha256(b"".join(leaves[run] for run in sorted(leaves))).digest() for leaves in halves)
    return sha256(b"".join(of_halves)).hexdigest()
