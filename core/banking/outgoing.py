"""Which lines of a statement are what the agency sent (or got back of that), and which are the bank's own charges.

The ladder is that of receipts, the surest sign first: the reference that was written into the transfer, the number of
the statement (of a refund, of the debt), the amount and the beneficiary. The amount has to be the same on every rung.
An advance that goes back is known by its reference alone: who gets it also gets remittances.
One transfer on a rung is it, and no lower rung is asked; two, another amount, or two lines for one are for a person.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from dataclasses import dataclass
from uuid import UUID

from core.banking.book_transfer import Transfer, book
from core.banking.kinds import Rung, TransferKind
from core.banking.ladder import TIMEOUT_MS
from core.banking.settle_entry import COLUMNS
from core.banking.transfers import AWAITED
from core.banking.words import TOKENS, compact
from core.kit.db import Tx
from core.kit.errors import DomainError

_SENT = f"""
CREATE TEMP TABLE sent ON COMMIT DROP AS
SELECT e.id, e.direction, e.currency, e.amount_minor, e.booked_on, e.text, e.end_to_end_id, e.creditor_reference,
  {compact("e.end_to_end_id")} AS paid_as, {compact("e.bank_reference")} AS bank_said, e.bank_reference,
  e.counterparty_name, {compact("e.counterparty_account")} AS counterparty_account, e.account_id
FROM bank_entry e
JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.state = 'UNMATCHED' AND e.debt_id IS NULL
  AND e.payment_id IS NULL AND e.attempt = 0
  AND (e.direction = 'CREDIT' OR NOT (e.charge OR e.reversal OR e.return_reason <> ''))
"""
_AWAITED = f"CREATE TEMP TABLE awaited ON COMMIT DROP AS {AWAITED}"
_FOUND = "CREATE TEMP TABLE sent_as (entry_id uuid, kind text, id uuid, rung text, same boolean) ON COMMIT DROP"

# Of what came in the words are read only where it can be something of ours: receipts are many, and read later anyway.
_READ = """(SELECT s.* FROM sent s WHERE s.direction = 'DEBIT' OR EXISTS (
  SELECT FROM awaited t WHERE t.direction = s.direction AND t.amount_minor = s.amount_minor))"""
_FITS = "t.direction = s.direction AND t.since <= s.booked_on"
# What comes back has the references of what was sent, be they ours or the bank's.
_END_TO_END = f"""
SELECT s.id, t.kind, t.id AS transfer_id FROM sent s JOIN awaited t ON t.paid_as = s.paid_as WHERE {_FITS}
UNION
SELECT s.id, t.kind, t.id FROM sent_word w JOIN awaited t ON t.paid_as = w.compact JOIN sent s ON s.id = w.id
WHERE {_FITS}
UNION
SELECT s.id, t.kind, t.id FROM sent s JOIN awaited t ON t.known_as IN (s.paid_as, s.bank_said)
WHERE t.known_as <> '' AND {_FITS}
UNION
SELECT s.id, t.kind, t.id FROM sent s
JOIN bank_entry b ON b.agency_id = $1 AND b.order_id IS NOT NULL AND b.direction = 'DEBIT'
  AND b.account_id = s.account_id AND b.bank_reference = s.bank_reference
JOIN awaited t ON t.id = b.order_id AND t.comes_back WHERE s.bank_reference <> '' AND {_FITS}
"""
_NUMBER = f"""
SELECT s.id, t.kind, t.id AS transfer_id FROM sent_word w JOIN awaited t ON t.number = w.compact
JOIN sent s ON s.id = w.id WHERE NOT t.comes_back AND {_FITS}
"""
# Money that comes in is somebody's of whom nothing is known, unless it comes from an account of the agency's own.
_BENEFICIARY = f"""
SELECT s.id, t.kind, t.id AS transfer_id FROM sent s
JOIN awaited t ON t.amount_minor = s.amount_minor AND t.currency = s.currency
CROSS JOIN LATERAL (SELECT array_remove(string_to_array(search_fold(s.counterparty_name), ' '), '') AS paid,
  array_remove(string_to_array(search_fold(t.beneficiary), ' '), '') AS meant) n
