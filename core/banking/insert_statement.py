"""One checked statement into the books: its entries, and what came in as unidentified money of the trust account."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from core.banking.keys import keyed, statement_digest
from core.banking.kinds import AccountKind
from core.banking.references import find_rf
from core.banking.statement import BankEntry, BankStatement, EntryPart
from core.kit.db import Tx
from core.kit.ids import new_id

_COLUMNS = (
    "n", "entry_key", "part", "line", "currency", "amount_minor", "direction", "reversal", "booked_on", "value_on",
    "bank_reference", "end_to_end_id", "mandate_reference", "creditor_reference", "text", "counterparty_name",
    "counterparty_account", "return_reason", "rf", "charge",
)  # fmt: skip
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS bank_line (
  n integer, entry_key text, part integer, line integer, currency text, amount_minor bigint, direction text,
  reversal boolean, booked_on date, value_on date, bank_reference text, end_to_end_id text, mandate_reference text,
  creditor_reference text, text text, counterparty_name text, counterparty_account text, return_reason text,
  rf text, charge boolean
) ON COMMIT DROP
"""
_STATEMENT = """
INSERT INTO bank_statement (agency_id, id, file_id, account_id, format, reference, currency, from_on, to_on,
  opening_minor, closing_minor, entries_unbooked, warnings, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (agency_id, account_id, digest) DO NOTHING RETURNING id
"""
# All parts of an entry, or none: the bank may have told the same entry before, split in another way.
_ENTRIES = f"""
INSERT INTO bank_entry (agency_id, id, statement_id, account_id, state, match_reason, {", ".join(_COLUMNS[1:])})
SELECT $1, recobro_uuid7(), $2, $3, $4, $5, {", ".join(f"l.{name}" for name in _COLUMNS[1:])}
FROM bank_line l
WHERE NOT EXISTS (SELECT 1 FROM bank_entry o WHERE o.agency_id = $1 AND o.account_id = $3 AND o.entry_key = l.entry_key)
ORDER BY l.n
"""  # noqa: S608 - the program's own names
_RECEIPTS = """
INSERT INTO ledger_posting (agency_id, id, kind, debit, credit, currency, amount_minor, effective_on, recorded_at,
  source_id, actor, reason)
SELECT $1, recobro_uuid7(), 'RECEIPT', 'TRUST_BANK', 'UNIDENTIFIED', e.currency, e.amount_minor, e.booked_on, $3, e.id,
  $4, 'bank statement'
FROM bank_entry e WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.direction = 'CREDIT'
"""
_COUNT = """
UPDATE bank_statement s SET entries_new = c.new, entries_duplicate = $3 - c.new, credit_minor = c.credit,
  debit_minor = c.debit
FROM (SELECT count(*)::integer AS new,
        COALESCE(sum(amount_minor) FILTER (WHERE direction = 'CREDIT'), 0)::bigint AS credit,
        COALESCE(sum(amount_minor) FILTER (WHERE direction = 'DEBIT'), 0)::bigint AS debit
      FROM bank_entry WHERE agency_id = $1 AND statement_id = $2) c
WHERE s.agency_id = $1 AND s.id = $2 RETURNING c.new
"""


@dataclass(frozen=True, slots=True)
class Account:
    id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`repeated`: statements that had been imported before. `duplicates`: entries that another statement had told.
    `unbooked`: entries that are no money yet, and were left out."""

    statements: int = 0
    repeated: int = 0
    entries: int = 0
    duplicates: int = 0
    unbooked: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine, others = asdict(self), asdict(other)
        return Counts(**{name: value + others[name] for name, value in mine.items()})

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


async def insert_statement(tx: Tx, file_id: UUID, account: Account, statement: BankStatement) -> Counts:
    """Write what of a checked statement is new. The same statement again writes nothing."""
    entries = list(keyed(statement))
    lines = [line for place, (key, entry) in enumerate(entries) for line in _lines(place, key, entry)]
    unbooked = len(statement.entries) - len(statement.booked)
    statement_id = await tx.fetchval(
        _STATEMENT, tx.scope.agency, new_id(), file_id, account.id, statement.format.value, statement.reference,
        statement.currency, statement.from_on, statement.to_on,
        statement.opening.minor_units if statement.opening else None,
        statement.closing.minor_units if statement.closing else None, unbooked, list(statement.warnings[:100]),
        statement_digest(statement, [key for key, _ in entries]),
    )  # fmt: skip
    if statement_id is None:
        return Counts(repeated=1)
    await tx.execute(_STAGE)
    await tx.execute("TRUNCATE bank_line")
    await tx.connection.copy_records_to_table("bank_line", records=lines, columns=_COLUMNS)
    trust = account.kind == AccountKind.TRUST
    state, reason = ("UNMATCHED", "") if trust else ("IGNORED", "an account of the agency's own money")
    await tx.execute(_ENTRIES, tx.scope.agency, statement_id, account.id, state, reason)
    if trust:
        await tx.execute(_RECEIPTS, tx.scope.agency, statement_id, tx.now, str(tx.scope.actor))
    new: int = await tx.fetchval(_COUNT, tx.scope.agency, statement_id, len(lines))
    return Counts(statements=1, entries=new, duplicates=len(lines) - new, unbooked=unbooked)


def _lines(place: int, key: str, entry: BankEntry) -> Iterator[tuple[Any, ...]]:
    """The parts of an entry that move money: banks also tell of rates and terms in entries of nothing."""
    for number, part in enumerate(entry.parts):
        if part.amount.minor_units:
            yield (
                place, key, number, entry.line, part.amount.currency, part.amount.minor_units, part.direction.value,
                entry.reversal, entry.booked_on, entry.value_on, entry.bank_reference, *_said(part),
                entry.charge,
            )  # fmt: skip


def _said(part: EntryPart) -> tuple[str, ...]:
    return (
        part.end_to_end_id, part.mandate_reference, part.creditor_reference, part.text, part.counterparty_name,
        part.counterparty_account, part.return_reason, find_rf(part.creditor_reference, part.end_to_end_id, part.text),
    )  # fmt: skip
