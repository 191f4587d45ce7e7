"""What two tables say of the same money, compared without putting a row of one beside a row of the other.

Each row's amount is multiplied by two factors that follow from the key under which the amounts must agree (component,
debt or payment) and from a number drawn for this proof alone. Where the amounts agree under every key, the sums of both
tables agree. Where they do not, be it under a single key, the sums agree with a chance of one in 2^60, and whoever
wrote to the tables could not know the factors. So a table is read once, and nothing is sorted, grouped or joined. What
is wrong is asked of the statement that compares row by row (core/ledger/checks.py), and only where sums differ.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Mapping
from typing import TypeAlias

SEED_BITS = 63
_FACTORS = ("({key} & 1073741823)", "(({key} >> 32) & 1073741823)")
_LOW, _UP = "({minor} & 2147483647)", "({minor} >> 31)"
"""Two factors of 30 bits out of a key's hash, and an amount in two parts, of 31 and of 33 bits: no product overflows,
and sums of them are numeric."""

Parts: TypeAlias = Mapping[str, tuple[str, str, str]]
"""By name: the key, the amount, and of which rows."""


def sums_of(parts: Parts) -> str:
    """The columns of `hashed`, added up: of each part, for each factor."""
    return ", ".join(f"{_sum(f'{name}_key', f'{name}_minor')} AS {name}" for name in parts)


def _sum(key: str, minor: str) -> str:
    some = f"FILTER (WHERE {key} IS NOT NULL)"
    found: list[str] = []
    for factor in (one.format(key=key) for one in _FACTORS):
        low, up = (f"COALESCE(sum({factor} * {part.format(minor=minor)}) {some}, 0)" for part in (_LOW, _UP))
        found.append(f"{low} + {up} * 2147483648")
    return f"ARRAY[{', '.join(found)}]"


def hashed(parts: Parts) -> str:
    """What `sums_of` adds up, as columns over the table `t`. `$2` is what was drawn."""
    return ", ".join(
        f"CASE WHEN {where} THEN uuid_hash_extended({key}, $2) END AS {name}_key, {minor} AS {name}_minor"
        for name, (key, minor, where) in parts.items()
    )


def _scan(table: str, parts: Parts) -> str:
    """OFFSET 0: a key is hashed once, and not for each sum."""
    return f"""
    SELECT count(*) AS rows, {sums_of(parts)}
    FROM (SELECT {hashed(parts)} FROM {table} AS t WHERE t.agency_id = $1 OFFSET 0) AS h
    """


SCANS: Mapping[str, str] = {
    table: _scan(table, parts)
    for table, parts in {
        "debt_movement": {
            "owed": ("t.component_id", "t.delta_minor", "true"),
            "written_off": ("t.component_id", "-t.delta_minor", "t.kind = 'WRITE_OFF'"),
            "paid": ("t.source_id", "t.delta_minor", "t.kind IN ('PAYMENT', 'PAYMENT_REVERSAL')"),
        },
        "debt_component": {
            "owed": ("t.id", "t.balance_minor", "t.balance_minor <> 0"),
            "written_off": ("t.id", "t.written_off_minor", "t.written_off_minor <> 0"),
            "owed_of_debt": ("t.debt_id", "t.balance_minor", "t.balance_minor <> 0"),
            "written_off_of_debt": ("t.debt_id", "t.written_off_minor", "t.written_off_minor <> 0"),
        },
        "debt": {
            "owed": ("t.id", "t.balance_minor", "t.balance_minor <> 0"),
            "written_off": ("t.id", "t.written_off_minor", "t.written_off_minor <> 0"),
        },
        "payment": {
            "applied": ("t.id", "t.amount_minor - t.unapplied_minor", "true"),
            "stands": ("t.id", "t.unapplied_minor - t.amount_minor", "t.status <> 'REVERSED'"),
            "received": ("t.id", "t.amount_minor", "t.status <> 'REVERSED' AND t.received_by <> 'CREDITOR'"),
        },
        "payment_allocation": {"applied": ("t.payment_id", "t.amount_minor", "true")},
    }.items()
}
"""Each table's one reading: `rows`, and the sums by name. `$1` is the agency, `$2` a number of `SEED_BITS` bits."""

# Lines of the bank go between the trust account and the unidentified money; a payment never does.
RECEIVED: Parts = {
    "received": (
        "t.source_id",
        "CASE t.kind WHEN 'REVERSAL' THEN -t.amount_minor ELSE t.amount_minor END",
        """(t.kind IN ('RECEIPT', 'IDENTIFICATION') OR t.kind = 'REVERSAL' AND t.debit <> 'TRUST_BANK')
        AND CASE WHEN t.debit IN ('TRUST_BANK', 'UNIDENTIFIED') AND t.credit IN ('TRUST_BANK', 'UNIDENTIFIED')
          THEN EXISTS (SELECT FROM payment y WHERE y.agency_id = $1 AND y.id = t.source_id) ELSE true END""",
    )
}
"""Of `ledger_posting`: added up where it is read for all that is asked by account."""
