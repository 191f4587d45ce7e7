"""Which receipts are what lawyers remit of several payments: what they have told with one number adds up to just this.

Where the line names the number, and there is one such remittance and one such line, it is that; the bank's word is
enough that money is here. Where only the amount is the same, the line says what it may be, and a person decides.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from uuid import UUID

from core.banking.held import REMITTANCES, hold
from core.banking.kinds import Rung
from core.banking.lock_entry import lock_entry
from core.banking.share_out import share_out
from core.banking.words import TOKENS, compact
from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import DomainError
from core.kit.jobs import Run, handler
from core.legal.take_money import REMITTED_JOB

_REMITTED = f"CREATE TEMP TABLE remitted ON COMMIT DROP AS SELECT * FROM ({REMITTANCES}) r"
_LINES = """
CREATE TEMP TABLE remitted_by ON COMMIT DROP AS
SELECT e.id, e.currency, e.amount_minor, e.booked_on, e.text, e.end_to_end_id, e.creditor_reference
FROM bank_entry e
JOIN bank_account a ON a.agency_id = $1 AND a.id = e.account_id AND a.kind = 'TRUST'
WHERE e.agency_id = $1 AND e.state = 'UNMATCHED' AND e.debt_id IS NULL AND e.payment_id IS NULL
  AND e.direction = 'CREDIT' AND NOT e.reversal AND e.return_reason = '' AND e.attempt = 0
  AND ($2::uuid IS NULL OR e.statement_id = $2)
  AND EXISTS (SELECT FROM remitted r WHERE r.minor = e.amount_minor AND r.currency = e.currency
    AND ($3::text IS NULL OR (r.channel, r.remittance) = ($3, $4::text)))
"""
# What the line names goes before what only adds up to it.
_PAIRS = f"""
WITH pair AS (
  SELECT l.id, r.channel, r.remittance, r.money_ids, r.undecided, EXISTS (
    SELECT FROM remitted_word w WHERE w.id = l.id AND w.compact = {compact("r.remittance")}) AS named
  FROM remitted_by l
  JOIN remitted r ON r.minor = l.amount_minor AND r.currency = l.currency AND r.since <= l.booked_on
), best AS (
  SELECT p.* FROM pair p WHERE p.named OR NOT EXISTS (SELECT FROM pair o WHERE o.id = p.id AND o.named)
)
SELECT b.id, min(b.channel) AS channel, min(b.remittance) AS remittance, bool_or(b.named) AS named, count(*) AS found,
  max(b.undecided) AS undecided, (array_agg(b.money_ids::text))[1]::uuid[] AS money_ids, (
    SELECT count(DISTINCT o.id) FROM best o WHERE (o.channel, o.remittance) = (min(b.channel), min(b.remittance))
      AND o.named = bool_or(b.named)) AS lines
FROM best b GROUP BY b.id ORDER BY b.id
"""
_DOUBT = "UPDATE bank_entry SET match_reason = left($3, 300) WHERE agency_id = $1 AND id = $2 AND state = 'UNMATCHED'"


async def match_remittances(
    tx: Tx, statement_id: UUID | None, number: tuple[str, str] | None = None
) -> tuple[int, list[UUID]]:
    """Match and settle receipts of a statement, or of all of them with one number of a channel. Returns how many are
    remittances, and which lines a person has to decide on."""
    agency_id = tx.scope.agency
    await tx.execute(_REMITTED, agency_id)
    await tx.execute(_LINES, agency_id, statement_id, *(number or (None, None)))
    if not await tx.fetchval("SELECT EXISTS (SELECT FROM remitted_by)"):
        return 0, []
    await tx.execute(TOKENS.format(made="remitted_word", source="remitted_by"))
    matched, doubtful = 0, list[UUID]()
    for found in await tx.fetch(_PAIRS):
        doubt = _doubt(found) or await _share(tx, found)
        if doubt is None:
            matched += 1
        else:
            doubtful.append(found["id"])
            await tx.execute(_DOUBT, agency_id, found["id"], doubt)
    return matched, doubtful


def _doubt(found: Row) -> str | None:
    which = f"remittance {found['remittance']} of {found['channel']}"
    if found["found"] > 1:
        return f"ambiguous: {found['found']} remittances of lawyers are this much"
    if found["lines"] > 1:
        return f"ambiguous: {found['lines']} lines are this much, as is the {which}"
    if found["undecided"]:
        return f"the {which} adds up to just this, and {found['undecided']} of its amounts are not booked"
    return None if found["named"] else f"the {which} adds up to just this, and the line does not name it"


async def _share(tx: Tx, found: Row) -> str | None:
    """Why it could not be, where it could not."""
    try:
        entry = await lock_entry(tx, found["id"])
        await share_out(tx, entry, await hold(tx, found["money_ids"]), Rung.REMITTANCE, "system:matching")
    except DomainError as refused:
        return f"{refused.code}: {refused.message}"
    return None


@handler(REMITTED_JOB)
async def match_later(run: Run) -> None:
    """The job: lawyers have told what they remit after the bank told of the line."""
    number = run.payload["channel"], run.payload["remittance"]
    async with db.transaction(run.scope) as tx:
        matched, doubtful = await match_remittances(tx, None, number)
        await run.finish(tx, {"matched": matched, "doubtful": len(doubtful)})
