"""What the ledger costs when it is large: a payment behind 1,000,000 debts against one behind 10,000, and the proof.

    python -m bench.ledger [--payments 2000]

Two embedded servers, durable, filled by sql/*.sql and kept between runs; what their buffers can hold is read first, as
after a while of work. Payments are recorded by the use case, in turns, and what is told is their time from call to
answer. Then the large journal is sealed, and one agency's proved, on one core and on all of them. An entry is a row of
the journal; as each has both sides, those are twice as many.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

import psycopg
from rich.console import Console
from rich.table import Table

from bench.database import SECRET, ZONE, Scale, Stage, filled
from bench.machine import Machine, tree
from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Actor, Audience, Scope, agency_scope, system_scope
from core.ledger.seal import seal
from core.ledger.verify import Proof, verify
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.permissions import Permission
from recobro import database as program_database

LARGE = Scale("ledger-large", 660_000, 1_000_000, "4GB")
SMALL = Scale("ledger-small", 6_600, 10_000, "128MB")
RELAY = system_scope(Audience.RELAY, "bench")
ACTOR = Actor("user", "bench")


@dataclass(slots=True)
class Books:
    """An agency's books in one of the databases, and how long its payments took, in milliseconds."""

    scale: Scale
    database: Database
    scope: Scope
    debts: list[UUID]
    took: list[float]


def main(payments: int, console: Console) -> None:
    crypto.use_keys((SECRET,))
    machine = Machine.here()
    console.print(machine.told())
    with filled(SMALL, machine) as small, filled(LARGE, machine) as large:
        asyncio.run(_measured(payments, console, small, large))


async def _measured(payments: int, console: Console, small: Stage, large: Stage) -> None:
    both = [await _opened(SMALL, small), await _opened(LARGE, large)]
    try:
        await _pay(both, payments)
        _show_payments(both, console)
        await _prove(both[1], large, console)
    finally:
        for books in both:
            await books.database.close()


async def _opened(scale: Scale, stage: Stage) -> Books:
    with psycopg.connect(stage.owner) as owner:
        owner.execute("CREATE EXTENSION pg_prewarm")
        owner.execute(_WARM)
        agency = owner.execute("SELECT id FROM agency ORDER BY slug LIMIT 1").fetchone()
        assert agency is not None
        rows = owner.execute(
            "SELECT id FROM debt WHERE agency_id = %s AND status = 'ACTIVE' AND balance_minor > 100000 ORDER BY id",
            (agency[0],),
        ).fetchall()
    url = program_database.app_url(stage.owner, crypto.derived("database"))
    database = await Database.connect(url)
    return Books(scale, database, agency_scope(agency[0], ACTOR, Permission), [row[0] for row in rows], [])


# The largest first: what does not fit is then a part of those.
_WARM = """
SELECT pg_prewarm(c.oid::regclass) FROM (
  SELECT oid FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace
  ORDER BY pg_relation_size(oid) DESC OFFSET 0
) AS c
"""


async def _pay(both: Sequence[Books], payments: int) -> None:
    """Each payment for another debt, the two databases in turns."""
    lots = Random(1)
    for number in range(payments):
        for books in lots.sample(both, len(both)):
            db.use(books.database)
            command = RecordPayment(
                debt_id=lots.choice(books.debts),
                amount=Money(1_00, "COP"),
                paid_on=clock.today(ZONE) - timedelta(days=1),
                method=PaymentMethod.TRANSFER,
                received_by=ReceivedBy.AGENCY,
                idempotency_key=f"bench-{number}-{new_id()}",
            )
            started = time.perf_counter()
            await record_payment(books.scope, command)
            books.took.append((time.perf_counter() - started) * 1000)
    db.use(None)


def _show_payments(both: Sequence[Books], console: Console) -> None:
    table = Table("debts", "payments", "p50 ms", "p99 ms", title="Recording a payment", title_justify="left")
    for books in both:
        took = sorted(books.took)
        cells = (statistics.median(took), took[len(took) * 99 // 100])
        table.add_row(f"{books.scale.debts:,}", f"{len(took):,}", *(f"{cell:.2f}" for cell in cells))
    console.print(table)
    small, large = (statistics.median(books.took) for books in both)
    console.print(f"a payment behind a hundred times the debts: {large / small:.2f} times")


async def _prove(books: Books, stage: Stage, console: Console) -> None:
    db.use(books.database)
    started = time.perf_counter()
    blocks = await seal(RELAY)
    console.print(f"sealed {blocks} agencies in {time.perf_counter() - started:.1f} s")
    cores = sorted(os.sched_getaffinity(0))
    for used in (cores[-1:], cores):
        for process in tree(stage.server.watchdog.pid):
            process.cpu_affinity(used)
        await _show_proof(books.scope, len(used), console)
    db.use(None)


async def _show_proof(scope: Scope, cores: int, console: Console) -> None:
    """The best of three, as other programs may run beside it."""
    proofs = [await _timed(scope) for _ in range(3)]
    best, proof = min(proofs, key=lambda one: one[0])
    console.print(
        f"proved {proof.entries:,} entries of one agency on {cores} core{'s' * (cores > 1)} in {best:.2f} s: "
        f"{proof.entries / best:,.0f} entries/s, {len(proof.checks)} checks "
        f"(all three: {', '.join(f'{took:.2f}' for took, _ in proofs)} s)"
    )


async def _timed(scope: Scope) -> tuple[float, Proof]:
    started = time.perf_counter()
    proof = await verify(scope)
    took = time.perf_counter() - started
    assert proof.holds, [check.samples for check in proof.checks if not check.holds]
    return took, proof


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payments", type=int, default=2000)
    given = parser.parse_args()
    main(given.payments, Console())
    sys.exit(0)
