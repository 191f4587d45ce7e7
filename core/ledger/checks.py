"""What the books of an agency must be: what two tables must say alike, and what the accounts must hold.

A statement gives `looked_at`, `wrong` and `samples`, some of what is wrong in words. `$1` is the agency.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from collections.abc import Sequence
from dataclasses import dataclass

from core.kit.db import Row
from core.ledger.kinds import OWED
from core.ledger.sums import RECEIVED, hashed, weighed

SAMPLE = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was to be proved: how much was looked at, and what is wrong, some of it in words."""

    name: str
    proves: str
    looked_at: int
    wrong: int
    samples: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


@dataclass(slots=True)
class Read:
    """A statement, and what it found."""

    sql: str
    given: tuple[object, ...]
    found: Sequence[Row] = ()


_OWED = ", ".join(f"'{account}'" for account in OWED)


def _compared(rows: str, words: str, wrong: str = "kept IS DISTINCT FROM found") -> str:
    """`rows` has `kept`, what is kept, and `found`, what the journal says."""
    return f"""
    SELECT count(*) AS looked_at, count(*) FILTER (WHERE {wrong}) AS wrong,
      (array_agg({words}) FILTER (WHERE {wrong}))[1:{SAMPLE}] AS samples
    FROM ({rows}) AS r
    """


