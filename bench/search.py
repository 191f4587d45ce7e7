"""What a search costs: the worklist of one agency of 100,000 debtors among three, under row-level security.

    python -m bench.search [--debtors 100000] [--runs 200] [--url postgresql://owner@host/postgres]

Debtors are made by SQL, in one agency after the other, with a name of two given names and two surnames, a cédula, a
mobile phone and one debt each; "maria" is the name of one in ten. Each search is the listing of the API, its first
page of 50 by balance, on one connection that has prepared it. Without `--url` on the embedded server, durable, with the
settings that it has by default.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.kit import crypto, db
from core.kit.db import Database, Row
from core.kit.ids import new_id
from core.kit.pages import Page, PageRequest, fetch_page
from core.kit.scope import Actor, Scope, agency_scope, creditor_scope
from core.permissions import Permission
from core.worklists.reads import WorklistQuery, worklist_listing
from recobro import database as program_database
from recobro import embedded

ACTOR = Actor("user", "bench")

_PERSON = "CREATE TEMP TABLE person (n bigint, party_id uuid, debt_id uuid, name text, document text, phone text)"
_PEOPLE = """
INSERT INTO person
SELECT n, recobro_uuid7() AS party_id, recobro_uuid7() AS debt_id,
       (CASE WHEN n %% 10 = 0 THEN 'María' ELSE g[1 + (n * 7919) %% 20] END) || ' ' || g[1 + (n * 104729) %% 20] || ' '
       || s[1 + (n * 1299709) %% 40] || initcap(translate((n %% 997)::text, '0123456789', 'abcdefghij')) || ' '
       || s[1 + (n * 15485863) %% 40] AS name,
       (10000000 + n * 611953 %% 90000000)::text AS document,
       '+573' || lpad((n * 982451653 %% 1000000000)::text, 9, '0') AS phone
FROM generate_series(1, %(debtors)s::bigint) n, (SELECT
  '{Carlos,José,Luz,Ana,Andrés,Gloria,Jorge,Sandra,Pedro,Óscar,Nubia,Iván,Rocío,Hernán,Elena,Diego,Julio,Paola,Raúl,Inés}'
  ::text[] AS g,
  '{Pérez,Gómez,Rodríguez,Peña,Núñez,Ruiz,López,Díaz,Castro,Ortiz,Rojas,Vargas,Suárez,Mejía,Cortés,Niño,Ibáñez,Acuña,
    Rincón,Useche,Vélez,Bernal,Cano,Duarte,Franco,Galvis,Hoyos,Lara,Muñoz,Ochoa,Pinto,Quiroga,Reyes,Solano,Toro,Uribe,
    Villa,Yepes,Zapata,Arias}'::text[] AS s) words
"""
_ROWS = (
    "INSERT INTO party (agency_id, id, kind, name) SELECT %(agency)s, party_id, 'NATURAL', name FROM person",
    "INSERT INTO party_identifier (agency_id, id, party_id, type, issuer, number, verified) "
    "SELECT %(agency)s, recobro_uuid7(), party_id, 'CC', 'CO', document, true FROM person",
    "INSERT INTO contact_point (agency_id, id, party_id, channel, value, source) "
    "SELECT %(agency)s, recobro_uuid7(), party_id, 'PHONE', phone, 'bench' FROM person",
    "INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, currency, "
    "stage, debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor) "
    "SELECT %(agency)s, debt_id, %(creditor)s, %(mandate)s, %(portfolio)s, party_id, 'OB-' || lpad(n::text, 8, '0'), "
    "'loan', 'COP', 'EARLY', name, document, '2026-01-01', '2026-01-01', date '2025-12-01' + (n %% 300)::int, "
    "n * 7907 %% 90000000 + 1, n * 7907 %% 90000000 + 1 FROM person",
)


@dataclass(frozen=True, slots=True)
class Figures:
    name: str
    term: str | None
    matches: int
    p50_ms: float
    p99_ms: float


def furnish(url: str, debtors: int, bank: UUID) -> UUID:
    """Three agencies alike, the bank at each of them; the agency in the middle is the one that searches."""
    agencies: list[UUID] = []
    for _ in range(3):
        with psycopg.connect(url) as connection:
            agency = new_id()
            given = {
                "agency": agency,
                "creditor": bank,
                "mandate": new_id(),
                "portfolio": new_id(),
                "debtors": debtors,
            }
            agencies.append(agency)
            for statement in (
                "INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country) "
                "VALUES (%(agency)s, %(creditor)s, %(creditor)s, 'Banco', 'b', '1', 'CO')",
                "INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, "
                "allocation_order, ageing_bounds, stage_days) "
                "VALUES (%(agency)s, %(mandate)s, %(creditor)s, 'm', 'COP', 'America/Bogota', '2026-01-01', '[]', "
                "'[30, 60, 90]', '{\"EARLY\": 1}')",
                "INSERT INTO portfolio (agency_id, id, creditor_id, mandate_id, name) "
                "VALUES (%(agency)s, %(portfolio)s, %(creditor)s, %(mandate)s, 'p')",
                _PERSON,
                _PEOPLE,
                *_ROWS,
            ):
                started = time.perf_counter()
                connection.execute(statement, given)
                table = statement.split(" (")[0].split()[-1]
                if statement in _ROWS:
                    print(f"  {table}: {time.perf_counter() - started:.1f} s", file=sys.stderr)
    return agencies[1]


def tidy(url: str) -> None:
    """What autovacuum does within a minute or so after such a load."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


