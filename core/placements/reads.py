"""Batches and what was found wrong with their rows. A creditor reads its own."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from core.kit.db import Row, Tx
from core.kit.errors import not_found
from core.kit.pages import MAX_PAGE, Args, Key, KeyType, Listing, Order, Page, PageRequest, fetch_page, reading
from core.kit.scope import Scope
from core.mandates.reads import own
from core.permissions import Permission
from core.placements.issues import meaning

_BATCH = (
    "id, agency_id, creditor_id, mandate_id, portfolio_id, layout_id, kind, state, file_name, file_sha256, "
    "file_size, encoding, "
    "control_rows, control_sum_minor, control_sums, currency, rows_total, rows_accepted, rows_duplicate, "
    "rows_rejected, "
    "sum_total_minor, sum_accepted_minor, issues_by_code, error_code, error_message, error_remedy, details, "
    "created_by, "
    "created_at, validated_at, accepted_at"
)
_ISSUE = 'id, batch_id, line, outcome, code, "column", given, reference'
_NEWEST = Order(
    "newest", (Key("t.created_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)
_BY_LINE = Order("line", (Key("line", KeyType.INT), Key("id", KeyType.UUID)))
_REPORT_COLUMNS = ("line", "outcome", "code", "column", "given", "reference", "message", "remedy")


async def batch_by_id(scope: Scope, batch_id: UUID, tx: Tx | None = None) -> dict[str, Any]:
    """One batch with its counts, sums (minor units) and, where it was refused, the reason. Raises: NotFound."""
    scope.require(Permission.PLACEMENT_READ)
    args = Args(batch_id)
    async with reading(scope, tx) as reader:
        row = await reader.fetchrow(
            f"SELECT {_BATCH} FROM placement_batch WHERE id = $1 AND {own(scope, args)}",
            *args.values,
        )
    if row is None:
        raise not_found("placement batch", "batch_id")
    return dict(row)


def batches_listing(
    scope: Scope,
    *,
    creditor_id: UUID | None = None,
    mandate_id: UUID | None = None,
    kind: str | None = None,
    state: str | None = None,
) -> Listing:
    """Batches, newest first."""
    scope.require(Permission.PLACEMENT_READ)
    args = Args()
    filters = {"creditor_id": creditor_id, "mandate_id": mandate_id, "kind": kind, "state": state}
    where = " AND ".join(
        [own(scope, args), *(f"{name} = {args.add(value)}" for name, value in filters.items() if value is not None)]
    )
    return Listing(source="placement_batch t", where=where, args=args, order=_NEWEST)


async def issues(
    scope: Scope,
    batch_id: UUID,
    request: PageRequest,
    *,
    outcome: str | None = None,
    code: str | None = None,
    with_total: bool = False,
    tx: Tx | None = None,
) -> Page[dict[str, Any]]:
    """The issues of a batch's last run by line, each with `message` and `remedy`. Raises: NotFound, InvalidInput
    (page)."""
    scope.require(Permission.PLACEMENT_READ)
    args = Args()
    where = f"{own(scope, args)} AND batch_id = {args.add(batch_id)}"
    for name, value in (("outcome", outcome), ("code", code)):
        where += f" AND {name} = {args.add(value)}" if value is not None else ""
    async with reading(scope, tx) as reader:
        await batch_by_id(scope, batch_id, reader)
        return await fetch_page(
            reader, select=_ISSUE, source="placement_issue", where=where, args=args, order=_BY_LINE, request=request,
            make=_issue, with_total=with_total,
        )  # fmt: skip


async def report(scope: Scope, batch_id: UUID) -> AsyncIterator[bytes]:
    """The issues of a batch as CSV in UTF-8, a page at a time. Raises: NotFound, at the first piece."""
    after: str | None = None
    yield _csv([_REPORT_COLUMNS])
    while True:
        page = await issues(scope, batch_id, PageRequest(first=MAX_PAGE, after=after))
        yield _csv([[_safe(row[name]) for name in _REPORT_COLUMNS] for row in page.rows])
        if not page.has_next:
            return
        after = page.end_cursor


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _safe(value: Any) -> Any:
    """What a creditor wrote must not run as a formula in the spreadsheet of whoever opens the report."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _plain(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("page_")}


def _issue(row: Row) -> dict[str, Any]:
    found = _plain(row)
    said = meaning(found["code"])
    return {**found, "message": said.message, "remedy": said.remedy}
