"""What tables say of the same money, compared without putting a row of one beside a row of the other.

Two tables must have the same amounts under the same keys (component, debt or payment). Each amount is multiplied by two
factors that follow from its key and from a number drawn for this proof alone, those of one table are added and those of
the other taken off. Where the amounts agree under every key, that is nothing, whatever the factors. Where they do not,
be it under a single key, it is nothing with a chance of one in 2^60, and whoever wrote to the tables could not know the
factors. So a table is read once for all that is compared with it, and nothing is sorted, grouped or joined: each
comparison has factors of its own, and one sum takes all. What is wrong is asked of the statements that compare row by
row (core/ledger/checks.py), and only where the whole is not nothing.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

SEED_BITS = 62
_FACTORS = ("({key} & 1073741823)", "(({key} >> 32) & 1073741823)")
_PARTS = ("({minor} & 2147483647)", "({minor} >> 31)")
"""Two factors of 30 bits out of a key's hash, and an amount in two parts, of 31 bits and the rest: the products of four
terms, added up, have 63 bits, and sums of them are numeric."""

Term: TypeAlias = tuple[int, str, str, str]
"""Which comparison, the key, the amount, and of which rows of the table `t`."""

_COMPONENT_OWED, _COMPONENT_OFF, _DEBT_OWED, _DEBT_OFF, _APPLIED, _STANDS, _RECEIVED = range(7)


def weighed(terms: Sequence[Term]) -> str:
    """The sums of what `hashed` gives, as a column `weight`: of each factor with lower and with upper parts."""
    sums = (
        " + ".join(
            f"{factor.format(key=f'key_{place}')} * {part.format(minor=f'minor_{place}')}"
            for place in range(len(terms))
        )
        for factor in _FACTORS
        for part in _PARTS
    )
    return f"ARRAY[{', '.join(f'COALESCE(sum({one}), 0)' for one in sums)}] AS weight"


def hashed(terms: Sequence[Term]) -> str:
    """What `weighed` adds up, as columns over the table `t`; a key of 0 weighs nothing. `$2` is what was drawn."""
    return ", ".join(
        f"CASE WHEN {where} THEN uuid_hash_extended({key}, $2::bigint + {comparison}) ELSE 0 END AS key_{place}, "
        f"{minor} AS minor_{place}"
        for place, (comparison, key, minor, where) in enumerate(terms)
    )


def balance(weights: Sequence[Sequence[Decimal]]) -> tuple[int, int]:
    """What is left of both factors' sums over all tables: (0, 0) where they say alike."""
    lower_1, upper_1, lower_2, upper_2 = (sum(int(part) for part in parts) for parts in zip(*weights, strict=True))
    return lower_1 + (upper_1 << 31), lower_2 + (upper_2 << 31)


def _scan(table: str, terms: Sequence[Term]) -> str:
    """OFFSET 0: a key is hashed once, and not for each sum."""
    return f"""
    SELECT count(*) AS rows, {weighed(terms)}
    FROM (SELECT {hashed(terms)} FROM {table} AS t WHERE t.agency_id = $1 OFFSET 0) AS h
    """


SCANS: Mapping[str, str] = {
    table: _scan(table, terms)
    for table, terms in {
        "debt_movement": (
            (_COMPONENT_OWED, "t.component_id", "t.delta_minor", "true"),
            (_COMPONENT_OFF, "t.component_id", "-t.delta_minor", "t.kind = 'WRITE_OFF'"),
            (_STANDS, "t.source_id", "-t.delta_minor", "t.kind IN ('PAYMENT', 'PAYMENT_REVERSAL')"),
        ),
        "debt_component": (
            (_COMPONENT_OWED, "t.id", "-t.balance_minor", "t.balance_minor <> 0"),
            (_COMPONENT_OFF, "t.id", "-t.written_off_minor", "t.written_off_minor <> 0"),
            (_DEBT_OWED, "t.debt_id", "t.balance_minor", "t.balance_minor <> 0"),
            (_DEBT_OFF, "t.debt_id", "t.written_off_minor", "t.written_off_minor <> 0"),
        ),
        "debt": (
            (_DEBT_OWED, "t.id", "-t.balance_minor", "t.balance_minor <> 0"),
            (_DEBT_OFF, "t.id", "-t.written_off_minor", "t.written_off_minor <> 0"),
        ),
        "payment": (
            (_APPLIED, "t.id", "t.amount_minor - t.unapplied_minor", "true"),
            (_STANDS, "t.id", "t.unapplied_minor - t.amount_minor", "t.status <> 'REVERSED'"),
            (_RECEIVED, "t.id", "t.amount_minor", "t.status <> 'REVERSED' AND t.received_by <> 'CREDITOR'"),
        ),
        "payment_allocation": ((_APPLIED, "t.payment_id", "-t.amount_minor", "true"),),
    }.items()
}
"""Each table's one reading: `rows`, and its `weight`. `$1` is the agency, `$2` a number of `SEED_BITS` bits."""

# Lines of the bank go between the trust account and the unidentified money; a payment never does.
RECEIVED: Sequence[Term] = (
    (
        _RECEIVED,
        "t.source_id",
        "CASE t.kind WHEN 'REVERSAL' THEN t.amount_minor ELSE -t.amount_minor END",
        """(t.kind IN ('RECEIPT', 'IDENTIFICATION') OR t.kind = 'REVERSAL' AND t.debit <> 'TRUST_BANK')
        AND CASE WHEN t.debit IN ('TRUST_BANK', 'UNIDENTIFIED') AND t.credit IN ('TRUST_BANK', 'UNIDENTIFIED')
          THEN EXISTS (SELECT FROM payment y WHERE y.agency_id = $1 AND y.id = t.source_id) ELSE true END""",
    ),
)
"""Of `ledger_posting`: added up where it is read for all that is asked by account."""
