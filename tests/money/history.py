"""A history of an agency, step by step through the use cases: whatever is asked, in whatever order, may be refused with
a code, and may not do harm.

A step is its name and three numbers, from which it takes what it needs, so that a shorter history is one, too.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core.agreements.cancel_agreement import cancel_agreement
from core.agreements.create_agreement import CreateAgreement, create_agreement
from core.agreements.judge_due import request_judgement
from core.agreements.kinds import AgreementChannel, Frequency
from core.agreements.record_promise import RecordPromise, record_promise
from core.agreements.rules import Rhythm
from core.debts.add_charge import AddCharge, add_charge
from core.debts.adjust_component import AdjustComponent, adjust_component
from core.debts.flag_dispute import FlagDispute, flag_dispute
from core.debts.kinds import ComponentKind, DisputeOutcome
from core.interest.accrue_due import request_accrual
from core.interest.kinds import PauseReason
from core.interest.pause_interest import EndPause, PauseInterest, end_pause, pause_interest
from core.interest.set_terms import SetTerms, set_terms
from core.kit import clock, db
from core.kit.db import Database
from core.kit.ids import new_id
from core.kit.money import Money
from core.mandates.interest import InterestTerms
from core.payments import reprocess_payments
from core.payments.clear_payments import request_clearing
from core.payments.kinds import PaymentMethod, ReceivedBy
from core.payments.record_payment import RecordPayment, record_payment
from core.payments.refund_surplus import RefundSurplus, refund_surplus
from core.payments.repay_refund import RepayRefund, repay_refund
from core.payments.reverse_payment import ReversePayment, reverse_payment
from core.write_offs.reinstate_debt import ReinstateDebt, reinstate_debt
from core.write_offs.write_off_debt import WriteOffDebt, write_off_debt
from core.write_offs.write_off_small_debts import WriteOffSmallDebts, request_small_write_off
from tests.core.house import Client, DebtRow, make_debt
from tests.helpers_jobs import run_jobs
from tests.money.history_of_fees import Settling, refusal
from tests.money.proofs import journal, owed, parts_of, payments_of

K = ComponentKind
assert reprocess_payments.reprocess, "whoever runs jobs has to know this one"
STEPS = (
    "place", "charge", "adjust", "pay", "pay", "overpay", "cheque", "cheque", "direct", "clear", "reverse", "reverse",
    "chargeback", "again", "refund", "refund", "repay", "terms", "pause", "unpause", "accrue", "schedule", "agree", "assess", "recalculate", "issue",
    "issue", "returned", "reprocess", "later", "later", "promise", "plan", "plan", "unpromise", "judge",
    "write_off", "write_off_small", "reinstate", "dispute", "resolve",
)  # fmt: skip


@dataclass
class History(Settling):
    """`refused` counts codes of refusals, `done` the steps that had an effect. `charged` and `adjusted` are what the
    steps themselves know of each component."""

    database: Database
    now: datetime
    debts: list[tuple[Client, DebtRow]] = field(default_factory=list[tuple[Client, DebtRow]])
    moved: Counter[UUID] = field(default_factory=Counter[UUID])
    done: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    last: RecordPayment | None = None

    async def step(self, name: str, a: int, b: int, c: int) -> None:
        """Do one step. A refusal changes nothing, and says what it is by a code of its own."""
        if not self.debts and name not in ("place", "later"):
            name = "place"
        with clock.at(self.now):
            before = await journal(self.scope)
            refused = await refusal(getattr(self, f"_{name}")(a, b, c))
            if refused is None:
                self.done[name] += 1
            else:
                assert refused.code != type(refused).code, f"{name}: {refused}"
                assert await journal(self.scope) == before, f"{name} was refused ({refused.code}), and wrote"
                self.refused[refused.code] += 1
        self.now += timedelta(minutes=1)

    def _debt(self, a: int) -> tuple[Client, DebtRow]:
        return self.debts[a % len(self.debts)]

    async def _place(self, a: int, b: int, c: int) -> None:
        client = self._client(a)
        parts = [
            (K.PRINCIPAL, 1 + b, self._day(c)), (K.INTEREST_ORDINARY, b // 7, None), (K.PRINCIPAL, 1 + b // 3, None),
        ]  # fmt: skip
        self.debts.append((client, await make_debt(self.scope, client, parts)))
        self.done["placed"] += 1

    async def _charge(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        old = debt.components[0] if c % 2 else None
        command = AddCharge(
            debt_id=debt.id, kind=K.PRINCIPAL if old else K.LEGAL_COST, amount=Money(1 + b % 5_000, "COP"),
            reason="costs", idempotency_key=str(new_id()), effective_on=self._day(c), component_id=old,
        )  # fmt: skip
        charged = await add_charge(self.scope, command)
        self.moved[charged.component_id] += command.amount.minor_units
        assert await add_charge(self.scope, command) == replace(charged, replayed=True, reopened=False)

    async def _adjust(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        delta = b % 4_000 if c % 3 else -(b % 4_000)
        command = AdjustComponent(
            debt_id=debt.id, component_id=debt.components[b % 3], delta=Money(delta, "COP"), effective_on=self._day(c),
            reason="agreed", idempotency_key=str(new_id()),
        )  # fmt: skip
        await adjust_component(self.scope, command)
        self.moved[command.component_id] += delta

    async def _record(self, debt: DebtRow, minor: int, c: int, method: str, by: str) -> None:
        self.last = RecordPayment(
            debt_id=debt.id, amount=Money(minor, "COP"), paid_on=self._day(c), method=PaymentMethod(method),
            received_by=ReceivedBy(by), idempotency_key=str(new_id()),
        )  # fmt: skip
        recorded = await record_payment(self.scope, self.last)
        parts = sum(part.minor for part in recorded.allocations)
        assert parts + recorded.unapplied_minor == minor

    async def _pay(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        await self._record(debt, 1 + b % 20_000, c if c % 3 else 0, "TRANSFER", "AGENCY")

    async def _overpay(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        due = await owed(self.scope, debt.id)
        await self._record(debt, max(1, due + b % 3_000), c if c % 3 else 0, "CARD", "AGENCY")

    async def _cheque(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        await self._record(debt, 1 + b, c % 7, "CHEQUE", "AGENCY")

    async def _direct(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        await self._record(debt, 1 + b % 30_000, c, "CASH", "CREDITOR")

    async def _held(self, a: int, account: str) -> tuple[UUID, int]:
        """A debt with money on an account of its debtor, where there is one, and how much."""
        async with db.transaction(self.scope, read_only=True) as tx:
            rows = await tx.fetch(
                "SELECT * FROM (SELECT debt_id, abs(sum(CASE debit WHEN $2 THEN amount_minor ELSE -amount_minor END)) "
                "AS minor FROM ledger_posting WHERE agency_id = $1 AND $2 IN (debit, credit) "
                "GROUP BY 1) n WHERE minor > 0 ORDER BY debt_id",
                self.scope.agency, account,
            )  # fmt: skip
        return (rows[a % len(rows)]["debt_id"], int(rows[a % len(rows)]["minor"])) if rows else (self._debt(a)[1].id, 0)

    async def _refund(self, a: int, b: int, c: int) -> None:
        """Of what is too much, or one more than that."""
        debt_id, surplus = await self._held(a, "UNAPPLIED")
        if not surplus:
            return
        command = RefundSurplus(
            debt_id=debt_id, amount=Money(1 + b % (surplus + 1), "COP"), refunded_on=self.today, reason="too much",
            idempotency_key=str(new_id()),
        )  # fmt: skip
        done = await refund_surplus(self.scope, command)
        assert done.surplus.minor_units == surplus - command.amount.minor_units

    async def _repay(self, a: int, b: int, c: int) -> None:
        """Of a refund whose payment bounced, or one more than is owed; now and then it goes back."""
        debt_id, owed = await self._held(a, "NSF_RECEIVABLE")
        command = RepayRefund(
            debt_id=debt_id, amount=Money(1 + b % (owed + 1), "COP"), repaid_on=self.today, reference="B",
            idempotency_key=str(new_id()), returned=c % 4 == 3,
        )  # fmt: skip
        done = await repay_refund(self.scope, command)
        change = command.amount.minor_units * (1 if command.returned else -1)
        assert done.owed.minor_units == owed + change >= 0
        assert (await repay_refund(self.scope, command)).replayed

    async def _again(self, a: int, b: int, c: int) -> None:
        """The last request comes once more: it is answered, and nothing happens."""
        if self.last is not None:
            before = await journal(self.scope)
            assert (await record_payment(self.scope, self.last)).replayed
            assert await journal(self.scope) == before

    async def _clear(self, a: int, b: int, c: int) -> None:
        await request_clearing(self.scope)
        await run_jobs(self.database)

    async def _reverse(self, a: int, b: int, c: int) -> None:
        """Of any payment that there ever was: of one that is reversed it must be refused."""
        payments = await payments_of(self.scope)
        if not payments:
            return
        row = payments[b % len(payments)]
        first = row["replaces_id"] or row["id"]
        stands = any(o["status"] != "REVERSED" for o in payments if (o["replaces_id"] or o["id"]) == first)
        day = max(row["paid_on"], self.today - timedelta(days=c % 5))
        command = ReversePayment(payment_id=row["id"], reason="returned R01", reversed_on=day)
        refused = await refusal(reverse_payment(self.scope, command))
        assert (refused is None) is stands, f"a payment that {'stands' if stands else 'is reversed'}: {refused}"
        if refused is not None:
            assert refused.code == "PAYMENT_ALREADY_REVERSED"
            raise refused

    async def _chargeback(self, a: int, b: int, c: int) -> None:
        """Twice in a row, as networks send it."""
        await self._reverse(a, b, c)
        refused = await refusal(self._reverse(a, b, c))
        if await payments_of(self.scope):
            assert refused is not None and refused.code == "PAYMENT_ALREADY_REVERSED"

    async def _terms(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        terms = InterestTerms(annual_rate=Decimal(b % 60) / 100, overdue_only=bool(c % 2))
        command = SetTerms(debt_id=debt.id, valid_from=self._day(c), terms=terms, reason="another rate")
        await set_terms(self.scope, command)

    async def _pause(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        first_on = self._day(c)
        last_on = None if b % 3 == 0 else first_on + timedelta(days=b % 20)
        command = PauseInterest(debt_id=debt.id, first_on=first_on, last_on=last_on, reason=PauseReason.DISPUTE)
        await pause_interest(self.scope, command)

    async def _unpause(self, a: int, b: int, c: int) -> None:
        async with db.transaction(self.scope, read_only=True) as tx:
            pauses = await tx.fetch(
                "SELECT id, first_on FROM interest_pause WHERE agency_id = $1 ORDER BY id", self.scope.agency
            )
        if pauses:
            pause = pauses[a % len(pauses)]
            last_on = pause["first_on"] + timedelta(days=b % 12 - 1)
            await end_pause(self.scope, EndPause(pause_id=pause["id"], last_on=last_on))

    async def _accrue(self, a: int, b: int, c: int) -> None:
        await request_accrual(self.scope, self.today - timedelta(days=c % 4))
        await run_jobs(self.database)

    async def _part(self, debt: DebtRow, minor: int) -> int:
        """So much of the debt, or what is left of it."""
        return max(1, min(minor, await owed(self.scope, debt.id)))

    async def _promise(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        command = RecordPromise(
            debt_id=debt.id, amount=Money(await self._part(debt, b % 9_000), "COP"), due_on=self.today + timedelta(days=c % 12),
            channel=AgreementChannel.CALL, idempotency_key=str(new_id()),
        )  # fmt: skip
        agreed = await record_promise(self.scope, command)
        assert await record_promise(self.scope, command) == replace(agreed, replayed=True)

    async def _plan(self, a: int, b: int, c: int) -> None:
        _, debt = self._debt(a)
        rhythm = Rhythm(count=1 + c % 5, first_on=self.today + timedelta(days=c % 9), frequency=Frequency.WEEKLY)
        command = CreateAgreement(
            debt_id=debt.id, amount=Money(await self._part(debt, b % 30_000), "COP"), channel=AgreementChannel.PORTAL, instalments=rhythm,
            idempotency_key=str(new_id()),
        )  # fmt: skip
        await create_agreement(self.scope, command)

    async def _unpromise(self, a: int, b: int, c: int) -> None:
        async with db.transaction(self.scope, read_only=True) as tx:
            rows = await tx.fetch(
                "SELECT id FROM agreement WHERE agency_id = $1 ORDER BY status <> 'ACTIVE', id", self.scope.agency
            )
        if rows:
            await cancel_agreement(self.scope, rows[a % min(2, len(rows))]["id"], "another one")

    async def _judge(self, a: int, b: int, c: int) -> None:
        await request_judgement(self.scope)
        await run_jobs(self.database)

    async def _that(self, a: int, state: str) -> DebtRow:
        """A debt in a state, where there is one; otherwise any, of which the step will be refused."""
        async with db.transaction(self.scope, read_only=True) as tx:
            rows = await tx.fetch(f"SELECT id FROM debt WHERE agency_id = $1 AND {state}", self.scope.agency)
        found, fitting = {row["id"] for row in rows}, [debt for _, debt in self.debts]
        fitting = [debt for debt in fitting if debt.id in found] or fitting
        return fitting[a % len(fitting)]

    async def _write_off(self, a: int, b: int, c: int) -> None:
        debt = await self._that(a, "balance_minor > 0")
        done = await write_off_debt(self.scope, WriteOffDebt(debt_id=debt.id, reason="nothing to be had"))
        assert done.written_off.minor_units > 0 == await owed(self.scope, debt.id)

    async def _write_off_small(self, a: int, b: int, c: int) -> None:
        command = WriteOffSmallDebts(
            mandate_id=self._client(a).mandate_id, threshold=Money(1 + b, "COP"), reason="not worth a letter"
        )
        await request_small_write_off(self.scope, command)
        await run_jobs(self.database)

    async def _reinstate(self, a: int, b: int, c: int) -> None:
        debt = await self._that(a, "written_off_minor > 0")
        done = await reinstate_debt(self.scope, ReinstateDebt(debt_id=debt.id, reason="found"))
        assert done.balance.minor_units == await owed(self.scope, debt.id) > 0

    async def _dispute(self, a: int, b: int, c: int) -> None:
        debt = await self._that(a, "balance_minor > 0")
        part = (await parts_of(self.scope, debt.id))[b % 3]
        minor = 1 + b % max(1, part["open_minor"])
        command = FlagDispute(
            debt_id=debt.id, disputed=True, reason="not mine", component_id=part["id"], amount=Money(minor, "COP")
        )
        await flag_dispute(self.scope, command)

    async def _resolve(self, a: int, b: int, c: int) -> None:
        debt = await self._that(a, "disputed")
        before = await parts_of(self.scope, debt.id)
        outcome = (None, DisputeOutcome.UPHELD, DisputeOutcome.REJECTED)[c % 3]
        command = FlagDispute(debt_id=debt.id, disputed=False, reason="shown the contract", outcome=outcome)
        done = await flag_dispute(self.scope, command)
        after = {part["id"]: part["open_minor"] for part in await parts_of(self.scope, debt.id)}
        for part in before:
            self.moved[part["id"]] += after[part["id"]] - part["open_minor"]
        assert done.adjusted.minor_units == sum(part["open_minor"] for part in before) - sum(after.values())
        self.done["resolved"] += done.changed

    async def _reprocess(self, a: int, b: int, c: int) -> None:
        """Whatever was dated before other payments has had them split anew by now."""
        await run_jobs(self.database)

    async def _later(self, a: int, b: int, c: int) -> None:
        self.now += timedelta(days=1 + a % 20, hours=b % 24)
