"""A process that is killed between the bureau's answer and our commit: settled by the reconciler, charged once."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.bureaus.kinds import InquiryState
from core.bureaus.request_inquiry import RequestInquiry, request_inquiry
from core.kit import clock, db
from core.kit.db import Database
from core.kit.money import Money
from core.plugin_host.follow_up import LONGEST, MAX_ATTEMPTS, wait_after
from core.plugin_host.health_reads import offers_health
from core.plugin_host.kinds import BudgetPeriod
from core.plugin_host.set_budget import SetBudget, set_budget
from core.plugin_host.set_terms import SetTerms, set_terms
from recobro import worker
from recobro_bureau_sandbox import FakeBureauServer
from tests.conftest import SECRET_KEY
from tests.core.bureaus.test_request_inquiry import CONSENT
from tests.core.house import events, house, make_debt
from tests.core.plugin_house import calls, first_party, with_sandbox

ROOT = Path(__file__).resolve().parents[3]
KILLED = """
import asyncio, os, signal, sys
from datetime import datetime
from uuid import UUID
from core.bureaus import answer
from core.bureaus.request_inquiry import RequestInquiry, request_inquiry
from core.bureaus.rules import ConsentGiven
from core.kit import crypto, db
from core.kit.scope import Actor, agency_scope
from core.permissions import Permission
from core.plugin_host import host

url, key, agency, debt = sys.argv[1:]

async def dies(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    crypto.use_keys((key,))
    db.use(await db.Database.connect(url))
    host.load(strict=True)
    answer.store = dies
    consent = ConsentGiven(
        reference="consent-7", medium="paper", granted_at=datetime.fromisoformat("2026-01-05T00:00:00+00:00"),
        text_version="v3",
    )
    scope = agency_scope(UUID(agency), Actor("user", "killed"), Permission)
    command = RequestInquiry(
        debt_id=UUID(debt), provider="bureau_sandbox", purpose="REVIEW_OR_COLLECTION_OF_ACCOUNT", consent=consent,
        idempotency_key="k1",
    )
    await request_inquiry(scope, command)

asyncio.run(main())
"""


async def test_killed_between_answer_and_commit_it_is_settled_and_charged_once(
    database: Database, app_url: str
) -> None:
    async with first_party():
        rooms = await house(database)
        scope = rooms.north
        debt = await make_debt(scope, rooms.bank, [("PRINCIPAL", 100_00, None)])
        with FakeBureauServer(()) as server:
            await with_sandbox(scope, server, timeout_ms=5000)
            await set_terms(scope, SetTerms(code="bureau_sandbox", price=Money(1_000, "COP"), reuse_days=30))
            await set_budget(scope, SetBudget(code="bureau_sandbox", period=BudgetPeriod.MONTH, max_calls=5))
            ended = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-c", KILLED, app_url, SECRET_KEY, str(scope.agency), str(debt.id)],
                cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert ended.returncode == -signal.SIGKILL, ended.stderr
            assert server.inquiries == 1
            async with db.transaction(scope) as tx:
                assert await tx.fetchval("SELECT state FROM bureau_inquiry") == "REQUESTED"
                job_id = await tx.fetchval(
                    "UPDATE job SET not_before = now() WHERE name = 'bureaus.settle' AND state = 'QUEUED' RETURNING id"
                )
            with clock.at(clock.now() + timedelta(minutes=3)):
                assert await worker.run_job(job_id)
            command = RequestInquiry(
                debt_id=debt.id, provider="bureau_sandbox", purpose="REVIEW_OR_COLLECTION_OF_ACCOUNT", consent=CONSENT,
                idempotency_key="k1",
            )  # fmt: skip
            found = await request_inquiry(scope, command)
            assert (found.state, found.replayed) == (InquiryState.ANSWERED, True) and found.report
            assert server.inquiries == 1, "asked again with the same key, it is one inquiry for the bureau"
            (health,) = await offers_health(scope, ["bureau_sandbox"])
            assert [budget.used_calls for budget in health.budgets] == [1], "and one in our books"
            # The same question under another key: the answer is used again, and nobody is asked or paid.
            again = await request_inquiry(scope, replace(command, idempotency_key="k2"))
            assert (again.state, again.report, again.replayed) == (InquiryState.ANSWERED, found.report, False)
            other = await request_inquiry(scope, replace(command, idempotency_key="k3", purpose="SUBJECT_INSTRUCTION"))
            assert other.state is InquiryState.ANSWERED and server.inquiries == 2
            async with db.transaction(scope) as tx:
                await tx.execute("UPDATE party_identifier SET number = '1000000777'")
            await request_inquiry(scope, replace(command, idempotency_key="k4"))
            assert server.inquiries == 3, "a corrected document is somebody else"
            with clock.at(clock.now() + timedelta(days=31)):
                await request_inquiry(scope, replace(command, idempotency_key="k5"))
            assert server.inquiries == 4, "what is old is asked anew"
            told = sorted((row["outcome"], row["cost_minor"]) for row in await calls(scope))
            assert told == [("CACHED", 0), ("SETTLED", 0), *[("SETTLED", 1_000)] * 4]
            reused = [event for event in await events(scope, "bureau.answered") if event["data"].get("reused")]
            assert [event["subject_id"] for event in reused] == [again.inquiry_id]


def test_it_is_asked_ever_more_rarely_for_two_weeks() -> None:
    waits = [wait_after(attempt) for attempt in range(1, MAX_ATTEMPTS)]
    assert timedelta(minutes=1.8) <= waits[0] <= timedelta(minutes=2.2) and max(waits) <= LONGEST * 1.1
    assert timedelta(days=11) < sum(waits, timedelta()) < timedelta(days=17)
