"""What the books of an agency must be, each as one statement over all of them.

Each gives one row: `looked_at`, `wrong` and `samples`, some of what is wrong in words. `$1` is the agency.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

from core.ledger.kinds import OWED

SAMPLE = 20
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
_SIDES = """
    SELECT p.creditor_id, p.debt_id, p.currency, p.xid, v.account, v.sign * p.amount_minor AS minor
    FROM ledger_posting p, LATERAL (VALUES (p.debit, 1), (p.credit, -1)) AS v (account, sign) WHERE p.agency_id = $1
"""
_KEPT = _compared(
    f"""
    SELECT b.account, b.currency, b.balance_minor AS kept, COALESCE(s.minor, 0) AS found
    FROM ledger_balance b
    LEFT JOIN (
      SELECT account, currency, creditor_id, sum(minor)::bigint AS minor FROM ({_SIDES}) e
      WHERE xid < (SELECT max(to_xid) FROM ledger_block WHERE agency_id = $1)
      GROUP BY GROUPING SETS ((account, currency, creditor_id), (account, currency))
      HAVING GROUPING(creditor_id) = 1 OR creditor_id IS NOT NULL
    ) s ON s.account = b.account AND s.currency = b.currency AND s.creditor_id IS NOT DISTINCT FROM b.creditor_id
    WHERE b.agency_id = $1
    """,
    "format('%s in %s is kept as %s, and its postings are %s', account, currency, kept, found)",
)
_OVERDRAWN = _compared(
    f"""
    SELECT account, currency, CASE account WHEN 'UNIDENTIFIED' THEN NULL WHEN 'UNAPPLIED' THEN debt_id
                                           ELSE creditor_id END AS whose, sum(minor)::bigint AS found, 0 AS kept
    FROM ({_SIDES}) e WHERE account IN ({_OWED}) GROUP BY 1, 2, 3
    """,
    "format('%s of %s is overdrawn by %s %s', account, COALESCE(whose::text, 'the agency'), found, currency)",
    "found > 0",
)
_TRUST = _compared(
    f"""
    SELECT currency, sum(minor) FILTER (WHERE account IN ('TRUST_BANK', 'TRUST_CLEARING'))::bigint AS kept,
      -sum(minor) FILTER (WHERE account IN ({_OWED}))::bigint AS found
    FROM ({_SIDES}) e GROUP BY currency
    """,
    "format('the trust account has %s %s, and owes %s', kept, currency, found)",
    "COALESCE(kept, 0) <> COALESCE(found, 0)",
)
_UNAPPLIED = _compared(
    f"""
    SELECT COALESCE(p.debt_id, u.debt_id) AS debt_id, COALESCE(p.minor, 0) AS kept, COALESCE(u.minor, 0) AS found
    FROM (SELECT debt_id, sum(unapplied_minor)::bigint AS minor FROM payment
          WHERE agency_id = $1 AND received_by = 'AGENCY' AND status <> 'REVERSED' AND unapplied_minor > 0
          GROUP BY debt_id) p
    FULL JOIN (SELECT debt_id, -sum(minor)::bigint AS minor FROM ({_SIDES}) e WHERE account = 'UNAPPLIED'
               GROUP BY debt_id HAVING sum(minor) <> 0) u ON u.debt_id = p.debt_id
    """,
    "format('the payments of debt %s left %s over, and its surplus is %s', debt_id, kept, found)",
    "found > kept",
)

CHECKS = (
    ("components", "the balance of a component is the sum of its movements, as is what is written off", _COMPONENTS),
    ("debts", "the balance of a debt is the sum of its components, as is what is written off", _DEBTS),
    ("allocations", "what a payment paid is the sum of its allocations", _PAYMENTS),
    ("payments", "a payment's movements are its allocations, and none once it is reversed", _MOVED),
    ("receipts", "money that came to the agency is in the trust account's books", _RECEIVED),
    ("balances", "the balances that are kept are the sums of their postings", _KEPT),
    ("overdrawn", "no creditor's, debtor's or unidentified money is overdrawn", _OVERDRAWN),
    ("trust", "the trust account holds what it owes", _TRUST),
    ("surplus", "no debt's surplus is more than its payments left over", _UNAPPLIED),
)
"""Name, what it proves, and the statement that does."""
