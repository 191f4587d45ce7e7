"""What a file comes to: its rows and sums, what was found wrong, and whether it is the file that its creditor sent.

Control totals that differ refuse the file as a whole (domain vocabulary 3.1): a payment file of which a part is missing
must not be processed.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

import csv
from dataclasses import dataclass, replace
from typing import Any

from core.kit.db import Tx
from core.kit.errors import InvalidInput
from core.kit.money import Money
from core.mandates.kinds import FileKind
from core.placements.batch import Batch
from core.placements.faults import FileFault, fault
from core.placements.layout import Trailer
from core.placements.plan import Plan
from core.placements.staging import Staged

_MOST = 9 * 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of rows and sums in minor units; `sums` by component kind."""

    rows: int
    accepted: int
    duplicate: int
    rejected: int
    sum_minor: int
    accepted_minor: int
    sums: dict[str, int]
    issues_by_code: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "accepted": self.accepted, "duplicate": self.duplicate, "rejected": self.rejected,
            "sum_minor": self.sum_minor, "accepted_minor": self.accepted_minor,
        }  # fmt: skip


async def judge(tx: Tx, batch: Batch, staged: Staged, plan: Plan) -> Totals:
    """Count. Raises: FileFault (CONTROL_TOTAL_MISMATCH, TRAILER_…, SUM_TOO_LARGE)."""
    kinds = _kinds(batch)
    sums = "".join(f", COALESCE(sum(e.amount{number}), 0) AS sum{number}" for number in range(len(kinds)))
    money = batch.kind in (FileKind.NEW, FileKind.FINANCIAL)
    row = await tx.fetchrow(
        "WITH bad AS MATERIALIZED (SELECT n, bool_or(outcome = 'REJECTED') AS rejected, "
        "bool_or(outcome = 'DUPLICATE') AS duplicate FROM issue WHERE outcome <> 'WARNING' GROUP BY n) "
        "SELECT count(*) AS rows, count(*) FILTER (WHERE b.rejected) AS rejected, "
        "count(*) FILTER (WHERE b.duplicate AND NOT b.rejected) AS duplicate, "
        f"COALESCE(sum({'e.total' if money else '0'}), 0) AS total, "
        f"COALESCE(sum({'e.total' if money else '0'}) FILTER (WHERE b.n IS NULL), 0) AS accepted_total{sums} "
        "FROM entry e LEFT JOIN bad b ON b.n = e.n"
    )
    assert row is not None
    by_kind: dict[str, int] = {}
    for number, kind in enumerate(kinds):
        by_kind[kind] = by_kind.get(kind, 0) + int(row[f"sum{number}"])
    if max(int(row["total"]), *by_kind.values(), 0) > _MOST:
        raise fault(
            "SUM_TOO_LARGE", "The amounts of the file add up to more than can be counted.", "Check the amounts."
        )
    codes = await tx.fetch("SELECT code, count(*) AS n FROM issue GROUP BY code ORDER BY code")
    totals = Totals(
        rows=row["rows"], accepted=row["rows"] - row["rejected"] - row["duplicate"], duplicate=row["duplicate"],
        rejected=row["rejected"], sum_minor=int(row["total"]), accepted_minor=int(row["accepted_total"]), sums=by_kind,
        issues_by_code={code["code"]: code["n"] for code in codes},
    )  # fmt: skip
    _compare(_stated(batch, staged), totals)
    return totals


def _kinds(batch: Batch) -> list[str]:
    """The kinds of the amounts that are added up; the balances of a MAINTENANCE file are no sums."""
    money = batch.kind in (FileKind.NEW, FileKind.FINANCIAL)
    return [component.kind.value for component in getattr(batch.layout.columns, "components", ())] if money else []


@dataclass(frozen=True, slots=True)
class _Stated:
    """What should be in the file, as far as anybody said."""

    currency: str
    rows: int | None
    sum_minor: int | None
    sums: dict[str, int]
    where: str


def _stated(batch: Batch, staged: Staged) -> list[_Stated]:
    given = _Stated(batch.currency, batch.control_rows, batch.control_sum_minor, batch.control_sums, "the upload")
    trailer = batch.layout.trailer
    return [given] if trailer is None else [given, _read_trailer(trailer, staged.trailer or "", batch, staged)]


def _read_trailer(trailer: Trailer, line: str, batch: Batch, staged: Staged) -> _Stated:
    values = next(csv.reader([line], delimiter=staged.header.delimiter), [])
    if not values or values[0].strip() != trailer.marker:
        raise fault(
            "TRAILER_MISSING",
            f"The last line should begin with '{trailer.marker}' and begins with '{line[:40]}'.",
            "Upload the whole file; it may have been cut.",
        )
    stated = _Stated(batch.currency, None, None, {}, "the trailer")
    if trailer.rows is not None:
        count = _value(values, trailer.rows).strip()
        if not count.isdecimal():
            raise _unreadable(count)
        stated = replace(stated, rows=int(count))
    if trailer.sum is not None:
        stated = replace(stated, sum_minor=_minor(_value(values, trailer.sum), batch))
    sums = {kind.value: _minor(_value(values, place), batch) for kind, place in trailer.sums.items()}
    return replace(stated, sums=sums)


def _value(values: list[str], place: int) -> str:
    if place > len(values):
        raise fault("TRAILER_UNREADABLE", f"The trailer has {len(values)} values and no {place}th.", _TRAILER)
    return values[place - 1]


def _minor(text: str, batch: Batch) -> int:
    layout = batch.layout
    plain = text.strip().replace(layout.thousands, "") if layout.thousands else text.strip()
    try:
        return Money.parse(plain.replace(layout.decimal, "."), batch.currency).minor_units
    except InvalidInput as problem:
        raise _unreadable(text) from problem


def _unreadable(text: str) -> FileFault:
    return fault("TRAILER_UNREADABLE", f"The trailer says '{text[:40]}', which is no total.", _TRAILER)


_TRAILER = "Check the trailer of the file against the layout."


def _compare(all_stated: list[_Stated], found: Totals) -> None:
    for stated in all_stated:
        differences: list[str] = []
        if stated.rows is not None and stated.rows != found.rows:
            differences.append(f"rows: {stated.where} says {stated.rows}, the file has {found.rows}")
        if stated.sum_minor is not None and stated.sum_minor != found.sum_minor:
            differences.append(_difference("sum", stated.where, stated.currency, stated.sum_minor, found.sum_minor))
        for kind, minor in stated.sums.items():
            if minor != found.sums.get(kind, 0):
                differences.append(_difference(kind, stated.where, stated.currency, minor, found.sums.get(kind, 0)))
        if differences:
            raise fault(
                "CONTROL_TOTAL_MISMATCH", f"The file is not what was announced: {'; '.join(differences)}.",
                "Compare the file with what the creditor sent, and ask for it again. Nothing of it was taken.",
            )  # fmt: skip


def _difference(what: str, where: str, currency: str, stated: int, found: int) -> str:
    return f"{what}: {where} says {Money(stated, currency).decimal()}, the file has {Money(found, currency).decimal()}"
