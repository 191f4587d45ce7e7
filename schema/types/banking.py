"""The agency's bank accounts, what the bank told of them, and the money of which nobody knows yet what it is for."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from core.banking.kinds import AccountKind, EntryState, FileState, ReferenceKind, Rung
from core.banking.reads import Waiting
from core.banking.statement import Direction, Format
from core.permissions import Permission
from schema.kit.fields import Mapped, choice, column, many, mapped, money, one, public_id
from schema.kit.money import Money
from schema.kit.node import Node, node
from schema.kit.scalars import JSON, BigInt
from schema.types.debts import Debt
from schema.types.jobs import Job
from schema.types.ledger import LedgerPosting
from schema.types.payments import Payment
from schema.types.remittance import RemittanceOrder, RemittanceStatement

strawberry.enum(AccountKind, name="BankAccountKind", description="Whose money an account holds.")
strawberry.enum(FileState, name="BankFileState", description="How far a bank's file has come.")
strawberry.enum(EntryState, name="BankEntryState", description="Whether it is known what an entry is.")
strawberry.enum(Direction, name="BankDirection", description="CREDIT: the account has more after it.")
strawberry.enum(Format, name="BankFormat", description="How the bank writes.")
strawberry.enum(Rung, name="BankMatch", description="By what an entry was matched, the surest first.")
strawberry.enum(ReferenceKind, name="PaymentReferenceKind", description="What a debtor quotes, or has signed.")


@node("bank_account", "bank_account", Permission.BANKING_READ, "A bank account of the agency.")
class BankAccount(Mapped, Node):
    id: strawberry.ID = public_id("bank_account")
    name: str = column("name", "The agency's name for it.")
    kind: AccountKind = choice("kind", AccountKind, "Whose money it holds.")
    number: str = column("number", "The IBAN or the bank's number, without separators.")
    currency: str = column("currency", "ISO 4217 code.")
    csv_layout: JSON | None = column("csv_layout", "How its bank writes CSV.")
    created_at: datetime = column("created_at", "When it was registered.")


@node("bank_statement", "bank_statement", Permission.BANKING_READ, "A statement of one account, imported once.")
class BankStatement(Mapped, Node):
    id: strawberry.ID = public_id("bank_statement")
    format: Format = choice("format", Format, "How the bank wrote it.")
    reference: str = column("reference", "The bank's own name for it.")
    from_on: date | None = column("from_on", "Its first day.")
    to_on: date | None = column("to_on", "Its last day.")
    opening: Money | None = money("opening_minor", "The balance before it, where the bank gives one.")
    closing: Money | None = money("closing_minor", "The balance after it, where the bank gives one.")
    credits: Money = money("credit_minor", "What came in by the entries that are new.")
    debits: Money = money("debit_minor", "What went out by the entries that are new.")
    entries_new: int = column("entries_new", "Entries that no other statement had told.")
    entries_duplicate: int = column("entries_duplicate", "Entries that another statement had told.")
    entries_unbooked: int = column("entries_unbooked", "Entries that are no money yet, and were left out.")
    warnings: list[str] = column("warnings", "What was odd and did not matter to the money.")
    imported_at: datetime = column("imported_at", "When it was imported.")

    account: BankAccount | None = one("account_id", "The account.")


@node("bank_file", "bank_file", Permission.BANKING_READ, "A file of the bank, from upload to its end.")
class BankFile(Mapped, Node):
    id: strawberry.ID = public_id("bank_file")
    state: FileState = choice("state", FileState, "How far it has come.")
    format: Format | None = choice("format", Format, "How the bank wrote it, once it could be read.")
    file_name: str = column("file_name", "The name it was uploaded under.")
    file_sha256: str = column("file_sha256", "Its hash, in hex.")
    file_size: BigInt = column("file_size", "In bytes.")
    error_code: str | None = column("error_code", "Why it was refused. Nothing of it was posted.")
    error_message: str | None = column("error_message", "The same in a sentence, with the line and the figures.")
    error_remedy: str | None = column("error_remedy", "What to do about it.")
    created_at: datetime = column("created_at", "When it was uploaded.")
    imported_at: datetime | None = column("imported_at", "When it was imported.")

    statements: list[BankStatement] = many(
        "file_id", "t.to_on, t.id", "The statements that it brought; at most 100.", limit=100
    )
    jobs: list[Job] = many(
        "subject_id",
        "t.created_at DESC, t.id DESC",
        "Its import and its matching, newest first, with their progress.",
        limit=20,
        requires=Permission.JOB_READ,
    )


@mapped("bank_share", "What of a line is of one payment, where lawyers remit several in one.")
class BankShare(Mapped):
    amount: Money = money("amount_minor", "How much of the line; below 0 for a payment that they took off.")
    kept: Money = money(
        "kept_minor",
        "What the lawyers kept of the payment: the trust account lacks it; below 0 where this line brings it.",
    )

    entry: Annotated["BankEntry", strawberry.lazy("schema.types.banking")] | None = one("entry_id", "The line.")
    payment: Payment | None = one("payment_id", "The payment.", requires=Permission.PAYMENT_READ)


@node("bank_entry", "bank_entry", Permission.BANKING_READ, "One payment on a statement.")
class BankEntry(Mapped, Node):
    id: strawberry.ID = public_id("bank_entry")
    amount: Money = money("amount_minor", "How much.")
    direction: Direction = choice("direction", Direction, "Which way.")
    reversal: bool = column("reversal", "Whether the bank calls it the reversal of another entry.")
    booked_on: date = column("booked_on", "The day the bank booked it: the day of the payment.")
    value_on: date | None = column("value_on", "The day from which it bears interest.")
    bank_reference: str = column("bank_reference", "The bank's reference.")
    end_to_end_id: str = column("end_to_end_id", "The payer's reference.")
    mandate_reference: str = column("mandate_reference", "The mandate of a direct debit.")
    creditor_reference: str = column("creditor_reference", "The structured reference.")
    text: str = column("text", "What the payer wrote.")
    counterparty_name: str = column("counterparty_name", "Who paid; of a debit, who was paid.")
    counterparty_account: str = column("counterparty_account", "From which account; of a debit, to which.")
    return_reason: str = column("return_reason", "The bank's code of why it was returned.")
    charge: bool = column("charge", "Whether by its code it is what the bank, or a tax, takes.")
    state: EntryState = choice("state", EntryState, "Whether it is known what it is.")
    match: Rung | None = choice("rung", Rung, "By what it was matched.")
    match_reason: str = column("match_reason", "Why it was matched, or was not.")
    decided_by: str | None = column("decided_by", "Who decided: a user, or system:matching.")
    decided_at: datetime | None = column("decided_at", "When.")

    counterpart_id: strawberry.ID | None = public_id(
        "bank_entry", "counterpart_id", "The entry of another trust account, to or from which the money was moved."
    )

    account: BankAccount | None = one("account_id", "The account.")
    statement: BankStatement | None = one("statement_id", "The statement that told it first.")
    debt: Debt | None = one("debt_id", "The debt that it is for.", requires=Permission.DEBT_READ)
    payment: Payment | None = one(
        "payment_id", "The payment that it is, or takes back.", requires=Permission.PAYMENT_READ
    )
    shares: list[BankShare] = many(
        "entry_id",
        "t.amount_minor DESC, t.id",
        "The payments that it is, where lawyers remit several in one, less what they kept; most first, at most 500.",
        limit=500,
    )
    order: RemittanceOrder | None = one(
        "order_id", "The order that it executes, or the money of which came back.", requires=Permission.REMITTANCE_READ
    )
    invoice: RemittanceStatement | None = one(
        "refund_id",
        "The statement whose invoice it paid, of a line of the agency's own account.",
        requires=Permission.REMITTANCE_READ,
    )
    postings: list[LedgerPosting] = many(
        "source_id",
        "t.recorded_at, t.id",
        "What it moved in the ledger itself; what it became has postings of its own.",
        limit=20,
        requires=Permission.LEDGER_READ,
    )


@strawberry.type(description="Receipts that nobody has identified, of one currency and age.")
class UnidentifiedMoney:
    waiting: strawberry.Private[Waiting]

    @strawberry.field(description="Days since the bank booked them: 0-7, 8-30, 31-90, 91+.")
    def age(self) -> str:
        return self.waiting.label

    @strawberry.field(description="How many.")
    def entries(self) -> BigInt:
        return BigInt(self.waiting.entries)

    @strawberry.field(description="How much.")
    def amount(self) -> Money:
        return Money.of(self.waiting.amount.minor_units, self.waiting.amount.currency)

    @strawberry.field(description="The day of the oldest.")
    def oldest_on(self) -> date:
        return self.waiting.oldest_on
