"""What a plugin's own process costs: CPU of a call that does nothing, and what hundreds of slow ones do to the others.

    python -m bench.plugin_call [--calls 4096] [--slow 500]

An embedded server in a temporary folder. CPU in microseconds for a call, here and in the plugin's process: over the
wire alone (the provider is asked directly), as everybody calls (enabled, admitted, recorded as evidence), and where the
provider is paid and a budget is counted; one after the other, and 32 at once of eight agencies. Of several rounds the
one that took least, as everything else on the machine only adds to it.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import psutil
import uvloop
from rich.console import Console

from bench.database import SECRET
from bench.machine import Machine
from core.kit import crypto, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.kit.scope import Actor, Audience, Scope, agency_scope, system_scope
from core.permissions import Permission
from core.plugin_host import host
from core.plugin_host.call import call
from core.plugin_host.enable_offer import enable_offer
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.offers import BUREAU
from core.plugin_host.process import link_of
from core.plugin_host.remote import Instance, Remote
from core.plugin_host.set_budget import SetBudget, set_budget
from core.plugin_host.set_terms import SetTerms, set_terms
from recobro import database as program_database
from recobro.embedded import create_database, start
from recobro_sdk import BureauReport, Consent, Purpose, Subject, SubjectKind

POINT = EntryPoint("bench_bureau", "bench.plugin_bureau", "recobro")
CONSENT = Consent(reference="c", granted_at=datetime(2026, 1, 5, tzinfo=UTC), medium="web", text_version="1")
AT_ONCE, AT_ONCE_AGENCIES, AGENCIES, ROUNDS = 32, 8, 125, 5


def _subject(seconds: float) -> Subject:
    return Subject(
        document_type="CC", document_number=str(seconds), country="CO", name="Nobody", kind=SubjectKind.NATURAL
    )


async def _asked(scope: Scope, seconds: float, *, paid: bool = False) -> BureauReport:
    subject = _subject(seconds)
    return await call(
        scope, BUREAU, "bench_bureau", "fetch_report",
        lambda bureau: bureau.fetch_report(
            subject, purpose=Purpose.SUBJECT_INSTRUCTION, consent=CONSENT, idempotency_key="k"
        ),
        answer=BureauReport, timeout_s=60.0, paid=paid,
    )  # fmt: skip


async def _cpu(calls: int, at_once: int, one: Callable[[int], Awaitable[object]]) -> tuple[float, float]:
    """Microseconds for a call, here and in the plugin's process."""
    pid = link_of(POINT.name, POINT.value).pid
    assert pid is not None
    child = psutil.Process(pid)

    async def many(caller: int, count: int) -> None:
        for _ in range(count):
            await one(caller)

    async def measured() -> tuple[float, float]:
        there, here = sum(child.cpu_times()[:2]), time.process_time()
        await asyncio.gather(*(many(caller, calls // at_once) for caller in range(at_once)))
        here, there = time.process_time() - here, sum(child.cpu_times()[:2]) - there
        return here / calls * 1e6, there / calls * 1e6

    await asyncio.gather(*(many(caller, 200) for caller in range(at_once)))
    return min([await measured() for _ in range(ROUNDS)])


async def _others(until: "asyncio.Future[list[BureauReport]]", scope: Scope) -> list[float]:
    """Milliseconds of another request's read, again and again until the slow calls have ended."""
    took: list[float] = []
    while not until.done():
        began = time.perf_counter()
        async with db.single(scope) as reader:
            await reader.fetch("SELECT id, enabled FROM plugin_setting WHERE agency_id = $1", scope.agency)
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.005)
    return took


def _p(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


async def _alone(scope: Scope, seconds: float) -> list[float]:
    waiting = asyncio.create_task(asyncio.sleep(seconds, []))
    return await _others(waiting, scope)


async def _slow(scopes: list[Scope], slow: int, console: Console) -> None:
    await asyncio.gather(*(_asked(scope, 0) for scope in scopes))  # every provider is built
    alone = await _alone(scopes[0], 2.5)
    began = time.perf_counter()
    asked = asyncio.gather(*(_asked(scopes[1 + number % AGENCIES], 2.0) for number in range(slow)))
    took = await _others(asked, scopes[0])
    await asked
    told = f"{slow} calls of 2 s at once ended after {time.perf_counter() - began:.2f} s; another agency's read"
    console.print(f"{told} took (ms, p50 / p99 / most):")
    for name, values in (("  alone", alone), ("  meanwhile", took)):
        console.print(f"{name}: {_p(values, 50):.2f} / {_p(values, 99):.2f} / {max(values):.2f}")


async def _agencies() -> list[Scope]:
    scopes: list[Scope] = []
    for number in range(AGENCIES + 1):
        agency_id = new_id()
        async with db.transaction(system_scope(Audience.IDENTITY, "bench")) as tx:
            await tx.execute(
                "INSERT INTO agency (id, name, slug, tax_id, country, timezone, currency) "
                "VALUES ($1, $2, $2, $2, 'CO', 'America/Bogota', 'COP')",
                agency_id, f"agency-{number}",
            )  # fmt: skip
        scope = agency_scope(agency_id, Actor("user", "bench"), Permission)
        await enable_offer(scope, "bench_bureau", {})
        scopes.append(scope)
    return scopes


async def _measure(url: str, calls: int, slow: int, console: Console) -> None:
    database = await Database.connect(url)
    db.use(database)
    host.load(found=[POINT], strict=True)
    try:
        scopes = await _agencies()
        await set_terms(scopes[0], SetTerms(code=POINT.name, price=Money(1, "COP"), reuse_days=0))
        instances = [
            await Instance.build(host.offer(BUREAU, POINT.name), scope.agency, {})
            for scope in scopes[:AT_ONCE_AGENCIES]
        ]
        for scope in scopes[:AT_ONCE_AGENCIES]:
            await set_budget(scope, SetBudget(code=POINT.name, period=BudgetPeriod.MONTH, max_calls=1 << 30))

        async def directly(caller: int) -> object:
            return await Remote(instances[caller % AT_ONCE_AGENCIES], None).fetch_report(
                _subject(0), purpose=Purpose.SUBJECT_INSTRUCTION, consent=CONSENT, idempotency_key="k"
            )

        for at_once in (1, AT_ONCE):
            console.print("one after the other:" if at_once == 1 else f"{at_once} at once:")
            for name, one in (
                ("over the wire", directly),
                ("as everybody calls", lambda caller: _asked(scopes[caller % AT_ONCE_AGENCIES], 0)),
                ("paid, of a budget", lambda caller: _asked(scopes[caller % AT_ONCE_AGENCIES], 0, paid=True)),
            ):
                here, there = await _cpu(calls, at_once, one)
                console.print(f"  {name}: {here:.0f} µs of CPU here, {there:.0f} µs in the plugin's process")
        if slow:
            await _slow(scopes, slow, console)
    finally:
        await host.close()
        db.use(None)
        await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=4096)
    parser.add_argument("--slow", type=int, default=500)
    options = parser.parse_args()
    console = Console()
    console.print(Machine.here().told())
    crypto.use_keys((SECRET,))
    folder = Path(tempfile.mkdtemp(prefix="recobro-bench-"))
    server = start(folder)
    try:
        create_database(server.url("postgres"), "plugins")
        program_database.upgrade(server.url("plugins"))
        url = program_database.app_url(server.url("plugins"), crypto.derived("database"))
        uvloop.run(_measure(url, options.calls, options.slow, console))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
