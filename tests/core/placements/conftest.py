"""An agency with a creditor, a mandate and a portfolio, and short words for what these tests do with files."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from core.kit import db, files
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.pages import PageRequest
from core.kit.scope import Actor, Scope, agency_scope
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.mandates.models import FileKind
from core.permissions import Permission
from core.placements import import_batch, validate_batch  # noqa: F401 - they register their jobs
from core.placements.accept_batch import accept_batch
from core.placements.reads import batch_by_id, issues
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from core.placements.upload_file import FileUploaded, UploadFile, upload_file
from tests.helpers_jobs import run_jobs

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples"

NEW = {
    "columns": {
        "reference": "ref",
        "debtor_name": "name",
        "opened_on": "opened",
        "components": [{"kind": "PRINCIPAL", "column": "amount", "required": True}],
    }
}
PAYMENTS = {"columns": {"reference": "ref", "paid_on": "paid", "amount": "amount", "payment_reference": "slip"}}


@dataclass
class Desk:
    """One agency's desk: `new(text)` uploads, validates and accepts a file."""

    database: Database
    scope: Scope
    creditor_id: UUID
    mandate_id: UUID
    portfolio_id: UUID
    names: list[int] = field(default_factory=list)

    async def layout(self, layout: dict[str, Any] | str, kind: FileKind = FileKind.NEW) -> None:
        if isinstance(layout, str):
            layout = json.loads((EXAMPLES / layout).read_text())
        await save_file_layout(self.scope, SaveFileLayout(mandate_id=self.mandate_id, kind=kind, layout=layout))

    async def store(self, content: bytes | Path) -> files.StoredFile:
        async def chunks() -> AsyncIterator[bytes]:
            if isinstance(content, bytes):
                yield content
                return
            with content.open("rb") as file:
                while chunk := file.read(1 << 20):
                    yield chunk

        return await files.store(self.scope.agency, chunks(), max_bytes=2 << 30)

    async def upload(self, content: bytes | str | Path, kind: FileKind = FileKind.NEW, **totals: Any) -> FileUploaded:
        stored = await self.store(content.encode() if isinstance(content, str) else content)  # noqa: ASYNC240
        command = UploadFile(
            mandate_id=self.mandate_id, kind=kind, file=stored, file_name="f", portfolio_id=self.portfolio_id, **totals
        )
        return await upload_file(self.scope, command)

    async def validate(
        self, content: bytes | str | Path, kind: FileKind = FileKind.NEW, **totals: Any
    ) -> dict[str, Any]:
        uploaded = await self.upload(content, kind, **totals)
        await run_jobs(self.database)
        return await batch_by_id(self.scope, uploaded.batch_id)

    async def accept(self, content: bytes | str | Path, kind: FileKind = FileKind.NEW, **totals: Any) -> dict[str, Any]:
        batch = await self.validate(content, kind, **totals)
        assert batch["state"] == "VALIDATED", (batch["error_code"], batch["error_message"])
        await accept_batch(self.scope, batch["id"])
        await run_jobs(self.database)
        return await batch_by_id(self.scope, batch["id"])

    async def issues(self, batch_id: UUID) -> list[tuple[int, str, str, str]]:
        page = await issues(self.scope, batch_id, PageRequest(first=100))
        return [(row["line"], row["code"], row["column"], row["given"]) for row in page.rows]

    async def fetch(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with db.transaction(self.scope) as tx:
            return [dict(row) for row in await tx.fetch(sql, *args)]

    async def value(self, sql: str, *args: Any) -> Any:
        async with db.transaction(self.scope) as tx:
            return await tx.fetchval(sql, *args)


MakeDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def make_desk(database: Database) -> MakeDesk:
    async def make(currency: str = "COP", timezone: str = "America/Bogota", **terms: Any) -> Desk:
        scope = agency_scope(new_id(), Actor("user", "user_test"), frozenset(Permission))
        creditor_id = new_id()
        async with db.transaction(scope) as tx:
            await tx.execute(
                "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
                "VALUES ($1, $2, $2, 'Banco', 'bank', '800003122-6', 'CO')",
                scope.agency, creditor_id,
            )  # fmt: skip
        made = await create_mandate(
            scope, CreateMandate(creditor_id=creditor_id, name="m", currency=currency, timezone=timezone, **terms)
        )
        portfolio = await create_portfolio(scope, CreatePortfolio(mandate_id=made.mandate_id, name="p"))
        return Desk(database, scope, creditor_id, made.mandate_id, portfolio.portfolio_id)

    return make


@pytest.fixture
async def desk(make_desk: MakeDesk) -> Desk:
    return await make_desk()
