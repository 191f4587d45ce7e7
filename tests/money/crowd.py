"""Many who work on the same debts at once, and what each of them was told."""

import os
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from core.commissions.assess_fees import AssessFees, assess_fees
from core.commissions.recalculate_fees import RecalculateFees, recalculate_fees
from core.commissions.save_schedule import SaveSchedule, save_schedule
from core.debts.add_charge import AddCharge, ChargeAdded, add_charge
from core.debts.adjust_component import AdjustComponent, ComponentAdjusted, adjust_component
from core.debts.kinds import ComponentKind
from core.interest.accrue_due import accrue_due
from core.interest.kinds import PauseReason
from core.interest.pause_interest import PauseInterest, pause_interest
from core.interest.set_terms import SetTerms, set_terms
from core.kit import db, jobs
from core.kit.errors import DomainError
from core.kit.money import Money
from core.kit.scope import Scope
from core.ledger.seal import seal
from core.mandates.interest import InterestTerms
from core.payments import clear_payments
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import PaymentRecorded, RecordPayment, record_payment
from core.payments.reprocess_payments import ReprocessPayments, reprocess_payments
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.remittance.issue_statement import IssueStatement, issue_statement
from tests.core.house import DebtRow, House, make_debt
from tests.money.proofs import RELAY

WRITERS, OPERATIONS = 16, 40
SEED = int(os.environ.get("RECOBRO_SEED", "0"))
"""Another number is another crowd."""
NOW = datetime(2026, 6, 20, 15, tzinfo=UTC)
TODAY = date(2026, 6, 20)
REFUSED = {
    "PAYMENT_ALREADY_REVERSED", "BALANCE_TOO_SMALL", "DEBT_CLOSED", "PERIOD_STATED", "NOTHING_TO_STATE", "PERIOD",
}  # fmt: skip
"""What may be answered to somebody whom another one was quicker than."""


