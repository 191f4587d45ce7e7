"""What an import pays for: the replay in databases that lack some of what guards and serves the rows."""

import statistics
from pathlib import Path

import psycopg

from bench.import_case import Case, copy_of, drop
from bench.import_replay import replay
from bench.import_run import Measured
from recobro import embedded

_FOREIGN_KEYS = (
    "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint "
    "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
)
# What is unique guards, and the import's ON CONFLICT needs it; the rest serves reading.
_SECONDARY = (
    "SELECT format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisunique"
)
_SEARCH = (
    "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger "
    "WHERE NOT tgisinternal AND tgname LIKE 'debt\\_search\\_%' UNION ALL "
    "SELECT format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_am m ON m.oid = c.relam WHERE c.relnamespace = 'public'::regnamespace AND m.amname = 'gin'"
)
_TOTALS = (
    "SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) FROM pg_trigger "
    "WHERE NOT tgisinternal AND tgname LIKE 'recovery\\_%'"
)
VARIANTS: dict[str, tuple[str, ...]] = {
    "as it is": (),
    "without foreign keys": (_FOREIGN_KEYS,),
    "without secondary indexes": (_SECONDARY,),
    "without both": (_FOREIGN_KEYS, _SECONDARY),
    "without search": (_SEARCH,),
    "without totals": (_TOTALS,),
    "without any of it": (_FOREIGN_KEYS, _SEARCH, _SECONDARY, _TOTALS),
}
"""Each statement finds the statements that take something away. Search: its triggers, so its table, and all trigram
indexes; these are secondary indexes, too."""


def costs(server: embedded.EmbeddedServer, case: Case, folder: Path, rounds: int) -> list[Measured]:
    """The replay of a case in each variant, in turns."""
    found: list[Measured] = []
    for number in range(rounds):
        for variant, takers in VARIANTS.items():
            copy_of(server, case.template, "cheaper")
            with psycopg.connect(server.url("cheaper"), autocommit=True) as connection:
                for taker in takers:
                    for (statement,) in connection.execute(taker.encode()).fetchall():
                        connection.execute(statement)
                connection.execute("CHECKPOINT")
            found.append(replay(server, "cheaper", folder, variant, number, "costs"))
            drop(server, "cheaper")
    return found


def table(found: list[Measured]) -> str:
    """Medians, and what each leaves of the time and of the CPU."""
    lines = ["| replay in psql | seconds | of it all | CPU of all, s | of it all |", "|---|---|---|---|---|"]
    whole = next(iter(VARIANTS))
    times = {name: statistics.median(one.seconds for one in found if one.variant == name) for name in VARIANTS}
    efforts = {name: statistics.median(one.cpu_ms for one in found if one.variant == name) for name in VARIANTS}
    for name in VARIANTS:
        lines.append(
            f"| {name} | {times[name]:.2f} | {times[name] / times[whole]:.2f} | {efforts[name] / 1000:.2f} "
            f"| {efforts[name] / efforts[whole]:.2f} |"
        )
    return "\n".join(lines)
