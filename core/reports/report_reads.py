"""Files to download: of reports, of legal handoffs and of what a bureau was told, by their id alone."""

from dataclasses import dataclass
from uuid import UUID

from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.pages import Args, Key, KeyType, Listing, Order, reading
from core.kit.scope import Audience, Scope
from core.permissions import Permission

_TABLES = (("report_file", Permission.REPORT_READ), ("legal_document", Permission.LEGAL_READ))
_TABLES_OF_AGENCY = (*_TABLES, ("furnishing_file", Permission.BUREAU_READ))


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """Where a file lies (`core.kit.files.path_of(agency_id, sha256)`) and what to call it. `size` in bytes."""

    agency_id: UUID
    sha256: str
    name: str
    media_type: str
    size: int


async def find_file(scope: Scope, file_id: UUID, *, tx: Tx | None = None) -> FoundFile:
    """A file of a report (report:read) or of a handoff (legal:read) that the scope sees; for the agency alone, also of
    a batch that was furnished (bureau:read). Agency and creditor scope.

    Raises: NotFound, also where the permission is missing: a file says nothing of itself to whom may not have it.
    """
    args = Args(file_id)
    if scope.audience is Audience.CREDITOR:
        own, known = f"creditor_id = {args.add(scope.creditor_id)}", _TABLES
    else:
        own, known = f"agency_id = {args.add(scope.agency)}", _TABLES_OF_AGENCY
    tables = [table for table, permission in known if permission in scope.permissions]
    sql = " UNION ALL ".join(
        f"SELECT agency_id, file_sha256, name, media_type, file_size FROM {table} WHERE id = $1 AND {own}"  # noqa: S608
        for table in tables
    )
    row = None
    if sql:
        async with reading(scope, tx) as reader:
            row = await reader.fetchrow(sql, *args.values)
    if row is None:
        raise not_found("file", "id")
    return FoundFile(
        agency_id=row["agency_id"],
        sha256=row["file_sha256"],
        name=row["name"],
        media_type=row["media_type"],
        size=row["file_size"],
    )


_NEWEST = Order(
    "report-runs", (Key("t.requested_at", KeyType.INSTANT, descending=True), Key("t.id", KeyType.UUID, descending=True))
)


def report_runs(scope: Scope, *, creditor_id: UUID | None = None) -> Listing:
    """Runs of reports, newest first. Agency and creditor scope. Raises: Forbidden."""
    scope.require(Permission.REPORT_READ)
    args = Args()
    if scope.audience is Audience.CREDITOR:
        where = f"creditor_id = {args.add(scope.creditor_id)}"
    else:
        where = f"agency_id = {args.add(scope.agency)}"
    if creditor_id is not None:
        where += f" AND creditor_id = {args.add(creditor_id)}"
    return Listing(source="report_run t", where=where, args=args, order=_NEWEST)