async def _page(scope: Scope, query: WorklistQuery, *, with_total: bool) -> Page[Row]:
    async with db.transaction(scope, read_only=True) as tx:
        listing = await worklist_listing(scope, query, tx)
        return await fetch_page(
            tx, select=f"{listing.row}.*", source=listing.whole or listing.source, where=listing.where,
            args=listing.args, order=listing.order, request=PageRequest(), make=lambda row: row, with_total=with_total,
        )  # fmt: skip


async def measure(scope: Scope, name: str, term: str | None, runs: int, *, with_total: bool = False) -> Figures:
    query = WorklistQuery(search=term)
    total = (await _page(scope, query, with_total=True)).total
    taken: list[float] = []
    for turn in range(runs + 20):
        started = time.perf_counter()
        await _page(scope, query, with_total=with_total)
        if turn >= 20:
            taken.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(taken, n=100)
    return Figures(name, term, total or 0, cuts[49], cuts[98])


async def run(app_url: str, agency: UUID, bank: UUID, runs: int, when: str) -> list[Figures]:
    database = await Database.connect(app_url)
    db.use(database)
    scope, everything = agency_scope(agency, ACTOR, frozenset(Permission)), frozenset(Permission)
    async with db.transaction(scope) as tx:
        row = await tx.fetchrow(
            "SELECT d.reference, d.debtor_name, d.debtor_document, c.value FROM debt d JOIN contact_point c "
            "ON c.agency_id = d.agency_id AND c.party_id = d.party_id ORDER BY d.reference DESC OFFSET 4321 LIMIT 1"
        )
    assert row is not None
    words = row["debtor_name"].split()
    found: list[Figures] = []
    cases = [
        ("no search", None), ("rare name", words[2]), ("four words", row["debtor_name"]),
        ("part of a document", row["debtor_document"][1:7]), ("part of a phone", row["value"][5:12]),
        ("phone with its code", row["value"]), ("reference", row["reference"]), ("no match", "zzqxwk"),
        ("two letters", "pe"), ("surname, 1 in 20", "gomez"), ("frequent name, 1 in 10", "maria"),
        ("in every reference", "OB-0"),
    ]  # fmt: skip
    for name, term in cases:
        found.append(await measure(scope, f"{when}{name}", term, runs if term != "OB-0" else 20))
    found.append(await measure(scope, f"{when}rare name, with total", words[2], runs, with_total=True))
    found.append(await measure(scope, f"{when}frequent name, with total", "maria", runs, with_total=True))
    client = creditor_scope(bank, ACTOR, everything)
    found.append(await measure(client, f"{when}creditor at three agencies, rare name", words[2], runs))
    db.use(None)
    await database.close()
    return found


@contextmanager
def served(url: str | None) -> Generator[str]:
    """The address, without a database, of a server's owner."""
    if url is not None:
        yield url.rsplit("/", 1)[0]
        return
    with tempfile.TemporaryDirectory() as folder:
        server = embedded.start(Path(folder) / "postgres", durable=True)
        try:
            yield server.url("x").rsplit("/", 1)[0]
        finally:
            server.stop()
            embedded.remove(Path(folder) / "postgres")


def table(found: list[Figures]) -> str:
    lines = ["| search | term | matches | p50 ms | p99 ms |", "|---|---|---|---|---|"]
    lines += [f"| {f.name} | {f.term or ''} | {f.matches} | {f.p50_ms:.2f} | {f.p99_ms:.2f} |" for f in found]
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--debtors", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=200)
    options.add_argument("--url")
    options.add_argument("--keep", type=Path, default=Path(__file__).parent / "results" / "search.json")
    chosen = options.parse_args()
    crypto.use_keys(("a secret key of the benchmark, forty letters",))
    name, bank = f"recobro_bench_search_{new_id().hex[-8:]}", new_id()
    with served(chosen.url) as server:
        url = f"{server}/{name}"
        embedded.create_database(f"{server}/postgres", name)
        try:
            program_database.upgrade(url)
            agency = furnish(url, chosen.debtors, bank)
            app_url = program_database.app_url(url, crypto.derived("database"))
            found = asyncio.run(run(app_url, agency, bank, chosen.runs, "just loaded: "))
            tidy(url)
            found += asyncio.run(run(app_url, agency, bank, chosen.runs, ""))
        finally:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    chosen.keep.parent.mkdir(parents=True, exist_ok=True)
    chosen.keep.write_text(
        json.dumps([{"name": f.name, "p50_ms": f.p50_ms, "p99_ms": f.p99_ms, "matches": f.matches} for f in found])
    )
    print(table(found))


if __name__ == "__main__":
    main()
