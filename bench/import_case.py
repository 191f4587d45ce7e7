"""What an import begins with: the file, and a database in which a worker has just claimed the job that imports it.

Such a database is kept as a template, so that every run of a case, the program's or psql's, has a fresh copy of the
same one, down to the ids.
"""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from stdnum.co import nit

from bench.import_run import Claimed, Effort, Measured, work
from core.kit import crypto, db, files
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.scope import Actor, Scope, agency_scope
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.mandates.models import FileKind
from core.permissions import Permission
from core.placements.accept_batch import accept_batch
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from core.placements.upload_file import UploadFile, upload_file
from recobro import database as program_database
from recobro import embedded

LAYOUT = {
    "dates": "DD/MM/YYYY", "delimiter": ";", "decimal": ",", "thousands": ".",
    "columns": {
        "reference": "Obligación", "debtor_name": "Nombre", "identifier_type": "Tipo", "identifier_number": "Documento",
        "phones": ["Teléfono"], "emails": ["Correo"],
        "address": {"lines": ["Dirección"], "city": "Ciudad", "region": "Departamento"},
        "opened_on": "Apertura", "due_on": "Vencimiento", "product": "Producto",
        "components": [{"kind": "PRINCIPAL", "column": "Capital"}, {"kind": "INTEREST_DEFAULT", "column": "Intereses"}],
        "attributes": ["Zona"],
    },
}  # fmt: skip
HEADER = (
    "Obligación;Nombre;Tipo;Documento;Teléfono;Correo;Dirección;Ciudad;Departamento;Apertura;Vencimiento;Producto;Capital;"
    "Intereses;Zona\n"
)


@dataclass(frozen=True)
class Case:
    """`template` is the database to copy, `job` what is to be done in each copy; it accepts `accepted` rows."""

    name: str
    template: str
    job: Claimed
    accepted: int


def write_file(path: Path, rows: int) -> None:
    """A file as a Colombian creditor sends it; every debtor new, a few percent of the contact data wrong."""
    lots = random.Random(5)
    with path.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        for number in range(rows):
            company = number % 10 == 0
            body = str(800_000_000 + number)
            kind, document = (
                ("NIT", f"{body}-{nit.calc_check_digit(body)}") if company else ("CC", str(10_000_000 + number))
            )
            phone = f"3{lots.choice(['00', '10', '15', '20'])}{lots.randrange(10**7):07d}" if number % 40 else "12345"
            out.write(
                f"OB-{number:08d};Deudor {number} Pérez Gómez;{kind};{document};{phone};deudor{number}@correo.example;"
                f"Calle {number % 150} # {number % 90} - "
                f"{number % 70};Bogotá;Cundinamarca;{number % 28 + 1:02d}/03/2025;"
                f"{number % 28 + 1:02d}/0{number % 9 + 1}/2025;Crédito de "
                f"consumo;{lots.randrange(1, 999)}.{number % 1000:03d},"
                f"{number % 100:02d};{number % 90_000},50;{number % 7}\n"
            )


def copy_of(server: embedded.EmbeddedServer, template: str, name: str) -> str:
    """A database of its own, everything written that is to be written; returns the program's address of it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        copying = "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy"
        connection.execute(sql.SQL(copying).format(sql.Identifier(name), sql.Identifier(template)))
        connection.execute("CHECKPOINT")
    return program_url(server, name)


def program_url(server: embedded.EmbeddedServer, name: str) -> str:
    return program_database.app_url(server.url(name), crypto.derived("database"))


def drop(server: embedded.EmbeddedServer, name: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def first_case(server: embedded.EmbeddedServer, name: str, path: Path, rows: int) -> tuple[Case, Measured]:
    """The file is new; with it, how long its dry run took."""
    database = await Database.connect(program_url(server, name))
    db.use(database)
    try:
        scope = agency_scope(new_id(), Actor("user", "bench"), frozenset(Permission))
        creditor_id = new_id()
        async with db.transaction(scope) as tx:
            await tx.execute(
                "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) VALUES "
                "($1,$2,$2,'B','b','1','CO')",
                scope.agency, creditor_id,
            )  # fmt: skip
        command = CreateMandate(creditor_id=creditor_id, name="m", currency="COP", timezone="America/Bogota")
        mandate = await create_mandate(scope, command)
        await create_portfolio(scope, CreatePortfolio(mandate_id=mandate.mandate_id, name="p"))
        await save_file_layout(scope, SaveFileLayout(mandate_id=mandate.mandate_id, kind=FileKind.NEW, layout=LAYOUT))
        job, dry = await _accepted(server, scope, path, rows)
    finally:
        db.use(None)
        await database.close()
    return Case("import", name, job, rows), dry


async def second_case(server: embedded.EmbeddedServer, name: str, first: Case, path: Path, rows: int) -> Case:
    """The same rows again, by another content, where `first` has been imported."""
    with path.open("a") as out:
        out.write("\n")
    database = await Database.connect(program_url(server, name))
    db.use(database)
    try:
        job, _ = await _accepted(server, Scope.from_json(first.job.scope), path, rows)
    finally:
        db.use(None)
        await database.close()
    return Case("import again", name, job, 0)


async def _accepted(server: embedded.EmbeddedServer, scope: Scope, path: Path, rows: int) -> tuple[Claimed, Measured]:
    """Upload, dry run, acceptance; the job of the import as a worker has it when it begins."""
    async with db.transaction(scope) as tx:
        portfolio = await tx.fetchrow("SELECT id, mandate_id FROM portfolio WHERE agency_id = $1", scope.agency)
    assert portfolio is not None
    stored = await files.store(scope.agency, _stream(path), max_bytes=1 << 30)
    uploaded = await upload_file(
        scope,
        UploadFile(
            mandate_id=portfolio["mandate_id"], kind=FileKind.NEW, file=stored, file_name=path.name,
            portfolio_id=portfolio["id"], control_rows=rows,
        ),
    )  # fmt: skip
    assert uploaded.job_id is not None
    checked, effort = await _claim(scope, uploaded.job_id), Effort(server.watchdog.pid)
    started, before = time.perf_counter(), effort.now()
    await work(checked)
    dry = Measured("recobro", "dry run", 0, time.perf_counter() - started, **effort.since(before))
    accepted = await accept_batch(scope, uploaded.batch_id)
    return await _claim(scope, accepted.job_id), dry


async def _claim(scope: Scope, job_id: UUID) -> Claimed:
    """As a worker's first step."""
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE job SET state = 'RUNNING', attempt = attempt + 1 WHERE id = $1 RETURNING *", job_id
        )
    assert row is not None
    payload: dict[str, Any] = row["payload"]
    return Claimed(row["name"], str(job_id), str(row["agency_id"]), row["attempt"], row["scope"], payload)


async def _stream(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
