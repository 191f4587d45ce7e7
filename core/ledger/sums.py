"""What two tables say of the same money, compared without putting a row of one beside a row of the other.

Each row's amount is multiplied by a factor that follows from the key under which the amounts must agree (component,
debt or payment) and from a number drawn for this proof alone. Where the amounts agree under every key, the sums of both
tables agree. Where they do not, be it under a single key, the sums agree with a chance of one in 2^60, and whoever wrote
to the tables could not know the factors. So a table is read once, and nothing is sorted, grouped or joined. What is wrong
is asked of the statement that compares row by row (core/ledger/checks.py), and only where sums differ.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Mapping

_FACTOR, _LOW, _UP = 2**30 - 1, 2**31 - 1, 31
"""A factor has 30 bits, and an amount is taken in two parts: no product of theirs overflows, and a sum never does."""


def _sum(key: str, minor: str, where: str) -> str:
    """Two sums, of independent factors."""
    found: list[str] = []
    for seed in ("$2", "$3"):
        factor = f"(uuid_hash_extended({key}, {seed}) & {_FACTOR})"
        low, up = (
            f"COALESCE(sum({factor} * {part}) FILTER (WHERE {where}), 0)"
            for part in (f"(({minor}) & {_LOW})", f"(({minor}) >> {_UP})")
        )
        found.append(f"{low} + {2**_UP} * {up}")
    return f"ARRAY[{', '.join(found)}]"


def _scan(table: str, sums: Mapping[str, tuple[str, str, str]]) -> str:
    columns = ", ".join(f"{_sum(*parts)} AS {name}" for name, parts in sums.items())
    return f"SELECT count(*) AS rows, {columns} FROM {table} AS t WHERE t.agency_id = $1"


# Lines of the bank go between the trust account and the unidentified money; a payment never does.
_OF_PAYMENT = """
(t.kind IN ('RECEIPT', 'IDENTIFICATION') OR t.kind = 'REVERSAL' AND t.debit <> 'TRUST_BANK')
AND CASE WHEN t.debit IN ('TRUST_BANK', 'UNIDENTIFIED') AND t.credit IN ('TRUST_BANK', 'UNIDENTIFIED')
  THEN EXISTS (SELECT FROM payment y WHERE y.agency_id = $1 AND y.id = t.source_id) ELSE true END
"""
SCANS: Mapping[str, str] = {
    table: _scan(table, sums)
    for table, sums in {
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
        "ledger_posting": {
            "received": (
                "t.source_id", "CASE t.kind WHEN 'REVERSAL' THEN -t.amount_minor ELSE t.amount_minor END", _OF_PAYMENT
            ),
        },
    }.items()
}  # fmt: skip
"""Each table's one reading: `rows`, and pairs of sums by name. `$1` is the agency, `$2` and `$3` are drawn."""
