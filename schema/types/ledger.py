"""The money side of the journal, and the proof that the journal holds."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.kit import ids
from core.kit.scope import Audience
from core.ledger import reads
from core.ledger.kinds import Account, PostingKind
from core.ledger.verify import Check, Proof
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, many, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.scalars import BigInt
from schema.types.debts import Debt
from schema.types.mandates import Creditor

if TYPE_CHECKING:
    from schema.types.banking import BankEntry
    from schema.types.commissions import FeeLine
    from schema.types.legal_cases import LegalCost
    from schema.types.payments import Payment
    from schema.types.remittance import RemittanceOrder, RemittanceStatement, StatementLine

strawberry.enum(Account, name="LedgerAccount", description="An account of an agency's journal.")
strawberry.enum(PostingKind, description="What a posting is for.")


@node(
    "posting", "ledger_posting", Permission.LEDGER_READ,
    "An amount that moves from one account to another. Nothing is ever changed, only reversed.",
)  # fmt: skip
class LedgerPosting(Mapped, Node):
    id: strawberry.ID = public_id("posting")
    kind: PostingKind = choice("kind", PostingKind, "What it is for.")
    debit: Account = choice("debit", Account, "The account that it goes to.")
    credit: Account = choice("credit", Account, "The account that it comes from.")
    amount: Money = money("amount_minor", "How much.")
    effective_on: date = column("effective_on", "The legal day.")
    recorded_at: datetime = column("recorded_at", "When it was recorded.")
    reason: str = column("reason", "Why, where somebody said so.")
    creditor: Creditor | None = one(
        "creditor_id", "The creditor whose account one of them is.", requires=Permission.CREDITOR_READ
    )
    debt: Annotated[Debt, strawberry.lazy("schema.types.debts")] | None = one(
        "debt_id", "The debt that the money was for.", requires=Permission.DEBT_READ
    )
    payment: Annotated["Payment", strawberry.lazy("schema.types.payments")] | None = one(
        "source_id", "The payment because of which it was made.", requires=Permission.PAYMENT_READ
    )
    fee_line: Annotated["FeeLine", strawberry.lazy("schema.types.commissions")] | None = one(
        "source_id", "The fee line that it posts.", requires=Permission.COMMISSION_READ
    )
    statement: Annotated["RemittanceStatement", strawberry.lazy("schema.types.remittance")] | None = one(
        "source_id", "The statement that it settles.", requires=Permission.REMITTANCE_READ
    )
    order: Annotated["RemittanceOrder", strawberry.lazy("schema.types.remittance")] | None = one(
        "source_id", "The order whose money came back.", requires=Permission.REMITTANCE_READ
    )
    legal_cost: Annotated["LegalCost", strawberry.lazy("schema.types.legal_cases")] | None = one(
        "source_id", "The cost of a lawsuit that was laid out.", requires=Permission.LEGAL_READ
    )
    bank_entry: Annotated["BankEntry", strawberry.lazy("schema.types.banking")] | None = one(
        "source_id",
        "The line of the bank that it posts, while nobody knew what it was. For the agency.",
        requires=Permission.BANKING_READ,
        only=Audience.AGENCY,
    )
    statement_lines: list[Annotated["StatementLine", strawberry.lazy("schema.types.remittance")]] = many(
        "posting_id", "t.id", "Where it is stated; one at most.", limit=1, requires=Permission.REMITTANCE_READ
    )


@strawberry.input(description="What postings to show. What is left out narrows nothing.")
class LedgerPostingFilter:
    creditor_id: strawberry.ID | None = strawberry.field(default=None, description="Of this creditor.")
    debt_id: strawberry.ID | None = strawberry.field(default=None, description="For this debt.")
    payment_id: strawberry.ID | None = strawberry.field(default=None, description="Because of this payment.")
    account: Account | None = strawberry.field(default=None, description="That go to or come from this account.")
    kind: PostingKind | None = strawberry.field(default=None, description="For this.")
    since: date | None = strawberry.field(default=None, description="From this legal day on.")
    until: date | None = strawberry.field(default=None, description="Up to this legal day.")


@strawberry.type(description="What an account holds at the end of a day.")
class AccountBalance:
    account: Account = strawberry.field(description="The account.")
    creditor_id: strawberry.ID | None = strawberry.field(description="Whose it is; null for the agency's own.")
    balance: Money = strawberry.field(description="Debits less credits: what the agency owes is negative.")

    @classmethod
    def of(cls, found: reads.AccountBalance) -> "AccountBalance":
        return cls(
            account=found.account,
            creditor_id=strawberry.ID(ids.encode("creditor", found.creditor_id)) if found.creditor_id else None,
            balance=Money.of(found.balance_minor, found.currency),
        )


@strawberry.type(description="One thing that was to be proved of the journal.")
class LedgerCheck:
    name: str = strawberry.field(description="Its name.")
    proves: str = strawberry.field(description="What holds where nothing is wrong.")
    holds: bool = strawberry.field(description="Whether it holds.")
    looked_at: BigInt = strawberry.field(description="How many things were looked at.")
    wrong: BigInt = strawberry.field(description="How many of them are wrong.")
    samples: list[str] = strawberry.field(description="Some of what is wrong.")

    @classmethod
    def of(cls, check: Check) -> "LedgerCheck":
        return cls(
            name=check.name, proves=check.proves, holds=check.holds, looked_at=BigInt(check.looked_at),
            wrong=BigInt(check.wrong), samples=list(check.samples),
        )  # fmt: skip


@strawberry.type(description="The proof of an agency's whole journal, at one moment.")
class LedgerProof:
    holds: bool = strawberry.field(description="Whether everything holds.")
    height: BigInt = strawberry.field(description="How many blocks are sealed.")
    head: str = strawberry.field(description="The hash of the last block: keep it, and the journal can be held to it.")
    entries: BigInt = strawberry.field(description="How many entries are sealed.")
    unsealed: BigInt = strawberry.field(description="How many entries are younger than the last block.")
    checks: list[LedgerCheck] = strawberry.field(description="What was checked.")

    @classmethod
    def of(cls, proof: Proof) -> "LedgerProof":
        return cls(
            holds=proof.holds, height=BigInt(proof.height), head=proof.head, entries=BigInt(proof.entries),
            unsealed=BigInt(proof.unsealed), checks=[LedgerCheck.of(check) for check in proof.checks],
        )  # fmt: skip
