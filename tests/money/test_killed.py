"""A closing day that is killed again and again, and run again, ends as one that nobody disturbed.

RECOBRO_KILLS is how often it is killed, RECOBRO_SEED when.
"""

import asyncio
import os
import re
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import orjson

from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.debts.kinds import ComponentKind
from core.interest.set_terms import SetTerms, set_terms
from core.kit import clock, db
from core.kit.db import Database
from core.kit.scope import Scope
from core.ledger.reads import balances
from core.mandates.interest import InterestTerms
from tests.core.house import make_agency, make_client, make_debt
from tests.money.closing_day import CLOSING, DAY, close
from tests.money.proofs import wrongs

KILLS = int(os.environ.get("RECOBRO_KILLS", "5"))
ROOT = Path(__file__).resolve().parents[2]
SCHEDULE = {
    "tiers_by": "PAID_TO_DATE", "mode": "MARGINAL", "tiers": [{"up_to": 3_000, "rate": "0.3"}, {"rate": "0.2"}],
}  # fmt: skip


async def test_a_closing_day_that_is_killed_ends_as_one_that_is_not(
    database: Database, app_url: str, capsys: Any
) -> None:
    calm, killed = await furnish("calm"), await furnish("killed")
    await close(database, calm)
    lines = capsys.readouterr().out.count("\n")
    random = Random(int(os.environ.get("RECOBRO_SEED", "0")))
    for number in range(KILLS):
        # Each time further on: what was done before is asked for again, and done once.
        line = random.randrange(lines * number // KILLS, lines * (number + 1) // KILLS) + 1
        await asyncio.to_thread(kill_at, app_url, killed, line, random.uniform(0, 0.008))
    ended = await asyncio.to_thread(subprocess.run, _program(app_url, killed), cwd=ROOT, capture_output=True)
    assert ended.returncode == 0, ended.stderr.decode()

    with clock.at(CLOSING):
        for scope in (calm, killed):
            assert await wrongs(scope, all_sealed=True) == {}
    assert await result(killed) == await result(calm)


def _program(app_url: str, scope: Scope) -> list[str]:
    return [sys.executable, "-m", "tests.money.closing_day", app_url, str(scope.agency)]


def kill_at(app_url: str, scope: Scope, line: int, seconds: float) -> None:
    """Run the day, and kill it so many seconds after it has said its line with this number: in the midst of the next."""
    with subprocess.Popen(_program(app_url, scope), cwd=ROOT, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        said = [program.stdout.readline() for _ in range(line)]
        assert all(said), "it ended by itself"
        try:
            program.wait(seconds)
        except subprocess.TimeoutExpired:
            program.send_signal(signal.SIGKILL)


async def furnish(name: str) -> Scope:
    """An agency with two creditors, two debts of each that bear interest, and cheques that clear after eight days."""
    with clock.at(CLOSING):
        scope = await make_agency(name)
        for code in ("bank", "shop"):
            client = await make_client(scope, code)
            command = SaveSchedule(
                mandate_id=client.mandate_id, terms=SCHEDULE, valid_from=date(2026, 1, 1), tax_rate=Decimal("0.19")
            )
            await save_schedule(scope, command)
            for number in range(2):
                parts = [
                    (ComponentKind.PRINCIPAL, 60_000 - 50_000 * number, date(2026, 2, 1)),
                    (ComponentKind.INTEREST_ORDINARY, 900, None),
                ]
                debt = await make_debt(scope, client, parts, reference=f"{code}-{number}")
                terms = InterestTerms(annual_rate=Decimal("0.28"))
                await set_terms(
                    scope, SetTerms(debt_id=debt.id, valid_from=date(2026, 4, 1), terms=terms, reason="contract")
                )
        async with db.transaction(scope) as tx:
            await tx.execute("UPDATE mandate SET clearance_days = $2 WHERE agency_id = $1", scope.agency, {"CHEQUE": 8})
    return scope


async def result(scope: Scope) -> dict[str, Any]:
    """What the day has made, without ids and the order within it: the same twice if it was the same day."""
    found: dict[str, Any] = {}
    async with db.transaction(scope, read_only=True) as tx:
        for name, sql in _RESULT.items():
            found[name] = [tuple(row) for row in await tx.fetch(sql, scope.agency)]
        found["documents"] = [
            _plain(row["document"])
            for row in await tx.fetch(
                "SELECT s.document FROM remittance_statement s JOIN creditor c ON c.agency_id = $1 "
                "AND c.id = s.creditor_id WHERE s.agency_id = $1 ORDER BY c.code, s.number",
                scope.agency,
            )
        ]
    with clock.at(CLOSING):
        held = await balances(scope, DAY)
    found["held"] = sorted((one.account.value, one.currency, one.balance_minor) for one in held)
    assert len(found["documents"]) == 4
    return found


_RESULT = {
    "debts": "SELECT reference, status, balance_minor, recovered_minor, last_payment_on FROM debt WHERE agency_id = $1 "
    "ORDER BY reference",
    "payments": "SELECT idempotency_key, status, amount_minor, unapplied_minor, cleared_on, reversed_on FROM payment "
    "WHERE agency_id = $1 ORDER BY 1",
    "movements": "SELECT d.reference, v.kind, v.effective_on, v.delta_minor FROM debt_movement v "
    "JOIN debt d ON d.agency_id = $1 AND d.id = v.debt_id WHERE v.agency_id = $1 ORDER BY 1, 2, 3, 4",
    "postings": "SELECT c.code, p.kind, p.debit, p.credit, p.effective_on, p.amount_minor FROM ledger_posting p "
    "LEFT JOIN creditor c ON c.agency_id = $1 AND c.id = p.creditor_id WHERE p.agency_id = $1 "
    "ORDER BY 1, 2, 3, 4, 5, 6",
    "fees": "SELECT p.idempotency_key, f.kind, f.assessed_on, f.amount_minor FROM fee_line f "
    "JOIN payment p ON p.agency_id = $1 AND p.id = f.payment_id WHERE f.agency_id = $1 ORDER BY 1, 2, 3, 4",
    "orders": "SELECT c.code, o.kind, o.amount_minor FROM remittance_order o "
    "JOIN creditor c ON c.agency_id = $1 AND c.id = o.creditor_id WHERE o.agency_id = $1 ORDER BY 1, 2, 3",
    "events": "SELECT name, count(*) FROM event WHERE agency_id = $1 GROUP BY 1 ORDER BY 1",
    "jobs": "SELECT name, state FROM job WHERE agency_id = $1 ORDER BY 1",
}


def _plain(document: str) -> list[tuple[str, str]]:
    """Every value of a statement with its place in it, but for ids and hashes and names of the agency; sorted."""
    found = list[tuple[str, str]]()

    def walk(place: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name not in ("agency", "creditor", "position"):
                    walk(f"{place}.{name}", inner)
        elif isinstance(value, list):
            for inner in value:
                walk(place, inner)
        elif not re.fullmatch(r"[0-9a-f-]{32,}", str(value)):
            found.append((place, str(value)))

    walk("", orjson.loads(document))
    return sorted(found)
