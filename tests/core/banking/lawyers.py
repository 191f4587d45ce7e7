"""A firm that holds money of several debts, and a trust account in COP into which it pays it over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from core.banking.identify_remittance import IdentifyRemittance, RemittanceIdentified, identify_remittance
from core.banking.kinds import AccountKind
from core.banking.open_account import OpenAccount, open_account
from core.banking.prove import prove
from core.banking.reconcile import reconcile
from core.banking.upload_statements import UploadStatements, upload_statements
from core.kit import files
from core.kit.db import Database
from core.kit.money import Money
from core.kit.scope import Scope
from core.legal.decide_money import DecideMoney, decide_money
from core.legal.follow_case import JOB as FOLLOW
from core.legal.hand_over import HandOver, hand_over
from core.legal.kinds import CostApprover
from core.legal.set_cost_terms import SetCostTerms, set_cost_terms
from core.legal.take_money import BOOK_JOB, REMITTED_JOB
from core.payments.clear_payments import JOB as CLEAR
from recobro import jobs_registry, worker
from recobro_sdk import CaseMoney, CaseMoneyKind, CaseNews, LegalStage, Settled
from recobro_sdk import Money as SdkMoney
from tests.core.banking.samples import IBAN, camt, entry, part
from tests.core.house import make_debt
from tests.core.legal.case_house import PARTS, TODAY, Case, acknowledged

EVERYTHING = (BOOK_JOB, REMITTED_JOB, CLEAR)


@dataclass
class Firm:
    """`handoffs` are its cases, by the debtor's number."""

    case: Case
    account_id: UUID
    handoffs: dict[str, UUID]
    told: dict[str, tuple[CaseMoney, ...]] = field(default_factory=dict)
    balance: int = 0
    statements: int = 0

    @property
    def scope(self) -> Scope:
        return self.case.scope

    async def tell(self, name: str, *money: CaseMoney, decided: bool = True) -> None:
        """The channel tells money of a case, after what it told before; a person books it."""
        self.told[name] = self.told.get(name, ()) + money
        self.case.firm.news = Settled(CaseNews(stage=LegalStage.ACKNOWLEDGED, money=self.told[name]))
        await self.do(FOLLOW, self.handoffs[name])
        for row in await self.case.rows(
            "SELECT id FROM legal_money WHERE state = 'TOLD' AND kind <> 'REMITTED' ORDER BY kind, id"
        ):
            if decided:
                command = DecideMoney(money_id=row["id"], booked=True, reason="as the advice says")
                await decide_money(self.scope, command)
        await self.do(BOOK_JOB)

    async def do(self, name: str, subject_id: UUID | None = None) -> None:
        rows = await self.case.rows(
            "UPDATE job SET not_before = now() WHERE name = $1 AND state = 'QUEUED' "
            "AND ($2::uuid IS NULL OR subject_id = $2) RETURNING id", name, subject_id,
        )  # fmt: skip
        for row in rows:
            assert await worker.run_job(row["id"])
        done = await self.case.rows("SELECT state FROM job WHERE id = ANY($1)", [row["id"] for row in rows])
        assert {one["state"] for one in done} <= {"DONE"}, done

    async def bank(self, *lines: tuple[int, str, str], on: date = TODAY) -> list[dict[str, Any]]:
        """A statement: signed cents, the bank's reference, and what the payer wrote. Returns the entries."""
        before, self.statements = self.balance, self.statements + 1
        self.balance += sum(minor for minor, _, _ in lines)
        told = [
            entry(
                _text(abs(minor)), cd="CRDT" if minor > 0 else "DBIT", ref=ref, day=on.isoformat(), ccy="COP",
                parts=part(text=text),
            )
            for minor, ref, text in lines
        ]  # fmt: skip
        number = f"S{self.statements}"
        content = camt(*told, opening=_text(before), closing=_text(self.balance), ccy="COP", number=number)

        async def chunks() -> AsyncIterator[bytes]:
            yield content

        stored = await files.store(self.scope.agency, chunks(), max_bytes=1 << 20)
        await upload_statements(self.scope, UploadStatements(file=stored, file_name="f", account_id=None))
        for name in ("banking.import", "banking.match"):
            await self.do(name)
        return [await self.line(ref) for _, ref, _ in lines]

    async def line(self, ref: str) -> dict[str, Any]:
        (row,) = await self.case.rows("SELECT * FROM bank_entry WHERE bank_reference = $1", ref)
        return row

    async def money(self) -> dict[str, dict[str, Any]]:
        return {row["reference"]: row for row in await self.case.rows("SELECT * FROM legal_money ORDER BY id")}

    async def share(self, ref: str, *references: str, scope: Scope | None = None) -> RemittanceIdentified:
        """A person names the amounts."""
        known = await self.money()
        ids = tuple(known[one]["id"] for one in references)
        command = IdentifyRemittance(entry_id=(await self.line(ref))["id"], money_ids=ids)
        return await identify_remittance(scope or self.scope, command)

    async def paid(self) -> dict[str, tuple[str, date | None]]:
        """The payments, by the reference that the firm gave them."""
        rows = await self.case.rows("SELECT reference, status, cleared_on FROM payment")
        return {row["reference"]: (row["status"], row["cleared_on"]) for row in rows}

    async def items(self, on: date = TODAY) -> dict[str, int]:
        """What lies between the bank and the books, by class, of books that hold and are reconciled."""
        proof = await prove(self.scope)
        assert proof.holds, [check for check in proof.checks if not check.holds]
        found = await reconcile(self.scope, self.account_id, on)
        assert found.reconciled, found
        return {one.item_class.value: one.minor for one in found.classes}

    async def owed(self) -> dict[str, int]:
        found = await reconcile(self.scope, self.account_id, TODAY)
        return {account.value: minor for account, minor in found.owed.items()}


def money(
    kind: CaseMoneyKind, reference: str, minor: int, *, of: str = "", on: date = TODAY, ta: str = ""
) -> CaseMoney:
    amount = SdkMoney(minor, "COP")
    return CaseMoney(reference=reference, kind=kind, amount=amount, on=on, of=of, remittance=ta)


async def by_terms(firm: Firm) -> None:
    """The mandate's terms book what the firm tells."""
    command = SetCostTerms(
        mandate_id=firm.case.house.bank.mandate_id, approver=CostApprover.CREDITOR, single=Money(0, "COP"),
        case=Money(0, "COP"), books_money=True,
    )  # fmt: skip
    await set_cost_terms(firm.scope, command)


@asynccontextmanager
async def firm_house(database: Database) -> AsyncIterator[Firm]:
    """Three cases of the bank at one firm, on 30 June 2026 in Bogotá."""
    jobs_registry.load()
    async with acknowledged(database, abilities=("case_news",)) as case:
        handoffs = {"ana": case.handoff_id}
        for name in ("bob", "eva"):
            debt = await make_debt(case.scope, case.house.bank, PARTS, stage="PRE_LEGAL", reference=f"DEBT-{name}-7")
            done = await hand_over(case.scope, HandOver(debt_id=debt.id, channel="firm", idempotency_key=name))
            handoffs[name] = done.handoff_id
        opened = OpenAccount(name="trust", kind=AccountKind.TRUST, number=IBAN, currency="COP")
        yield Firm(case, await open_account(case.scope, opened), handoffs)


def _text(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"
