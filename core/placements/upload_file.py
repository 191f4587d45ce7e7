"""Registers an uploaded file as a batch, once: the same file for the same mandate and kind is the batch that is
there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from core.kit import db, jobs
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput, not_found
from core.kit.events import emit
from core.kit.files import StoredFile
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.kinds import FileKind, MandateStatus
from core.mandates.terms import ComponentKind
from core.permissions import Permission
from core.placements.layout import NewColumns, read_layout

_TERMS = """
SELECT m.creditor_id, m.currency, m.status, l.id AS layout_id, l.layout,
       $4::uuid IS NULL OR EXISTS (SELECT 1 FROM portfolio p WHERE p.agency_id = $1 AND p.mandate_id = $2 AND p.id = $4)
         AS portfolio_known
FROM mandate m LEFT JOIN LATERAL (
  SELECT id, layout FROM file_layout f WHERE f.agency_id = $1 AND f.mandate_id = $2 AND f.kind = $3
  AND ($5::uuid IS NULL OR f.id = $5) ORDER BY version DESC LIMIT 1) l ON true
WHERE m.agency_id = $1 AND m.id = $2
"""

_ADD = """
INSERT INTO placement_batch (agency_id, id, creditor_id, mandate_id, portfolio_id, layout_id, kind, file_name,
  file_sha256,
                             file_size, control_rows, control_sum_minor, control_sums, currency, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (agency_id, mandate_id, kind, file_sha256) WHERE state NOT IN ('REJECTED', 'CLOSED', 'RECALLED')
DO NOTHING RETURNING id
"""

_EARLIER = """
SELECT id, state FROM placement_batch WHERE agency_id = $1 AND mandate_id = $2 AND kind = $3 AND file_sha256 = $4
AND state NOT IN ('REJECTED', 'CLOSED', 'RECALLED')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """`file` is stored already (core.kit.files). Control totals are in minor units of the mandate's currency; the
    newest layout of the kind is taken unless `layout_id` names one."""

    mandate_id: UUID
    kind: FileKind
    file: StoredFile
    file_name: str
    portfolio_id: UUID | None = None
    layout_id: UUID | None = None
    control_rows: int | None = None
    control_sum_minor: int | None = None
    control_sums: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded:
    """`repeated`: this file was there already, and `batch_id` is the earlier batch. `job_id` validates a new one."""

    batch_id: UUID
    state: str
    repeated: bool
    job_id: UUID | None


async def upload_file(scope: Scope, command: UploadFile) -> FileUploaded:
    """Take a file in and ask for its dry run.

    Raises: NotFound (mandate, portfolio, layout), InvalidInput (control totals, portfolio), Conflict (mandate ended).
    """
    scope.require(Permission.PLACEMENT_MANAGE)
    _check(command)
    async with db.transaction(scope) as tx:
        terms = await _terms(tx, command)
        for _ in range(5):
            batch_id = await _add(tx, command, terms)
            if batch_id is not None:
                data = {"kind": command.kind.value, "file_name": command.file_name[:255]}
                await emit(tx, "placement.received", batch_id, data, creditor_id=terms["creditor_id"])
                job_id = await jobs.enqueue(tx, "placements.validate", {"batch_id": str(batch_id)}, subject_id=batch_id)
                return FileUploaded(batch_id=batch_id, state="UPLOADED", repeated=False, job_id=job_id)
            earlier = await tx.fetchrow(_EARLIER, scope.agency, command.mandate_id, command.kind, command.file.sha256)
            # It may have been rejected in between; then the file is new again.
            if earlier is not None:
                return FileUploaded(batch_id=earlier["id"], state=earlier["state"], repeated=True, job_id=None)
    raise Conflict("The same file is being uploaded and rejected over and over.", remedy="Try again.")


def _check(command: UploadFile) -> None:
    unknown = set(command.control_sums) - {kind.value for kind in ComponentKind}
    if unknown:
        raise InvalidInput(f"'{min(unknown)[:40]}' is no component kind.", field="control_sums")
    totals = [command.control_rows, command.control_sum_minor, *command.control_sums.values()]
    if any(total is not None and not 0 <= total < 2**63 for total in totals):
        raise InvalidInput("Control totals are whole numbers from 0 on.", field="control_rows")
    if "\0" in command.file_name or not command.file_name:
        raise InvalidInput("The file needs a name.", field="file_name")


async def _terms(tx: Tx, command: UploadFile) -> Row:
    row = await tx.fetchrow(
        _TERMS, tx.scope.agency, command.mandate_id, command.kind, command.portfolio_id, command.layout_id
    )
    if row is None:
        raise not_found("mandate", "mandate_id")
    if row["status"] != MandateStatus.ACTIVE:
        raise Conflict(
            "The mandate has ended.", code="MANDATE_ENDED", field="mandate_id", remedy="Use the one in force."
        )
    if row["layout_id"] is None:
        raise not_found("file layout", "layout_id")
    if not row["portfolio_known"]:
        raise not_found("portfolio", "portfolio_id")
    columns = read_layout(command.kind, row["layout"]).columns
    if isinstance(columns, NewColumns) and columns.portfolio is None and command.portfolio_id is None:
        raise InvalidInput(
            "New debts need a portfolio.", code="PORTFOLIO_MISSING", field="portfolio_id",
            remedy="Name the portfolio, or map a column that does.",
        )  # fmt: skip
    return row


async def _add(tx: Tx, command: UploadFile, terms: Row) -> UUID | None:
    return await tx.fetchval(
        _ADD, tx.scope.agency, new_id(), terms["creditor_id"], command.mandate_id, command.portfolio_id,
        terms["layout_id"], command.kind, command.file_name[:255], command.file.sha256, command.file.size,
        command.control_rows, command.control_sum_minor, dict(command.control_sums), terms["currency"],
        str(tx.scope.actor),
    )  # fmt: skip
