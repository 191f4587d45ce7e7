"""Phones, e-mail addresses and postal addresses of a file: read, warned of, and stored for the parties of its rows.

What can not be read is a warning and no reason to refuse a debt. `owner (n, party_id, first)` says whose a row is.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from collections.abc import Sequence

from core.kit.db import Tx
from core.kit.pages import Args
from core.parties import sql as party_sql
from core.parties.read_phones import read_phones
from core.placements.batch import Batch
from core.placements.ids import EACH, numbered, series
from core.placements.layout import Address, ChangeColumns, NewColumns, Source
from core.placements.plan import Plan
from core.placements.staging import Staged


async def read_contacts(tx: Tx, batch: Batch, staged: Staged, columns: NewColumns | ChangeColumns) -> None:
    """Make `phone_read`, `email_read` and `address_read`, and warn of what can not be used."""
    await read_phones(tx, batch.country, _values(staged, columns.phones))
    args = Args()
    await tx.execute("CREATE TEMP TABLE email_read (n bigint, slot int, given text, value text) ON COMMIT DROP")
    address = party_sql.email("given", args)
    if columns.emails:
        await tx.execute(
            f"INSERT INTO email_read SELECT n, slot, given, {address} FROM ({_values(staged, columns.emails)}) v",
            *args.values,
        )
    code = "CASE WHEN value IS NULL THEN 'UNREADABLE_PHONE' ELSE 'PHONE_NOT_VALID' END"
    await _warn(tx, "phone_read", columns.phones, code, "value IS NULL OR NOT valid")
    await _warn(tx, "email_read", columns.emails, "'INVALID_EMAIL'", "value IS NULL")
    await _read_addresses(tx, staged, columns.address)


def _values(staged: Staged, sources: Sequence[Source]) -> str:
    """SELECT of n, slot and given: what is not blank in some columns."""
    blank = "SELECT 0::bigint AS n, 0 AS slot, ''::text AS given WHERE false"
    each = [
        f"SELECT n, {slot} AS slot, btrim(c) AS given "
        f"FROM (SELECT n, {staged.column(source.column)} AS c FROM staged) s WHERE c IS NOT NULL AND btrim(c) <> ''"
        for slot, source in enumerate(sources)
        if source.column
    ]
    return " UNION ALL ".join(each) or blank


async def _warn(tx: Tx, table: str, sources: Sequence[Source], code: str, condition: str) -> None:
    if sources:
        await tx.execute(
            "INSERT INTO issue SELECT e.n, e.line, 'WARNING', "
            f"{code}, ($1::text[])[slot + 1], left(given, 200), left(e.reference, 80) "
            f"FROM {table} r JOIN entry e ON e.n = r.n WHERE {condition}",
            [(source.column or "")[:120] for source in sources],
        )


async def _read_addresses(tx: Tx, staged: Staged, address: Address | None) -> None:
    await tx.execute(
        "CREATE TEMP TABLE address_read (n bigint, lines text, city text, region text, postal_code text) ON COMMIT DROP"
    )
    if address is None:
        return

    def text(source: Source | None, longest: int) -> str:
        if source is None:
            return "''"
        value = f"btrim({staged.column(source.column)})" if source.column else f"{args.add(source.constant)}::text"
        return f"left(COALESCE({value}, ''), {longest})"

    args = Args()
    lines = ", ".join(f"NULLIF({text(line, 300)}, '')" for line in address.lines)
    parts = (text(address.city, 120), text(address.region, 120), text(address.postal_code, 20))
    await tx.execute(
        f"INSERT INTO address_read SELECT * FROM (SELECT n, left(concat_ws(', ', {lines}), 300) AS lines, "
        f"{', '.join(parts)} FROM staged) a WHERE lines <> ''",
        *args.values,
    )


_POINTS = f"""
INSERT INTO contact_point (agency_id, id, party_id, channel, value, given, line_type, valid, source, creditor_id)
SELECT $1, {numbered("$4", EACH)}, o.party_id, r.channel, r.value, left(r.given, 254), r.line_type, r.valid, $2, $3
FROM (SELECT n, slot, 'PHONE' AS channel, value, given, line_type, valid FROM phone_read WHERE value IS NOT NULL
      UNION ALL SELECT n, slot, 'EMAIL', value, given, NULL, true FROM email_read WHERE value IS NOT NULL) r
JOIN owner o ON o.n = r.n
"""

_ADDRESSES = f"""
INSERT INTO postal_address (agency_id, id, party_id, lines, city, region, postal_code, country, source, creditor_id)
SELECT $1, {numbered("$5", "a.n")}, o.party_id, a.lines, a.city, a.region, a.postal_code, $4, $2, $3
FROM address_read a JOIN owner o ON o.n = a.n
"""

# What a new party's first row says first can be there in no other way; only the rest needs the dearer insertion.
_FRESH_POINTS = _POINTS + " WHERE o.first AND r.slot = 0"
_OTHER_POINTS = _POINTS + (
    " WHERE NOT (o.first AND r.slot = 0) ON CONFLICT (agency_id, party_id, channel, value) DO NOTHING"
)
_FRESH_ADDRESSES = _ADDRESSES + " WHERE o.first"
_OTHER_ADDRESSES = _ADDRESSES + (" WHERE NOT o.first ON CONFLICT (agency_id, party_id, lines, city, region) DO NOTHING")


async def store_contacts(tx: Tx, batch: Batch) -> None:
    """Add what the parties do not have yet; what they have stays as it is. `owner.first` marks rows of new parties."""
    given = (batch.agency_id, batch.source, batch.creditor_id)
    for points in (_FRESH_POINTS, _OTHER_POINTS):
        await tx.execute(points, *given, series())
    for addresses in (_FRESH_ADDRESSES, _OTHER_ADDRESSES):
        await tx.execute(addresses, *given, batch.country, series())


NEW_CONTACT = """
EXISTS (SELECT 1 FROM (SELECT n, 'PHONE' AS channel, value FROM phone_read WHERE value IS NOT NULL
                       UNION ALL SELECT n, 'EMAIL', value FROM email_read WHERE value IS NOT NULL) r
        WHERE r.n = e.n AND NOT EXISTS (SELECT 1 FROM contact_point p WHERE p.agency_id = $1 AND p.party_id = k.party_id
                                        AND p.channel = r.channel AND p.value = r.value))
OR EXISTS (SELECT 1 FROM address_read a WHERE a.n = e.n AND NOT EXISTS (
             SELECT 1 FROM postal_address p WHERE p.agency_id = $1 AND p.party_id = k.party_id AND p.lines = a.lines
             AND p.city = a.city AND p.region = a.region))
"""
"""Whether a row `e` of a debt `k` brings contact data that its party does not have."""

__all__ = ["NEW_CONTACT", "Plan", "read_contacts", "store_contacts"]
