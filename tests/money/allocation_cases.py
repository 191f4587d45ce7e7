"""Replays cases of payment allocation through the use cases, on a real database.

    python -m tests.money.allocation_cases FILE.json

Prints each mismatch with what was expected and what came out, then `N passed, M failed`; the exit status is 1 if any
failed. The database is one of its own, on the PostgreSQL of the tests.
"""

import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core.debts.add_charge import AddCharge, add_charge
from core.kit import clock, crypto, db
from core.kit.db import Database
from core.kit.money import Money
from core.kit.scope import Scope
from core.mandates.create_mandate import CreateMandate, create_mandate
from core.payments import reprocess_payments  # the job that it handles
from core.payments.models import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.reverse_payment import ReversePayment, reverse_payment
from recobro import database as program_database
from recobro.embedded import create_database, remove, start
from tests import conftest
from tests.core.house import Client, DebtRow, make_agency, make_creditor, make_debt, make_portfolio
from tests.helpers_jobs import run_jobs
from tests.kept import drop
from tests.money.allocation_case import KINDS, Case, Charge, Payment, minor, read_case

CURRENCY = "EUR"

_SPLITS = """
SELECT COALESCE(p.replaces_id, p.id) AS first_id, p.paid_on, c.kind, c.instalment, a.amount_minor
FROM payment p JOIN payment_allocation a ON a.agency_id = $1 AND a.payment_id = p.id
JOIN debt_component c ON c.agency_id = $1 AND c.id = a.component_id
WHERE p.agency_id = $1 AND p.debt_id = $2 AND p.status <> 'REVERSED'
"""
_OWED = """
SELECT instalment, sum(balance_minor)::bigint AS minor FROM debt_component WHERE agency_id = $1 AND debt_id = $2
GROUP BY instalment
"""


async def replay(database: Database, scope: Scope, creditor_id: UUID, case: Case) -> list[str]:
    """What came out otherwise than expected, in words; empty where all is as expected."""
    now = datetime.combine(case.last_day, time(12), tzinfo=UTC) + timedelta(days=1)
    with clock.at(now):
        debt = await _place(scope, creditor_id, case)
        reversed_ids, recorded = list[tuple[UUID, Payment]](), dict[int, UUID]()
        for number, entry in enumerate(case.entries):
            if isinstance(entry, Charge):
                await _charge(scope, debt, entry, f"{debt.id}:{number}")
            else:
                payment_id = await _pay(scope, debt, entry, f"{debt.id}:{number}")
                if entry.number is None:
                    reversed_ids.append((payment_id, entry))
                else:
                    recorded[entry.number] = payment_id
            await run_jobs(database)
        for payment_id, entry in reversed_ids:
            command = ReversePayment(payment_id=payment_id, reason="returned", reversed_on=entry.paid_on)
            await reverse_payment(scope, command)
            await run_jobs(database)
    async with db.transaction(scope) as tx:
        splits = [dict(row) for row in await tx.fetch(_SPLITS, scope.agency, debt.id)]
        owed = {row["instalment"]: row["minor"] for row in await tx.fetch(_OWED, scope.agency, debt.id)}
    return [*_compare_splits(case, recorded, splits), *_compare_instalments(case, splits, owed)]


async def _place(scope: Scope, creditor_id: UUID, case: Case) -> DebtRow:
    name = f"{case.id[:60]} {secrets.token_hex(8)}"
    made = await create_mandate(
        scope,
        CreateMandate(
            creditor_id=creditor_id, name=name, currency=CURRENCY, timezone="UTC", starts_on=case.opened_on,
            allocation_order=case.order, allocation_policy=case.policy,
        ),
    )  # fmt: skip
    portfolio_id = await make_portfolio(scope, creditor_id, made.mandate_id)
    client = Client(creditor_id, made.mandate_id, portfolio_id)
    parts = [(part.kind, part.minor, part.due_on) for part in case.parts]
    return await make_debt(
        scope, client, parts, instalments=[part.instalment for part in case.parts], currency=CURRENCY,
        opened_on=case.opened_on,
    )  # fmt: skip


async def _charge(scope: Scope, debt: DebtRow, charge: Charge, key: str) -> None:
    command = AddCharge(
        debt_id=debt.id, kind=charge.kind, amount=Money(charge.minor, CURRENCY), reason="a charge of the case",
        idempotency_key=key, due_on=charge.due_on, effective_on=charge.effective_on, instalment=charge.instalment,
    )  # fmt: skip
    await add_charge(scope, command)


