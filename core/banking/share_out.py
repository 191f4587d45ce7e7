"""A line of the bank is what lawyers remit of several payments, less what they kept: the line, the payments and the
books say so at once.

The books have the whole of each payment already, as the debtor has paid it. So only that the line came in is taken back
(`post_back`); what was kept is in no account of the journal, but missing in the trust account: its reconciliation
says so until the agency has paid it in, which is a line that is shared out likewise.
"""

from uuid import UUID

from core.banking.identify_entry import post_back
from core.banking.kinds import EntryState, Rung
from core.banking.release_transfer import post_again
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.events import emit
from core.kit.money import Money
from core.legal.arrive_money import arrive_all
from core.legal.kinds import MoneyState

MOST = 500
"""How many payments one line is of, at most."""
_SHARE = """
INSERT INTO bank_share (agency_id, id, entry_id, payment_id, currency, amount_minor, kept_minor)
SELECT $1, recobro_uuid7(), $2, s.payment_id, $3, s.minor, s.kept
FROM unnest($4::uuid[], $5::bigint[], $6::bigint[]) AS s (payment_id, minor, kept)
"""
_MATCH = """
UPDATE bank_entry SET state = 'MATCHED', shares = $3, rung = $4, match_reason = $5, decided_by = $6, decided_at = $7
WHERE agency_id = $1 AND id = $2
"""

_LATER = """
SELECT b.booked_on FROM bank_share s
JOIN bank_share o ON o.agency_id = $1 AND o.payment_id = s.payment_id AND o.id > s.id AND o.entry_id <> s.entry_id
JOIN bank_entry b ON b.agency_id = $1 AND b.id = o.entry_id
WHERE s.agency_id = $1 AND s.entry_id = $2 ORDER BY o.id LIMIT 1
"""
_RELEASE = """
UPDATE bank_entry SET state = 'UNMATCHED', shares = 0, rung = NULL, decided_by = $3, decided_at = $4,
  match_reason = $5, attempt = attempt + 1
WHERE agency_id = $1 AND id = $2
"""


async def share_out(tx: Tx, entry: Row, rows: list[Row], rung: Rung, decided_by: str) -> int:
    """Share a receipt, which the caller holds, out among the payments of what lawyers held (`held.hold`). Returns what
    they kept of them, in minor units; below 0 where the receipt brings what they had kept.

    Raises, and has written nothing then: InvalidInput (ONE_CHANNEL, TOO_MANY_AMOUNTS, CURRENCY_MISMATCH, ARRIVED_ON,
    AMOUNTS_DIFFER); Conflict (ENTRY_DECIDED, MONEY_NOT_HELD, PAYMENT_TAKEN, AMOUNT_DIFFERS).
    """
    if entry["state"] != EntryState.UNMATCHED or entry["debt_id"] is not None or entry["payment_id"] is not None:
        raise Conflict(
            "What this entry is for is decided already.", code="ENTRY_DECIDED", field="entry_id",
            remedy="Release the entry first, if that was wrong.",
        )  # fmt: skip
    _check_together(entry, rows)
    for row in rows:
        _check_one(entry, row)
    total, currency = sum(row["due_minor"] for row in rows), entry["currency"]
    if total != entry["amount_minor"]:
        said, line = Money(total, currency), Money(entry["amount_minor"], currency)
        raise InvalidInput(
            f"Less what was kept, these {len(rows)} amounts are {said.formatted()}, and the line is "
            f"{line.formatted()}: {(line - said).formatted()} is the difference.",
            code="AMOUNTS_DIFFER", field="money_ids",
            remedy="Name just the amounts that the lawyers list for this line; where they kept more or less, they tell "
            "it (FEE or REMITTED) before.",
        )  # fmt: skip
    kept = [_kept(row) for row in rows]
    await _write(tx, entry, rows, kept, rung, decided_by)
    return sum(kept)


