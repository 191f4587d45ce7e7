"""The import of a bank's file: all of its statements in one transaction, or none of them."""

from uuid import UUID

import anyio.to_thread

from core.banking.csv_layout import read_csv_layout
from core.banking.faults import StatementFault, fault
from core.banking.insert_statement import Account, Counts, insert_statement
from core.banking.kinds import FileState
from core.banking.read_file import check, read_file
from core.banking.statement import BankStatement, compact_account
from core.kit import db, files, jobs
from core.kit.db import Row, Tx
from core.kit.errors import DomainError, not_found
from core.kit.events import emit
from core.kit.jobs import Run

TIMEOUT_MS = 600_000
# Statements of one agency are imported one after the other: two could tell the same entry.
_QUEUE_UP = "SELECT pg_advisory_xact_lock(hashtextextended('banking.import:' || $1::text, 0))"
_FILE = "SELECT id, state, file_sha256, account_id FROM bank_file WHERE agency_id = $1 AND id = $2"
_ACCOUNTS = "SELECT id, kind, number, currency, csv_layout FROM bank_account WHERE agency_id = $1"
_IMPORTED = """
UPDATE bank_file SET state = 'IMPORTED', format = $3, result = $4, imported_at = $5
WHERE agency_id = $1 AND id = $2 AND state = 'UPLOADED'
"""
_REJECTED = """
UPDATE bank_file SET state = 'REJECTED', error_code = $3, error_message = $4, error_remedy = $5
WHERE agency_id = $1 AND id = $2 AND state = 'UPLOADED' RETURNING id
"""


async def end_file(tx: Tx, run: Run, code: str, message: str) -> None:
    """The import failed for good: refused, the same file may be given again."""
    problem = DomainError(message, code=code, remedy="Give the file again; tell the operator if it fails again.")
    await _reject(tx, UUID(run.payload["file_id"]), problem)


@jobs.handler("banking.import", failed=end_file)
async def import_statements(run: Run) -> None:
    """UPLOADED → IMPORTED, with new receipts posted as unidentified and their matching asked for; or REJECTED."""
    file_id = UUID(run.payload["file_id"])
    try:
        await _import(run, file_id)
    except StatementFault as problem:
        async with db.transaction(run.scope) as tx:
            await _reject(tx, file_id, problem)
            await run.finish(tx, {"state": "REJECTED", "code": problem.code, "message": problem.message})


async def _import(run: Run, file_id: UUID) -> None:
    async with db.transaction(run.scope) as tx:
        file = await tx.fetchrow(_FILE, run.agency_id, file_id)
        if file is None:
            raise not_found("bank file", "file_id")
        accounts = await tx.fetch(_ACCOUNTS, run.agency_id)
    statements = await anyio.to_thread.run_sync(_read, run.agency_id, file, accounts)
    placed = [(statement, _account_of(statement, file, accounts)) for statement in statements]
    async with db.transaction(run.scope) as tx:
        await tx.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
        await tx.execute(_QUEUE_UP, str(run.agency_id))
        state = await tx.fetchval(
            "SELECT state FROM bank_file WHERE agency_id = $1 AND id = $2", run.agency_id, file_id
        )
        if state != FileState.UPLOADED:
            await run.finish(tx, {"state": state})
            return
        total = Counts()
        for place, (statement, account) in enumerate(placed):
            await run.progress(place, len(placed), "writing")
            total += await insert_statement(tx, file_id, account, statement)
        result = {"state": FileState.IMPORTED.value, **total.as_dict()}
        await tx.execute(_IMPORTED, run.agency_id, file_id, statements[0].format.value, total.as_dict(), tx.now)
        await emit(tx, "bank_file.imported", file_id, total.as_dict())
        await jobs.enqueue(tx, "banking.match", {"file_id": str(file_id)}, subject_id=file_id)
        await run.finish(tx, result)


def _read(agency_id: UUID, file: Row, accounts: list[Row]) -> tuple[BankStatement, ...]:
    """In a thread. Raises: StatementFault; NotFound (FILE_GONE)."""
    data = files.path_of(agency_id, file["file_sha256"]).read_bytes()
    known = next((account for account in accounts if account["id"] == file["account_id"]), None)
    if known is None or known["csv_layout"] is None:
        statements = read_file(data)
    else:
        layout = read_csv_layout(known["csv_layout"])
        statements = read_file(data, layout=layout, account=known["number"], currency=known["currency"])
    for statement in statements:
        check(statement)
    return statements


def _account_of(statement: BankStatement, file: Row, accounts: list[Row]) -> Account:
    """The account whose statement it is. Banks may write the currency behind the number."""
    number = compact_account(statement.account)
    numbers = (number, number.removesuffix(statement.currency))
    for account in accounts:
        if account["number"] in numbers and account["currency"] == statement.currency:
            if file["account_id"] not in (None, account["id"]):
                raise fault(
                    "OTHER_ACCOUNT",
                    f"The file was given for another account than '{statement.account}' in {statement.currency}.",
                    "Give it for the account that it is of.",
                )
            return Account(account["id"], account["kind"])
    raise fault(
        "ACCOUNT_UNKNOWN",
        f"The file is of the account '{statement.account}' in {statement.currency}, which the agency has not.",
        "Register the account, with its number as the bank writes it, and give the file again.",
    )


async def _reject(tx: Tx, file_id: UUID, problem: DomainError) -> None:
    rejected = await tx.fetchval(_REJECTED, tx.scope.agency, file_id, problem.code, problem.message, problem.remedy)
    if rejected is not None:
        await emit(tx, "bank_file.rejected", file_id, {"code": problem.code, "message": problem.message})
