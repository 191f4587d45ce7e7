"""`bankStatementImport`."""

import strawberry
from starlette.datastructures import UploadFile as Uploaded
from strawberry.file_uploads import Upload

from core.banking.upload_statements import UploadStatements, upload_statements
from core.kit import files, ids
from core.permissions import Permission
from schema.files import chunks_of
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.types.banking import BankFile

MAX_BYTES = 32 << 20


@strawberry.input(description="A file of the bank.")
class BankStatementImportInput:
    file: Upload = strawberry.field(
        description="camt.052, 053 or 054, MT940, OFX, QFX or CSV, by the GraphQL multipart request; at most 32 MB."
    )
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description="The account that it is of. CSV needs it; the others say it themselves."
    )


@strawberry.type(description="The file.")
class BankStatementImportPayload(Payload):
    file: BankFile | None = strawberry.field(default=None, description="The file; its import has begun.")
    repeated: bool = strawberry.field(default=False, description="Whether this file was there already.")


@mutation(Permission.BANKING_MANAGE, cost=100)
async def bank_statement_import(info: Info, input: BankStatementImportInput) -> BankStatementImportPayload:
    """Take in a file of the bank: it is checked and posted whole, or refused whole, and its entries are matched.

    What came in is unidentified money of the trust account until a debt is found. The same file, statement or entry
    again does nothing. Why a file was refused stands on it (`errorCode`).
    """
    scope = info.context.scope
    account_id = ids.optional("bank_account", input.account_id, field="accountId")
    assert isinstance(input.file, Uploaded)
    stored = await files.store(scope.agency, chunks_of(input.file), max_bytes=MAX_BYTES)
    command = UploadStatements(file=stored, file_name=input.file.filename or "file", account_id=account_id)
    done = await upload_statements(scope, command)
    return BankStatementImportPayload(file=await loaded(info, BankFile, done.file_id), repeated=done.repeated)