async def take_together(tx: Tx, entry: Row, why: str) -> None:
    """A line, which the caller holds, is not what it was shared out among. Its money is unidentified again; what had
    cleared stays so, as with a line that was linked with a payment recorded before: it is here, or should be.

    Raises: Conflict (SHARED_LATER).
    """
    later = await tx.fetchval(_LATER, tx.scope.agency, entry["id"])
    if later is not None:
        raise Conflict(
            f"The line of {later} brought what was kept of these payments, or took one of them off.",
            code="SHARED_LATER", field="entry_id", remedy="Release that line first.",
        )  # fmt: skip
    await tx.execute("DELETE FROM bank_share WHERE agency_id = $1 AND entry_id = $2", tx.scope.agency, entry["id"])
    await tx.execute(_RELEASE, tx.scope.agency, entry["id"], str(tx.scope.actor), tx.now, f"released: {why}"[:300])
    await post_again(tx, entry)
    await emit(tx, "bank_entry.released", entry["id"], {"payments": entry["shares"], "reason": why})


def _check_together(entry: Row, rows: list[Row]) -> None:
    if len(rows) > MOST:
        raise InvalidInput(
            f"These are {len(rows)} amounts.", code="TOO_MANY_AMOUNTS", field="money_ids",
            remedy=f"One line is of at most {MOST}.",
        )  # fmt: skip
    if len({row["channel"] for row in rows}) > 1:
        raise InvalidInput(
            "These amounts are of several channels.", code="ONE_CHANNEL", field="money_ids",
            remedy="One line is of one: name the amounts of one channel.",
        )  # fmt: skip
    if any(row["currency"] != entry["currency"] for row in rows):
        raise InvalidInput(
            f"The line is in {entry['currency']}.", code="CURRENCY_MISMATCH", field="money_ids",
            remedy=f"Name amounts in {entry['currency']}.",
        )  # fmt: skip


def _check_one(entry: Row, row: Row) -> None:
    which = f"The amount of {row['occurred_on']}, {Money(row['amount_minor'], row['currency']).formatted()},"
    if row["state"] != MoneyState.BOOKED or (row["reversed"] and not row["lines"]):
        raise Conflict(
            f"{which} is not booked, or reversed.", code="MONEY_NOT_HELD", field="money_ids",
            remedy="Decide on it first (legalMoneyDecide), or leave it out.",
        )  # fmt: skip
    if not row["waits"] and (row["taken"] or row["due_minor"] == 0):
        raise Conflict(
            f"The bank has told of all of it in another line: {which[0].lower()}{which[1:-1]}.", code="PAYMENT_TAKEN",
            field="money_ids", remedy="Leave it out, or release that line.",
        )  # fmt: skip
    if not row["reversed"] and not 0 <= row["due_minor"] <= row["amount_minor"]:
        raise Conflict(
            f"{which} is less than what the lawyers tell that they kept or remitted of it.", code="AMOUNT_DIFFERS",
            field="money_ids", remedy="Ask the lawyers; dismiss what they remitted, if it was told by mistake.",
        )  # fmt: skip
    if entry["booked_on"] < row["occurred_on"]:
        raise InvalidInput(
            f"{which} was received after the bank booked the line.", code="ARRIVED_ON", field="money_ids",
            remedy=f"Name amounts of {entry['booked_on']} or before.",
        )  # fmt: skip


def _kept(row: Row) -> int:
    if row["reversed"]:
        return 0
    return -row["due_minor"] if row["lines"] else row["amount_minor"] - row["due_minor"]


async def _write(tx: Tx, entry: Row, rows: list[Row], kept: list[int], rung: Rung, decided_by: str) -> None:
    agency_id, channel = tx.scope.agency, rows[0]["channel"]
    numbers = sorted({row["remittance"] for row in rows} - {""})
    of = f" {numbers[0]}" if len(numbers) == 1 else ""
    words = f"remittance{of} of {channel}: {len(rows)} amounts"
    payments: list[UUID] = [row["payment_id"] for row in rows]
    await tx.execute(
        _SHARE, agency_id, entry["id"], entry["currency"], payments, [row["due_minor"] for row in rows], kept
    )
    await tx.execute(_MATCH, agency_id, entry["id"], len(rows), rung.value, words[:300], decided_by, tx.now)
    await post_back(tx, entry, words[:200])
    here = [row["id"] for row in rows if not row["reversed"]]
    await arrive_all(tx, here, entry["booked_on"], f"bank line of {entry['booked_on']}, {words}"[:200])
    data = {"channel": channel, "remittance": of.strip(), "payments": len(rows), "kept_minor": sum(kept)}
    await emit(tx, "bank_entry.identified", entry["id"], data)