async def _pay(scope: Scope, debt: DebtRow, payment: Payment, key: str) -> UUID:
    command = RecordPayment(
        debt_id=debt.id, amount=Money(payment.minor, CURRENCY), paid_on=payment.paid_on, method=PaymentMethod.TRANSFER,
        received_by=ReceivedBy.AGENCY, idempotency_key=key, purpose=payment.purpose,
    )  # fmt: skip
    return (await record_payment(scope, command)).payment_id


def _text(units: int) -> str:
    return f"{'-' if units < 0 else ''}{abs(units) // 100}.{abs(units) % 100:02}"


def _compare_splits(case: Case, recorded: dict[int, UUID], splits: Sequence[dict[str, Any]]) -> Iterator[str]:
    names = {kind: name for name, kind in KINDS.items()}
    got: dict[UUID, dict[str, int]] = {payment_id: dict.fromkeys(KINDS, 0) for payment_id in recorded.values()}
    for row in splits:
        got[row["first_id"]][names[row["kind"]]] += row["amount_minor"]
    left = sum(part.minor for part in case.parts if part.kind == KINDS["principal"])
    for number, expected in enumerate(case.expected_splits):
        split = got[recorded[number]]
        for name, units in expected.items():
            if split[name] != units:
                yield f"payment {number + 1}, {name}: expected {_text(units)}, got {_text(split[name])}"
        left -= split["principal"]
        balance = case.expected_balances[number]
        if balance is not None and balance != left:
            yield f"payment {number + 1}, principal after it: expected {_text(balance)}, got {_text(left)}"


def _compare_instalments(case: Case, splits: Sequence[dict[str, Any]], owed: dict[int, int]) -> Iterator[str]:
    for expected in case.expected_instalments:
        nr = int(expected["nr"])
        rows, due = [row for row in splits if row["instalment"] == nr], case.due[nr]
        outstanding = owed.get(nr, 0)
        got = {
            "paid": sum(row["amount_minor"] for row in rows),
            "in_advance": sum(row["amount_minor"] for row in rows if row["paid_on"] < due),
            "late": sum(row["amount_minor"] for row in rows if row["paid_on"] > due),
            "outstanding": outstanding,
        }
        for name, units in got.items():
            if expected.get(name) not in (None, "") and minor(expected[name]) != units:
                yield f"instalment {nr}, {name}: expected {expected[name]}, got {_text(units)}"
        last = max((row["paid_on"] for row in rows), default=None)
        paid_date = last.isoformat() if last and outstanding == 0 else ""
        if expected.get("paid_date") is not None and rows and expected["paid_date"] != paid_date:
            yield f"instalment {nr}, paid on: expected {expected['paid_date'] or 'never'}, got {paid_date or 'never'}"


async def replay_all(database: Database, cases: Sequence[Any]) -> dict[str, list[str]]:
    """What came out otherwise, for each case that did, by its id. A case that cannot be read or entered did, too, and
    the ones after it are still replayed."""
    assert reprocess_payments.reprocess
    scope = await make_agency(f"cases-{secrets.token_hex(4)}")
    creditor_id = await make_creditor(scope, "cases")
    failed = dict[str, list[str]]()
    for number, data in enumerate(cases, 1):
        try:
            problems = await replay(database, scope, creditor_id, read_case(data))
        except Exception as problem:
            problems = [f"{type(problem).__name__}: {problem}"]
        if problems:
            name = str(data.get("id", "")) if isinstance(data, dict) else ""
            failed[f"{name} (case {number})" if not name or name in failed else name] = problems
    return failed


@contextmanager
def _server() -> Iterator[str]:
    """The address of a PostgreSQL as superuser, without a database name: this machine's, else an embedded one."""
    own = conftest._own_server()
    if own is not None:
        yield own.rsplit("/", 1)[0]
        return
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder), durable=False)
        yield server.url("x").rsplit("/", 1)[0]
        server.stop()
        remove(Path(folder))


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(url)
    db.use(opened)
    yield opened
    await asyncio.sleep(0.1)  # what tells of events a moment later finds its database still
    db.use(None)
    await opened.close()


def main(path: Path) -> int:
    cases = json.loads(path.read_text())
    crypto.use_keys((conftest.SECRET_KEY,))
    with _server() as server:
        name = f"recobro_cases_{secrets.token_hex(4)}"
        create_database(f"{server}/postgres", name)
        try:
            program_database.upgrade(f"{server}/{name}")
            failed = asyncio.run(_run(program_database.app_url(f"{server}/{name}", crypto.derived("database")), cases))
        finally:
            drop(server, name)
    for case_id, problems in failed.items():
        print(f"{case_id}")
        for problem in problems:
            print(f"    {problem}")
    print(f"{len(cases) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


async def _run(url: str, cases: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    async with _opened(url) as database:
        return await replay_all(database, cases)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.money.allocation_cases FILE.json")
    sys.exit(main(Path(sys.argv[1])))
