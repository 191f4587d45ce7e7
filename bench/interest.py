"""What a month's interest of an agency costs, by how many debts one statement takes, and how long a payment waits then.

    python -m bench.interest [--debts 100000] [--batches 1000,5000,20000,0]

An embedded server, durable, filled by sql/*.sql; one of its agencies gets so many debts of two components more, which
bear capped interest. They are first brought to a day some months ago; then each batch size (0: all debts at once) posts
one month by the job of the product, while payments are recorded one after the other for these debts, drawn by lot.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import asyncpg
import psycopg
from rich.console import Console
from rich.table import Table

from bench.database import HERE, SECRET, ZONE, Scale, Stage, filled
from bench.machine import Machine
from core.interest.accrue_due import accrue_due, request_accrual
from core.interest.save_rate_cap import SaveRateCap, save_rate_cap
from core.kit import clock, crypto, db, jobs
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Actor, Scope, agency_scope
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.permissions import Permission
from recobro import database as program_database

ALL = 1_000_000
MORE_DEBTS = HERE / "interest.sql"
BASE = Scale("interest", 3_000, 9_000, "1GB")
ACTOR = Actor("user", "bench")
TERMS = (
    '{"annual_rate": "0.60", "modality": "BENCH", "method": "SIMPLE_DAILY_EFFECTIVE", "day_count": "ACT_365", '
    '"base": ["PRINCIPAL"], "receives": "INTEREST_DEFAULT", "overdue_only": true}'
)


@dataclass(slots=True)
class Month:
    """One run of the job: the debts whose balance changed, its seconds, and how long each payment took meanwhile;
    `refused` are those that waited as long as a statement may."""

    batch: int
    day: date
    postings: int = 0
    seconds: float = 0.0
    refused: int = 0
    waits: list[float] = field(default_factory=list[float])


def main(debts: int, batches: Sequence[int], console: Console) -> None:
    crypto.use_keys((SECRET,))
    machine = Machine.here()
    console.print(machine.told())
    with filled(BASE, machine) as stage:
        asyncio.run(_months(stage, debts, batches, console))


async def _months(stage: Stage, debts: int, batches: Sequence[int], console: Console) -> None:
    scope, payable = _furnish(stage, debts)
    database = await Database.connect(program_database.app_url(stage.owner, crypto.derived("database")))
    db.use(database)
    try:
        ends = _month_ends(len(batches) + 1)
        await _certify(scope, ends[0].year - 2, clock.today(ZONE))
        first = await _month(scope, Month(5_000, ends[0]))
        console.print(f"{first.postings:,} debts brought to {ends[0]}: {first.seconds:.1f} s")
        with psycopg.connect(stage.owner, autocommit=True) as owner:
            owner.execute("ANALYZE")
        lots, months = Random(1), [Month(batch, day) for batch, day in zip(batches, ends[1:], strict=True)]
        for month in months:
            await _beside_payments(scope, month, payable, lots)
    finally:
        db.use(None)
        await database.close()
    _show(months, console)


def _furnish(stage: Stage, debts: int) -> tuple[Scope, list[UUID]]:
    """Terms for all mandates, and debts as those that are there have been placed; returns an agency, and its debts."""
    with psycopg.connect(stage.owner) as owner:
        agency = owner.execute("SELECT id FROM agency ORDER BY slug LIMIT 1").fetchone()
        assert agency is not None
        owner.execute("UPDATE mandate SET interest = %s::jsonb", (TERMS,))
        # Neither totals nor keys are measured here, and both would take longer than all that is.
        owner.execute("SET LOCAL session_replication_role = replica")
        text = MORE_DEBTS.read_text().replace(":agency", str(agency[0])).replace(":debts", str(debts))
        owner.execute(text.encode())
        owner.commit()
        rows = owner.execute("SELECT id FROM debt WHERE agency_id = %s AND reference LIKE 'M-%%'", agency).fetchall()
    with psycopg.connect(stage.owner, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE)")
    return agency_scope(agency[0], ACTOR, Permission), [row[0] for row in rows]


def _month_ends(count: int) -> list[date]:
    day, found = clock.month_start(clock.today(ZONE)), list[date]()
    for _ in range(count):
        day = clock.month_start(day) - timedelta(days=1)
        found.append(day)
    return found[::-1]


async def _certify(scope: Scope, year: int, until: date) -> None:
    """A cap for every quarter, each another one."""
    first, number = date(year, 1, 1), 0
    while first <= until:
        last = clock.month_start(first + timedelta(days=95)) - timedelta(days=1)
        cap = SaveRateCap(
            modality="BENCH", valid_from=first, valid_to=last, annual_rate=Decimal(2500 + number * 7).scaleb(-4),
            resolution=f"quarter {number}", source="bench",
        )  # fmt: skip
        await save_rate_cap(scope, cap)
        first, number = last + timedelta(days=1), number + 1


async def _month(scope: Scope, month: Month) -> Month:
    """Run the job as a worker does."""
    job_id = await request_accrual(scope, month.day, debts_at_once=month.batch or ALL)
    async with db.transaction(scope) as tx:
        payload = await tx.fetchval(
            "UPDATE job SET state = 'RUNNING', attempt = 1 WHERE agency_id = $1 AND id = $2 RETURNING payload",
            scope.agency, job_id,
        )  # fmt: skip
    started = time.perf_counter()
    await accrue_due(jobs.Run(job_id, scope.agency, 1, scope, payload))
    month.seconds = time.perf_counter() - started
    async with db.transaction(scope) as tx:
        result = await tx.fetchval("SELECT result FROM job WHERE agency_id = $1 AND id = $2", scope.agency, job_id)
    month.postings = result["postings"]
    return month


async def _beside_payments(scope: Scope, month: Month, debts: Sequence[UUID], lots: Random) -> None:
    over = asyncio.Event()
    paying = asyncio.create_task(_pay(scope, month, debts, lots, over))
    await asyncio.sleep(1.0)
    await _month(scope, month)
    over.set()
    await paying


async def _pay(scope: Scope, month: Month, debts: Sequence[UUID], lots: Random, over: asyncio.Event) -> None:
    while not over.is_set():
        command = RecordPayment(
            debt_id=lots.choice(debts),
            amount=Money(1_00, "COP"),
            paid_on=clock.today(ZONE),
            method=PaymentMethod.TRANSFER,
            received_by=ReceivedBy.AGENCY,
            idempotency_key=str(new_id()),
        )
        started = time.perf_counter()
        try:
            await record_payment(scope, command)
        except asyncpg.QueryCanceledError:
            month.refused += 1
        month.waits.append(time.perf_counter() - started)
        await asyncio.sleep(0.02)


def _show(months: Sequence[Month], console: Console) -> None:
    table = Table(
        "debts at once", "postings", "s", "debts/s", "a million", "payments", "p50 ms", "longest ms", "refused"
    )
    for month in months:
        waits = sorted(month.waits)
        table.add_row(
            f"{month.batch:,}" if month.batch else "all", f"{month.postings:,}", f"{month.seconds:.1f}",
            f"{month.postings / month.seconds:,.0f}", f"{ALL * month.seconds / month.postings:,.0f} s",
            f"{len(waits):,}", f"{waits[len(waits) // 2] * 1000:.1f}", f"{waits[-1] * 1000:,.0f}", str(month.refused),
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--debts", type=int, default=100_000, help="of the agency")
    parser.add_argument("--batches", default="1000,5000,20000,0", help="debts in one statement; 0 for all")
    given = parser.parse_args()
    main(given.debts, [int(size) for size in given.batches.split(",")], Console())
    sys.exit(0)
