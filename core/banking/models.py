# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""Bank accounts, the files that the bank gave, their statements and entries, and the references that debtors quote."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.banking.kinds import AccountKind, EntryState, FileState, ReferenceKind, Rung
from core.banking.statement import Direction, Format
from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique


class BankAccount(TenantModel):
    """An account of the agency. `number` is the IBAN or the bank's number, without separators (`compact_account`)."""

    name: str = fields.CharField(max_length=120)
    kind: AccountKind = fields.CharEnumField(AccountKind, max_length=10)
    number: str = fields.CharField(max_length=40)
    currency: str = fields.CharField(max_length=3)
    csv_layout: dict[str, Any] | None = fields.JSONField(null=True)
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "number", "currency")), Unique(("agency_id", "name"))),
        checks=(Check("number_given", "number ~ '^[0-9A-Z]+$'"), Check("name_given", "name <> ''")),
    )

    class Meta:
        table = "bank_account"


class BankFile(TenantModel):
    """A file of the bank, from upload to its end. `account_id` is set where it was given for one account."""

    account = fields.ForeignKeyField("recobro.BankAccount", on_delete=fields.RESTRICT, null=True)
    state: FileState = fields.CharEnumField(FileState, max_length=10, db_default="UPLOADED")
    file_name: str = fields.CharField(max_length=255)
    file_sha256: str = fields.CharField(max_length=64)
    file_size: int = fields.BigIntField()
    format: Format | None = fields.CharEnumField(Format, max_length=8, null=True)
    error_code: str | None = fields.CharField(max_length=80, null=True)
    error_message: str | None = fields.TextField(null=True)
    error_remedy: str | None = fields.TextField(null=True)
    result: dict[str, Any] = fields.JSONField(db_default="{}")
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    imported_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "file_sha256"), where="state <> 'REJECTED'"),),
        indexes=(Ix(("agency_id", "created_at", "id")),),
        checks=(Check("rejected_says_why", "(state = 'REJECTED') = (error_code IS NOT NULL)"),),
    )

    class Meta:
        table = "bank_file"


class BankStatementRow(TenantModel):
    """A statement of one account, imported once. `entries_duplicate` were there already, from another statement.

    Amounts in minor units of `currency`; balances are NULL where the bank gives none.
    """

    file = fields.ForeignKeyField("recobro.BankFile", on_delete=fields.RESTRICT)
    account = fields.ForeignKeyField("recobro.BankAccount", on_delete=fields.RESTRICT)
    format: Format = fields.CharEnumField(Format, max_length=8)
    reference: str = fields.CharField(max_length=140, db_default="")
    currency: str = fields.CharField(max_length=3)
    from_on: date | None = fields.DateField(null=True)
    to_on: date | None = fields.DateField(null=True)
    opening_minor: int | None = fields.BigIntField(null=True)
    closing_minor: int | None = fields.BigIntField(null=True)
    credit_minor: int = fields.BigIntField(db_default=0)
    debit_minor: int = fields.BigIntField(db_default=0)
    entries_new: int = fields.IntField(db_default=0)
    entries_duplicate: int = fields.IntField(db_default=0)
    entries_unbooked: int = fields.IntField(db_default=0)
    warnings: list[str] = fields.JSONField(db_default="[]")
    digest: str = fields.CharField(max_length=64)
    imported_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "account_id", "digest")),),
        indexes=(Ix(("agency_id", "file_id")), Ix(("agency_id", "account_id", "to_on", "id"))),
    )

    class Meta:
        table = "bank_statement"


