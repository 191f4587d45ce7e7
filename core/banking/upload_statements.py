"""Registers a file of the bank, once: the same file is the one that is there."""

from dataclasses import dataclass
from uuid import UUID

from core.kit import db, jobs
from core.kit.errors import Conflict, InvalidInput, LimitExceeded, not_found
from core.kit.events import emit
from core.kit.files import StoredFile
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.permissions import Permission

MAX_BYTES = 64 << 20
"""A file is read whole, as none of the formats says at its beginning what it adds up to."""

_ADD = """
INSERT INTO bank_file (agency_id, id, account_id, file_name, file_sha256, file_size, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (agency_id, file_sha256) WHERE state <> 'REJECTED' DO NOTHING RETURNING id
"""
_EARLIER = "SELECT id, state FROM bank_file WHERE agency_id = $1 AND file_sha256 = $2 AND state <> 'REJECTED'"


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadStatements:
    """`file` is stored already (core.kit.files). CSV says nothing of the account, so that one needs `account_id`."""

    file: StoredFile
    file_name: str
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsUploaded:
    """`repeated`: this file was there already, and `file_id` is the earlier one. `job_id` imports a new one."""

    file_id: UUID
    state: str
    repeated: bool
    job_id: UUID | None


async def upload_statements(scope: Scope, command: UploadStatements) -> StatementsUploaded:
    """Take a bank's file in and ask for its import.

    Raises: Forbidden; NotFound (account); InvalidInput (file name); LimitExceeded (FILE_TOO_LARGE).
    """
    for permission in (Permission.BANKING_MANAGE, Permission.PAYMENT_RECORD, Permission.PAYMENT_REVERSE):
        scope.require(permission)
    if "\0" in command.file_name or not command.file_name:
        raise InvalidInput("The file needs a name.", field="file_name", remedy="Give the name that the bank gave it.")
    if command.file.size > MAX_BYTES:
        raise LimitExceeded(
            f"A bank's file has at most {MAX_BYTES} bytes.", code="FILE_TOO_LARGE", field="file",
            remedy="Ask the bank for daily files.",
        )  # fmt: skip
    async with db.transaction(scope) as tx:
        if command.account_id is not None and not await tx.fetchval(
            "SELECT true FROM bank_account WHERE agency_id = $1 AND id = $2", scope.agency, command.account_id
        ):
            raise not_found("bank account", "account_id")
        for _ in range(5):
            file_id = await tx.fetchval(
                _ADD, scope.agency, new_id(), command.account_id, command.file_name[:255], command.file.sha256,
                command.file.size, str(scope.actor),
            )  # fmt: skip
            if file_id is not None:
                await emit(tx, "bank_file.received", file_id, {"file_name": command.file_name[:255]})
                job_id = await jobs.enqueue(tx, "banking.import", {"file_id": str(file_id)}, subject_id=file_id)
                return StatementsUploaded(file_id=file_id, state="UPLOADED", repeated=False, job_id=job_id)
            earlier = await tx.fetchrow(_EARLIER, scope.agency, command.file.sha256)
            # It may have been rejected in between; then the file is new again.
            if earlier is not None:
                return StatementsUploaded(file_id=earlier["id"], state=earlier["state"], repeated=True, job_id=None)
    raise Conflict("The same file is being uploaded and rejected over and over.", remedy="Try again.")