WHERE NOT t.comes_back AND {_FITS} AND (
  (t.account_of_ours AND EXISTS (SELECT FROM bank_account o WHERE o.agency_id = $1 AND o.kind = 'OPERATING'
    AND o.number = s.counterparty_account))
  OR (s.direction = 'DEBIT' AND (SELECT count(DISTINCT w) FROM unnest(n.paid) w WHERE w = ANY (n.meant))
     >= LEAST(2, cardinality(n.paid), cardinality(n.meant)))
)
"""
_RUNGS = ((Rung.END_TO_END, _END_TO_END), (Rung.STATEMENT_NUMBER, _NUMBER), (Rung.BENEFICIARY, _BENEFICIARY))
_STEP = """
INSERT INTO sent_as (entry_id, kind, id, rung, same)
SELECT DISTINCT s.id, f.kind, f.transfer_id, $2, t.amount_minor = s.amount_minor AND t.currency = s.currency
FROM ({rung}) AS f JOIN sent s ON s.id = f.id
JOIN awaited t ON t.id = f.transfer_id AND t.direction = s.direction
WHERE $1::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM sent_as a WHERE a.entry_id = s.id)
"""
# A statement orders two transfers at most: its number names both, and the amount says which.
_JUDGED = f"""
WITH best AS (
  SELECT a.entry_id, min(a.rung) AS rung, count(*) FILTER (WHERE a.same) AS same,
    min(a.kind) FILTER (WHERE a.same) AS kind, (min(a.id::text) FILTER (WHERE a.same))::uuid AS transfer_id
  FROM sent_as a GROUP BY a.entry_id
)
SELECT b.rung, b.kind AS transfer_kind, b.transfer_id, CASE
    WHEN b.same = 0 THEN 'a transfer of another amount, by ' || b.rung
    WHEN b.same > 1 THEN 'ambiguous: ' || b.same || ' transfers, by ' || b.rung
    WHEN (SELECT count(*) FROM best o JOIN bank_entry x ON x.agency_id = $1 AND x.id = o.entry_id
          WHERE o.same = 1 AND o.transfer_id = b.transfer_id AND x.direction = e.direction) > 1
      THEN 'ambiguous: two lines for one transfer, by ' || b.rung
    WHEN b.kind = 'ADVANCE' AND b.rung <> 'END_TO_END' THEN 'an advance of this amount goes back, by ' || b.rung
  END AS doubt, {COLUMNS}
FROM best b JOIN bank_entry e ON e.agency_id = $1 AND e.id = b.entry_id
ORDER BY e.direction DESC, e.booked_on, e.id FOR NO KEY UPDATE OF e
"""
_DOUBT = "UPDATE bank_entry SET match_reason = left($3, 300) WHERE agency_id = $1 AND id = $2 AND state = 'UNMATCHED'"
_CHARGES = """
UPDATE bank_entry e SET state = 'IGNORED', rung = 'CHARGE', decided_by = 'system:matching', decided_at = $3,
  match_reason = 'a charge of the bank: the agency owes it to the trust account'
FROM bank_account a
WHERE e.agency_id = $1 AND e.statement_id = $2 AND e.state = 'UNMATCHED' AND e.charge AND e.direction = 'DEBIT'
  AND e.attempt = 0 AND a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
"""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How many lines are `transfers` of the agency, how many `charges`, and of how many a person has to decide."""

    transfers: int
    charges: int
    doubtful: int


async def match_outgoing(tx: Tx, statement_id: UUID) -> Outgoing:
    """Match and settle, all in this transaction: there is nothing between a match and its effect that could be lost.

    The bank's word is enough to settle an order, whoever imports it.
    """
    agency_id, transfers, doubtful = tx.scope.agency, 0, 0
    await tx.execute(f"SET LOCAL statement_timeout = {TIMEOUT_MS}")
    await tx.execute(_SENT, agency_id, statement_id)
    await tx.execute(_AWAITED, agency_id)
    await tx.execute(_FOUND)
    await tx.execute(TOKENS.format(made="sent_word", source=_READ))
    await tx.execute("ANALYZE sent, awaited, sent_word")
    for rung, sql in _RUNGS:
        await tx.execute(_STEP.format(rung=sql), agency_id, rung.value)
    for entry in await tx.fetch(_JUDGED, agency_id):
        doubt = entry["doubt"]
        if doubt is None:
            transfer = Transfer(kind=TransferKind(entry["transfer_kind"]), id=entry["transfer_id"])
            try:
                await book(tx, entry, transfer, Rung(entry["rung"]), "system:matching")
            except DomainError as problem:
                doubt = f"{problem.code}: {problem.message}"
        if doubt is None:
            transfers += 1
        else:
            doubtful += 1
            await tx.execute(_DOUBT, agency_id, entry["id"], doubt)
    charged = await tx.execute(_CHARGES, agency_id, statement_id, tx.now)
    return Outgoing(transfers=transfers, charges=int(charged.split()[-1]), doubtful=doubtful)
