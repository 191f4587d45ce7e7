# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false
"""The money side of the journal, its sealed blocks and the balances that are kept of it."""

from datetime import date, datetime
from uuid import UUID

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault

from core.kit.tables import Check, Ix, Security, TableRules, TenantModel, Unique
from core.ledger.kinds import PAIRS, Account, PostingKind

A = Account


def _lawful() -> str:
    pairs = ", ".join(f"('{debit}', '{credit}')" for debit, credit in PAIRS)
    return f"(debit, credit) IN ({pairs})"


_PER_CREDITOR = ", ".join(
    f"'{account}'"
    for account in (
        A.CLIENT, A.CLIENT_UNCLEARED, A.FEE_DUE, A.COURT_COST_ADVANCE, A.COMMISSION_RECEIVABLE, A.COMMISSION,
        A.TAX_PAYABLE, A.CREDITOR_RECEIVABLE,
    )
)  # fmt: skip


class LedgerPosting(TenantModel):
    """`amount_minor` of `currency` moves from the account in `credit` to the one in `debit`.

    One row has both sides, so that no journal can be written that does not add up. Accounts are kept by creditor where
    they are a creditor's, and `UNAPPLIED` by debt. `source_id` is what is behind it: a payment, a statement, a line of
    a bank's. `effective_on` is the legal day, `recorded_at` when we learnt of it. Nothing is updated, only reversed.
    """

    creditor_id: UUID | None = fields.UUIDField(null=True)
    debt_id: UUID | None = fields.UUIDField(null=True)
    kind: PostingKind = fields.CharEnumField(PostingKind, max_length=20)
    debit: Account = fields.CharEnumField(Account, max_length=24)
    credit: Account = fields.CharEnumField(Account, max_length=24)
    currency: str = fields.CharField(max_length=3)
    amount_minor: int = fields.BigIntField()
    effective_on: date = fields.DateField()
    recorded_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))
    source_id: UUID = fields.UUIDField()
    xid: int = fields.BigIntField(db_default=SqlDefault("(pg_current_xact_id()::text)::bigint"))
    actor: str = fields.CharField(max_length=120)
    reason: str = fields.CharField(max_length=200, db_default="")

    rules = TableRules(
        security=Security.SHARED_JOURNAL,
        indexes=(
            Ix(("agency_id", "source_id")),
            Ix(("agency_id", "creditor_id", "effective_on")),
            Ix(("agency_id", "debt_id"), where="debt_id IS NOT NULL"),
            Ix(("agency_id", "xid"), using="brin"),
            # Money that went back to debtors, until the bank tells of it.
            Ix(("agency_id", "effective_on"), where="kind = 'REFUND' AND debit = 'UNAPPLIED'"),
            # Likewise what creditors had advanced.
            Ix(("agency_id", "effective_on"), where="kind = 'ADVANCE' AND credit = 'TRUST_BANK'"),
        ),
        checks=(
            Check("amount_positive", "amount_minor > 0"),
            Check("lawful_pair", _lawful()),
            Check(
                "whose",
                f"creditor_id IS NOT NULL OR NOT (debit IN ({_PER_CREDITOR}) OR credit IN ({_PER_CREDITOR}))",
            ),
            Check(
                "whose_surplus",
                "debt_id IS NOT NULL OR NOT ('UNAPPLIED' IN (debit, credit) OR 'NSF_RECEIVABLE' IN (debit, credit))",
            ),
        ),
    )

    class Meta:
        table = "ledger_posting"


class LedgerBlock(TenantModel):
    """A sealed stretch of an agency's journal: all entries of transactions numbered from `from_xid` to before `to_xid`.

    `digest` is the SHA-256 over the entries, `hash` that of `previous_hash` followed by `digest`; all in hexadecimal.
    Written by the seal alone, after the entries were committed, so that nobody who writes waits for it.
    """

    height: int = fields.BigIntField()
    from_xid: int = fields.BigIntField()
    to_xid: int = fields.BigIntField()
    entries: int = fields.BigIntField()
    digest: str = fields.CharField(max_length=64)
    previous_hash: str = fields.CharField(max_length=64)
    hash: str = fields.CharField(max_length=64)
    sealed_at: datetime = fields.DatetimeField(db_default=SqlDefault("now()"))

    rules = TableRules(
        security=Security.AGENCY,
        unique=(Unique(("agency_id", "height")),),
        checks=(Check("range", "from_xid < to_xid"), Check("height", "height > 0")),
    )

    class Meta:
        table = "ledger_block"


class LedgerBalance(TenantModel):
    """What an account's postings in sealed blocks add up to, debits less credits. Written by the seal alone.

    `owner_id` is the creditor whose the account is, or the agency.
    """

    creditor_id: UUID | None = fields.UUIDField(null=True)
    owner_id: UUID = fields.UUIDField()
    account: Account = fields.CharEnumField(Account, max_length=24)
    currency: str = fields.CharField(max_length=3)
    balance_minor: int = fields.BigIntField()

    rules = TableRules(security=Security.SHARED, unique=(Unique(("agency_id", "owner_id", "account", "currency")),))

    class Meta:
        table = "ledger_balance"