class BankEntryRow(TenantModel):
    """One payment on a statement: an entry, or a part of one (`part`, from 0).

    `entry_key` is the entry wherever it is told again. An UNMATCHED entry with a `debt_id` is claimed for it, and its
    payment is about to be recorded. `rf` is the creditor reference of ISO 11649 that was found with right check
    digits, wherever the payer wrote it. `attempt` counts how often it was taken from a debt again. Of a return
    `payment_id` is the payment that it takes back. Of money that the agency sent, or got back of it, `order_id` is the
    remittance order, `refund_id` the refund of a surplus or the advance of a creditor (the `source_id` of its posting;
    of a line of the agency's own account, which paid an invoice, the statement), `counterpart_id` the entry of another
    trust account where the same money came in, or left. `shares`: among how many payments it is shared out, where it is
    what lawyers remit of several. `charge`: by the bank's code it is what the bank itself, or a tax, takes.
    """

    statement = fields.ForeignKeyField("recobro.BankStatementRow", on_delete=fields.RESTRICT)
    account = fields.ForeignKeyField("recobro.BankAccount", on_delete=fields.RESTRICT)
    entry_key: str = fields.CharField(max_length=64)
    part: int = fields.IntField(db_default=0)
    line: int | None = fields.IntField(null=True)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    direction: Direction = fields.CharEnumField(Direction, max_length=8)
    reversal: bool = fields.BooleanField(db_default=False)
    booked_on: date = fields.DateField()
    value_on: date | None = fields.DateField(null=True)
    bank_reference: str = fields.CharField(max_length=140, db_default="")
    end_to_end_id: str = fields.CharField(max_length=140, db_default="")
    mandate_reference: str = fields.CharField(max_length=140, db_default="")
    creditor_reference: str = fields.CharField(max_length=140, db_default="")
    text: str = fields.CharField(max_length=1000, db_default="")
    counterparty_name: str = fields.CharField(max_length=140, db_default="")
    counterparty_account: str = fields.CharField(max_length=140, db_default="")
    return_reason: str = fields.CharField(max_length=140, db_default="")
    rf: str = fields.CharField(max_length=25, db_default="")
    charge: bool = fields.BooleanField(db_default=False)
    state: EntryState = fields.CharEnumField(EntryState, max_length=10, db_default="UNMATCHED")
    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT, null=True)
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT, null=True)
    order = fields.ForeignKeyField("recobro.RemittanceOrder", on_delete=fields.RESTRICT, null=True)
    refund_id: UUID | None = fields.UUIDField(null=True)
    counterpart = fields.ForeignKeyField("recobro.BankEntryRow", on_delete=fields.RESTRICT, null=True)
    shares: int = fields.SmallIntField(db_default=0)
    attempt: int = fields.SmallIntField(db_default=0)
    rung: Rung | None = fields.CharEnumField(Rung, max_length=20, null=True)
    match_reason: str = fields.CharField(max_length=300, db_default="")
    decided_by: str | None = fields.CharField(max_length=120, null=True)
    decided_at: datetime | None = fields.DatetimeField(null=True)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(
            Unique(("agency_id", "account_id", "entry_key", "part")),
            # A payment came in once, and goes back once.
            Unique(("agency_id", "payment_id", "direction"), where="payment_id IS NOT NULL"),
            Unique(("agency_id", "order_id", "direction"), where="order_id IS NOT NULL"),
            Unique(("agency_id", "refund_id"), where="refund_id IS NOT NULL"),
            Unique(("agency_id", "counterpart_id"), where="counterpart_id IS NOT NULL"),
        ),
        indexes=(
            Ix(("agency_id", "statement_id", "state")),
            Ix(("agency_id", "state", "booked_on", "id")),
            Ix(("agency_id", "booked_on", "id")),
            Ix(("agency_id", "debt_id"), where="debt_id IS NOT NULL"),
            Ix(("agency_id", "account_id", "end_to_end_id"), where="end_to_end_id <> ''"),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check(
                "matched_to_something",
                "state <> 'MATCHED' OR "
                "num_nonnulls(payment_id, order_id, refund_id, counterpart_id) + (shares > 0)::integer = 1",
            ),
            Check("ignored_says_why", "state <> 'IGNORED' OR match_reason <> ''"),
        ),
    )

    class Meta:
        table = "bank_entry"


class BankShare(TenantModel):
    """What of a line is of one payment, where lawyers remit several in one, less what they kept.

    `payment` is the one as which the money was first recorded; `amount_minor` is below 0 for one that they took back of
    what they remit. `kept_minor` is what they kept of it, which is missing in the trust account; below 0 where the line
    brings that. The shares of a line are together its amount.
    """

    entry = fields.ForeignKeyField("recobro.BankEntryRow", on_delete=fields.RESTRICT)
    payment = fields.ForeignKeyField("recobro.Payment", on_delete=fields.RESTRICT)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    kept_minor: int = fields.BigIntField(db_default=0)

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "entry_id", "payment_id")),),
        indexes=(Ix(("agency_id", "payment_id")),),
        checks=(Check("shares_something", "amount_minor <> 0 OR kept_minor > 0"),),
    )

    class Meta:
        table = "bank_share"


class PaymentReference(TenantModel):
    """What the debtor of a debt was told to quote, or has signed. `reference` without separators, in capitals."""

    debt = fields.ForeignKeyField("recobro.Debt", on_delete=fields.RESTRICT)
    kind: ReferenceKind = fields.CharEnumField(ReferenceKind, max_length=8)
    reference: str = fields.CharField(max_length=40)
    created_by: str = fields.CharField(max_length=120)
    created_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "kind", "reference")),),
        indexes=(Ix(("agency_id", "debt_id")),),
        checks=(Check("reference_given", "reference ~ '^[0-9A-Z]+$'"),),
    )

    class Meta:
        table = "payment_reference"