_COMPONENTS = _compared(
    """
    SELECT c.id, c.balance_minor AS kept, COALESCE(m.minor, 0) AS found, c.written_off_minor AS kept_off,
      COALESCE(m.written_off, 0) AS found_off
    FROM debt_component c
    LEFT JOIN (SELECT component_id, sum(delta_minor)::bigint AS minor,
                 -sum(delta_minor) FILTER (WHERE kind = 'WRITE_OFF')::bigint AS written_off
               FROM debt_movement WHERE agency_id = $1 GROUP BY component_id) m ON m.component_id = c.id
    WHERE c.agency_id = $1
    """,
    "format('component %s says %s (written off: %s), and its movements %s (%s)', id, kept, kept_off, found, found_off)",
    "kept IS DISTINCT FROM found OR kept_off IS DISTINCT FROM found_off",
)
_DEBTS = _compared(
    """
    SELECT d.reference, d.balance_minor AS kept, COALESCE(c.minor, 0) AS found, d.written_off_minor AS kept_off,
      COALESCE(c.written_off, 0) AS found_off
    FROM debt d
    LEFT JOIN (SELECT debt_id, sum(balance_minor)::bigint AS minor, sum(written_off_minor)::bigint AS written_off
               FROM debt_component WHERE agency_id = $1 GROUP BY debt_id) c ON c.debt_id = d.id
    WHERE d.agency_id = $1
    """,
    "format('debt %s says %s (written off: %s), and its components %s (%s)', reference, kept, kept_off, found, "
    "found_off)",
    "kept IS DISTINCT FROM found OR kept_off IS DISTINCT FROM found_off",
)
_PAYMENTS = _compared(
    """
    SELECT p.id, p.amount_minor - p.unapplied_minor AS kept, COALESCE(a.minor, 0) AS found
    FROM payment p
    LEFT JOIN (SELECT payment_id, sum(amount_minor)::bigint AS minor FROM payment_allocation WHERE agency_id = $1
               GROUP BY payment_id) a ON a.payment_id = p.id
    WHERE p.agency_id = $1
    """,
    "format('payment %s says that %s were applied, and its allocations %s', id, kept, found)",
)
# Of a payment that stands the components have lost what was allocated; of one that was reversed, nothing.
_MOVED = _compared(
    """
    SELECT p.id, CASE p.status WHEN 'REVERSED' THEN 0 ELSE p.unapplied_minor - p.amount_minor END AS kept,
      COALESCE(m.minor, 0) AS found
    FROM payment p
    LEFT JOIN (SELECT source_id, sum(delta_minor)::bigint AS minor FROM debt_movement
               WHERE agency_id = $1 AND kind IN ('PAYMENT', 'PAYMENT_REVERSAL') GROUP BY source_id) m
      ON m.source_id = p.id
    WHERE p.agency_id = $1
    """,
    "format('payment %s changes what is owed by %s, and its movements by %s', id, kept, found)",
)
_RECEIVED = _compared(
    """
    SELECT p.id, CASE WHEN p.status = 'REVERSED' OR p.received_by = 'CREDITOR' THEN 0 ELSE p.amount_minor END AS kept,
      COALESCE(l.minor, 0) AS found
    FROM payment p
    LEFT JOIN (
      SELECT source_id, sum(CASE kind WHEN 'REVERSAL' THEN -amount_minor ELSE amount_minor END)::bigint AS minor
      FROM ledger_posting WHERE agency_id = $1 AND (
        kind IN ('RECEIPT', 'IDENTIFICATION') OR (kind = 'REVERSAL' AND debit <> 'TRUST_BANK')
      ) GROUP BY source_id
    ) l ON l.source_id = p.id
    WHERE p.agency_id = $1
    """,
    "format('payment %s brought %s, and its postings say %s', id, kept, found)",
)
# One reading of the postings for all that is asked of them: of millions, a few hundred rows.
_MOVED_BY_ACCOUNT = f"""
WITH moved AS MATERIALIZED (
  SELECT creditor_id, currency, debit, credit, sealed, debt_id, sum(amount_minor) AS minor, {weighed(RECEIVED)}
  FROM (
    SELECT t.creditor_id, t.currency, t.debit, t.credit, t.amount_minor,
      COALESCE(t.xid < (SELECT max(b.to_xid) FROM ledger_block b WHERE b.agency_id = $1), false) AS sealed,
      CASE WHEN t.debit = 'UNAPPLIED' OR t.credit = 'UNAPPLIED' THEN t.debt_id END AS debt_id, {hashed(RECEIVED)}
    FROM ledger_posting t WHERE t.agency_id = $1 OFFSET 0
  ) AS h GROUP BY 1, 2, 3, 4, 5, 6
), side AS MATERIALIZED (
  SELECT m.creditor_id, m.currency, m.sealed, v.account, v.sign * m.minor AS minor
  FROM moved m, LATERAL (VALUES (m.debit, 1), (m.credit, -1)) AS v (account, sign)
), surplus AS MATERIALIZED (
  SELECT debt_id, currency, sum(CASE credit WHEN 'UNAPPLIED' THEN minor ELSE -minor END)::bigint AS minor
  FROM moved WHERE debt_id IS NOT NULL GROUP BY 1, 2
)
"""
_KEPT = _compared(
    """
    SELECT b.account, b.currency, b.balance_minor AS kept, COALESCE(s.minor, 0) AS found
    FROM ledger_balance b
    LEFT JOIN (
      SELECT account, currency, creditor_id, sum(minor)::bigint AS minor FROM side WHERE sealed
      GROUP BY GROUPING SETS ((account, currency, creditor_id), (account, currency))
      HAVING GROUPING(creditor_id) = 1 OR creditor_id IS NOT NULL
    ) s ON s.account = b.account AND s.currency = b.currency AND s.creditor_id IS NOT DISTINCT FROM b.creditor_id
    WHERE b.agency_id = $1
    """,
    "format('%s in %s is kept as %s, and its postings are %s', account, currency, kept, found)",
)
_OVERDRAWN = _compared(
    f"""
    SELECT account, currency, CASE account WHEN 'UNIDENTIFIED' THEN NULL ELSE creditor_id END AS whose,
      sum(minor)::bigint AS found, 0 AS kept
    FROM side WHERE account IN ({_OWED}) AND account <> 'UNAPPLIED' GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'UNAPPLIED', currency, debt_id, -minor, 0 FROM surplus
    """,
    "format('%s of %s is overdrawn by %s %s', account, COALESCE(whose::text, 'the agency'), found, currency)",
    "found > 0",
)
_TRUST = _compared(
    f"""
    SELECT currency, sum(minor) FILTER (WHERE account IN ('TRUST_BANK', 'TRUST_CLEARING'))::bigint AS kept,
      -sum(minor) FILTER (WHERE account IN ({_OWED}))::bigint AS found
    FROM side GROUP BY currency
    """,
    "format('the trust account has %s %s, and owes %s', kept, currency, found)",
    "COALESCE(kept, 0) <> COALESCE(found, 0)",
)
_UNAPPLIED = _compared(
    """
    SELECT u.debt_id, p.minor AS kept, u.minor AS found
    FROM (SELECT debt_id, sum(minor)::bigint AS minor FROM surplus GROUP BY debt_id HAVING sum(minor) <> 0) u
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(y.unapplied_minor), 0)::bigint AS minor FROM payment y
      WHERE y.agency_id = $1 AND y.debt_id = u.debt_id AND y.received_by = 'AGENCY' AND y.status <> 'REVERSED'
    ) p
    """,
    "format('the payments of debt %s left %s over, and its surplus is %s', debt_id, kept, found)",
    "found > kept",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tables that must say alike: `table` keeps what the other says in parts. `sql` is the statement that names what
    is wrong where they do not."""

    name: str
    proves: str
    table: str
    sql: str


COMPARED = (
    Comparison(
        "components", "the balance of a component is the sum of its movements, as is what is written off",
        "debt_component", _COMPONENTS,
    ),
    Comparison(
        "debts", "the balance of a debt is the sum of its components, as is what is written off", "debt", _DEBTS
    ),
    Comparison("allocations", "what a payment paid is the sum of its allocations", "payment", _PAYMENTS),
    Comparison(
        "payments", "a payment's movements are its allocations, and none once it is reversed", "payment", _MOVED
    ),
    Comparison("receipts", "money that came to the agency is in the trust account's books", "payment", _RECEIVED),
)  # fmt: skip
_OF_BOOKS = (
    ("balances", "the balances that are kept are the sums of their postings", _KEPT),
    ("overdrawn", "no creditor's, debtor's or unidentified money is overdrawn", _OVERDRAWN),
    ("trust", "the trust account holds what it owes", _TRUST),
    ("surplus", "no debt's surplus is more than its payments left over", _UNAPPLIED),
)
_ROWS = " UNION ALL ".join(
    f"SELECT '{name}' AS name, $${proves}$$ AS proves, c.* FROM ({sql}) c" for name, proves, sql in _OF_BOOKS
)
_WEIGHT = ", ".join(f"COALESCE(sum(weight[{part}]), 0)" for part in range(1, 5))
BOOKS = f"""{_MOVED_BY_ACCOUNT}
SELECT c.*, r.weight FROM ({_ROWS}) AS c, (SELECT ARRAY[{_WEIGHT}] AS weight FROM moved) AS r
"""
"""A row for each check of the accounts, with its `name` and what it `proves`; and the `weight` of all postings, in each
the same. `$1` and `$2` are those of `SCANS`."""