@dataclass(slots=True)
class Crowd:
    """What was asked for under which key, and what was answered to it, each time."""

    home: House
    debts: list[DebtRow]
    payments: dict[str, list[PaymentRecorded]] = field(default_factory=dict[str, list[PaymentRecorded]])
    charges: dict[str, list[ChargeAdded]] = field(default_factory=dict[str, list[ChargeAdded]])
    adjustments: dict[str, list[ComponentAdjusted]] = field(default_factory=dict[str, list[ComponentAdjusted]])
    reversals: Counter[UUID] = field(default_factory=Counter[UUID])
    days: int = 0
    done: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])

    @property
    def scope(self) -> Scope:
        return self.home.north

    async def work(self, number: int) -> None:
        random = Random(SEED * 1000 + number)
        kinds = (
            self.record, self.record, self.record, self.record, self.reverse, self.reverse, self.charge, self.adjust,
            self.clear, self.assess, self.recalculate, self.issue, self.accrue, self.pause, self.reprocess, self.seal,
        )  # fmt: skip
        for _ in range(OPERATIONS):
            kind = random.choice(kinds)
            await self.attempt(kind.__name__, kind(random))

    async def attempt(self, name: str, asked: Awaitable[None]) -> None:
        try:
            await asked
            self.done[name] += 1
        except DomainError as problem:
            self.refused[problem.code] += 1
            if problem.code not in REFUSED:
                self.faults.append(f"{name}: {problem.code} {problem}")
        except Exception as problem:
            self.faults.append(f"{name}: {type(problem).__name__} {problem}")

    async def record(self, random: Random) -> None:
        """One of 90 requests, which several make at once; the number says all of what is asked."""
        number = random.randrange(90)
        command = RecordPayment(
            debt_id=self.debts[number % 3].id, amount=Money(1_000 + number * 37, "COP"),
            paid_on=TODAY - timedelta(days=number % 11),
            method=PaymentMethod.CHEQUE if number % 4 == 0 else PaymentMethod.TRANSFER,
            received_by=ReceivedBy.CREDITOR if number % 7 == 0 else ReceivedBy.AGENCY, idempotency_key=f"p{number}",
        )  # fmt: skip
        done = await record_payment(self.scope, command)
        self.payments.setdefault(command.idempotency_key, []).append(done)

    async def reverse(self, random: Random) -> None:
        if self.payments:
            payment_id = random.choice(list(self.payments.values()))[0].payment_id
            done = await reverse_payment(
                self.scope, ReversePayment(payment_id=payment_id, reason="returned R01", reversed_on=TODAY)
            )
            self.reversals[done.payment_id] += 1

    async def charge(self, random: Random) -> None:
        number = random.randrange(20)
        debt = self.debts[number % 3]
        command = AddCharge(
            debt_id=debt.id, kind=ComponentKind.PRINCIPAL, amount=Money(500 + number, "COP"), reason="costs",
            idempotency_key=f"c{number}", effective_on=TODAY - timedelta(days=number % 6),
            component_id=debt.components[0],
        )  # fmt: skip
        self.charges.setdefault(command.idempotency_key, []).append(await add_charge(self.scope, command))

    async def adjust(self, random: Random) -> None:
        number = random.randrange(20)
        debt = self.debts[number % 3]
        command = AdjustComponent(
            debt_id=debt.id, component_id=debt.components[number % 2],
            delta=Money(300 if number % 3 else -200, "COP"), effective_on=TODAY, reason="agreed",
            idempotency_key=f"a{number}",
        )  # fmt: skip
        self.adjustments.setdefault(command.idempotency_key, []).append(await adjust_component(self.scope, command))

    async def clear(self, _: Random) -> None:
        await clear_payments.clear_payments(await self._run(clear_payments.JOB, {}))

    async def accrue(self, random: Random) -> None:
        day = TODAY - timedelta(days=random.randrange(10))
        await accrue_due(await self._run("interest.accrue", {"day": day.isoformat()}))

    async def _run(self, name: str, payload: dict[str, Any]) -> jobs.Run:
        async with db.transaction(self.scope) as tx:
            job_id = await jobs.enqueue(tx, name, payload)
            await tx.execute(
                "UPDATE job SET state = 'RUNNING', attempt = 1 WHERE agency_id = $1 AND id = $2",
                self.scope.agency, job_id,
            )  # fmt: skip
        return jobs.Run(job_id, self.scope.agency, 1, self.scope, payload)

    async def assess(self, _: Random) -> None:
        await assess_fees(self.scope, AssessFees(creditor_id=self.home.bank.creditor_id, until=TODAY))

    async def recalculate(self, _: Random) -> None:
        await recalculate_fees(self.scope, RecalculateFees(creditor_id=self.home.bank.creditor_id, on=TODAY))

    async def issue(self, random: Random) -> None:
        """Two may ask for the same period: one of them gets it."""
        self.days += random.randrange(2)
        command = IssueStatement(
            creditor_id=self.home.bank.creditor_id, currency="COP",
            last_on=min(TODAY, TODAY - timedelta(days=12) + timedelta(days=self.days // 2)),
        )  # fmt: skip
        await issue_statement(self.scope, command)

    async def pause(self, random: Random) -> None:
        first_on = TODAY - timedelta(days=random.randrange(20))
        command = PauseInterest(
            debt_id=random.choice(self.debts).id, first_on=first_on, last_on=first_on, reason=PauseReason.DISPUTE
        )
        await pause_interest(self.scope, command)

    async def reprocess(self, random: Random) -> None:
        command = ReprocessPayments(
            debt_id=random.choice(self.debts).id,
            first_day=TODAY - timedelta(days=random.randrange(11)),
            reason="a test",
        )
        await reprocess_payments(self.scope, command)

    async def seal(self, _: Random) -> None:
        await seal(RELAY)


async def gather(home: House) -> Crowd:
    async with db.transaction(home.north) as tx:
        await tx.execute("UPDATE mandate SET clearance_days = $1", {"CHEQUE": 4})
        await tx.execute(
            "UPDATE mandate SET allocation_policy = $2 WHERE id = $1",
            home.bank.mandate_id, {"grouping": "HORIZONTAL", "reprocess": True},
        )  # fmt: skip
    await save_schedule(
        home.north,
        SaveSchedule(
            mandate_id=home.bank.mandate_id, valid_from=date(2026, 1, 1), tax_rate=Decimal("0.19"),
            terms={
                "tiers_by": "PAID_TO_DATE", "mode": "MARGINAL",
                "tiers": [{"up_to": 20_000, "rate": "0.3"}, {"rate": "0.2"}],
            },
        ),
    )  # fmt: skip
    parts = [(ComponentKind.PRINCIPAL, 45_000, date(2026, 2, 1)), (ComponentKind.INTEREST_ORDINARY, 4_000, None)]
    debts = [await make_debt(home.north, home.bank, parts) for _ in range(3)]
    for debt in debts:
        terms = InterestTerms(annual_rate=Decimal("0.3"))
        await set_terms(
            home.north, SetTerms(debt_id=debt.id, valid_from=date(2026, 5, 1), terms=terms, reason="contract")
        )
    return Crowd(home, debts)
