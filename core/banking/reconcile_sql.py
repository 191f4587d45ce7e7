"""The statements of the trust reconciliation. `$1` is the agency, `$2` the currency, `$3` the day, `$4` how many rows
of a kind are listed. Amounts in minor units."""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from core.ledger.kinds import OWED, Account

_SIGNED = "CASE e.direction WHEN 'CREDIT' THEN e.amount_minor ELSE -e.amount_minor END"
_AT_BANK = f"('{Account.TRUST_BANK}', '{Account.TRUST_CLEARING}')"
_LEGS = ", ".join(f"'{account}'" for account in (Account.TRUST_BANK, Account.TRUST_CLEARING, *OWED))
_TRUST = """
SELECT a.id, a.name, a.number, row_number() OVER (ORDER BY a.id)::integer AS n FROM bank_account a
WHERE a.agency_id = $1 AND a.kind = 'TRUST' AND a.currency = $2
"""
_TOLD = """
SELECT s.id, s.account_id, s.from_on, s.to_on, s.opening_minor, s.closing_minor
FROM bank_statement s JOIN trust t ON t.id = s.account_id
WHERE s.agency_id = $1 AND s.to_on <= $3 AND s.from_on IS NOT NULL AND s.closing_minor IS NOT NULL
"""

# Of several statements of one day the last is the one on which no other goes on, and the first the one that goes on
# none. A bank that gives no opening balance had it all the same: the closing one less the entries of those days.
ACCOUNTS = f"""
WITH trust AS ({_TRUST}), told AS MATERIALIZED ({_TOLD}), moved AS MATERIALIZED (
  SELECT e.account_id, e.booked_on, sum({_SIGNED})::bigint AS minor
  FROM bank_entry e JOIN trust t ON t.id = e.account_id
  WHERE e.agency_id = $1 AND e.booked_on <= $3 GROUP BY 1, 2
), latest AS (
  SELECT DISTINCT ON (s.account_id) s.account_id, s.to_on, s.closing_minor FROM told s
  ORDER BY s.account_id, s.to_on DESC, EXISTS (
    SELECT FROM told o WHERE o.account_id = s.account_id AND o.to_on = s.to_on AND o.id <> s.id
      AND o.opening_minor = s.closing_minor), s.from_on DESC, s.id DESC
), earliest AS (
  SELECT DISTINCT ON (s.account_id) s.account_id, s.from_on, COALESCE(s.opening_minor, s.closing_minor - COALESCE(
    (SELECT sum(m.minor) FROM moved m WHERE m.account_id = s.account_id AND m.booked_on BETWEEN s.from_on AND s.to_on),
    0)) AS opening_minor
  FROM told s
  ORDER BY s.account_id, s.from_on, EXISTS (
    SELECT FROM told o WHERE o.account_id = s.account_id AND o.from_on = s.from_on AND o.id <> s.id
      AND o.closing_minor = s.opening_minor), s.id
)
SELECT t.id AS account_id, t.name, t.number, l.to_on AS statement_on,
  COALESCE(f.opening_minor - n.before, 0)::bigint AS opening_minor,
  (COALESCE(l.closing_minor, 0) + n.after)::bigint AS balance_minor,
  COALESCE(l.closing_minor - f.opening_minor - n.within, 0)::bigint AS untold_minor, n.moved::bigint AS moved_minor
FROM trust t LEFT JOIN latest l ON l.account_id = t.id LEFT JOIN earliest f ON f.account_id = t.id
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(m.minor), 0) AS moved, COALESCE(sum(m.minor) FILTER (WHERE m.booked_on < f.from_on), 0) AS before,
    COALESCE(sum(m.minor) FILTER (WHERE m.booked_on BETWEEN f.from_on AND l.to_on), 0) AS within,
    COALESCE(sum(m.minor) FILTER (WHERE l.to_on IS NULL OR m.booked_on > l.to_on), 0) AS after
  FROM moved m WHERE m.account_id = t.id
) n ORDER BY t.name, t.id
"""

# A statement goes on where one of the last day before it ended, or another one of its first day.
GAPS = f"""
WITH trust AS ({_TRUST}), told AS MATERIALIZED ({_TOLD})
SELECT g.* FROM (
SELECT s.id AS statement_id, s.account_id, s.from_on, s.opening_minor, p.closing_minor AS expected_minor,
  count(*) OVER (PARTITION BY s.account_id) AS gap_count,
  row_number() OVER (PARTITION BY s.account_id ORDER BY s.from_on, s.id) AS place
FROM told s
CROSS JOIN LATERAL (
  SELECT o.to_on, o.closing_minor FROM bank_statement o
  WHERE o.agency_id = $1 AND o.account_id = s.account_id AND o.to_on < s.from_on AND o.closing_minor IS NOT NULL
  ORDER BY o.to_on DESC, o.id DESC LIMIT 1
) p
WHERE s.opening_minor IS NOT NULL AND NOT EXISTS (
  SELECT FROM bank_statement o
  WHERE o.agency_id = $1 AND o.account_id = s.account_id AND o.closing_minor = s.opening_minor
    AND o.to_on IN (p.to_on, s.from_on) AND o.id <> s.id
)
) g WHERE g.place <= $4 ORDER BY g.from_on, g.statement_id
"""

BOOKS = f"""
SELECT v.account, sum(v.sign * p.amount_minor)::bigint AS minor
FROM ledger_posting p, LATERAL (VALUES (p.debit, 1), (p.credit, -1)) AS v (account, sign)
WHERE p.agency_id = $1 AND p.currency = $2 AND p.effective_on <= $3 AND v.account IN ({_LEGS})
GROUP BY 1 HAVING sum(v.sign * p.amount_minor) <> 0
"""

# Entries and postings that are about one thing (a payment with all that has taken its place, an order, a refund, an
# advance, a move from one trust account to another) are put together; what does not come to the same on both sides is
# an item. It is one of the account whose line tells of it next, or told of it last; where no line tells of it, of the
# only account, or of none yet.
# A line of several payments is in parts, one of each: the first of a payment brings it (`came`), and says what was
# `kept`. What its parts do not come to is the line's own, as is what it posted (`whole`).
_ENTRY = f"""
SELECT e.id, e.direction, e.booked_on, t.n AS account, {_SIGNED} - CASE WHEN e.shares > 0
    THEN (SELECT COALESCE(sum(s.amount_minor), 0) FROM bank_share s WHERE s.agency_id = $1 AND s.entry_id = e.id)
    ELSE 0 END::bigint AS minor,
  (e.direction = 'CREDIT')::integer AS came, 0::bigint AS kept, true AS whole,
  CASE WHEN e.state <> 'MATCHED' OR e.shares > 0 THEN 'ENTRY' WHEN y.id IS NOT NULL THEN 'PAYMENT'
    WHEN e.order_id IS NOT NULL THEN 'ORDER' WHEN e.counterpart_id IS NOT NULL THEN 'MOVE' ELSE 'REFUND' END AS kind,
  CASE WHEN e.state <> 'MATCHED' OR e.shares > 0 THEN e.id
    WHEN e.counterpart_id IS NOT NULL THEN LEAST(e.id, e.counterpart_id)
    ELSE COALESCE(y.replaces_id, y.id, e.order_id, e.refund_id) END AS key
FROM bank_entry e JOIN trust t ON t.id = e.account_id
LEFT JOIN payment y ON y.agency_id = $1 AND y.id = e.payment_id
WHERE e.agency_id = $1
UNION ALL
SELECT e.id, e.direction, e.booked_on, t.n, s.amount_minor, (s.amount_minor >= 0 AND s.kept_minor >= 0)::integer,
  s.kept_minor, false, 'PAYMENT', COALESCE(y.replaces_id, y.id)
FROM bank_share s
JOIN bank_entry e ON e.agency_id = $1 AND e.id = s.entry_id
JOIN trust t ON t.id = e.account_id
JOIN payment y ON y.agency_id = $1 AND y.id = s.payment_id
WHERE s.agency_id = $1
"""
_POSTED = f"""
SELECT CASE WHEN y.id IS NOT NULL AND p.credit = 'OPERATING_BANK' THEN 'FUNDING' WHEN e.id IS NOT NULL THEN e.kind
    WHEN y.id IS NOT NULL THEN 'PAYMENT' WHEN o.id IS NOT NULL OR r.id IS NOT NULL THEN 'ORDER'
    WHEN p.kind = 'REFUND' AND p.debit = 'UNAPPLIED' OR p.kind = 'ADVANCE' THEN 'REFUND' ELSE 'POSTING' END AS kind,
  COALESCE(e.key, y.replaces_id, y.id, o.id, p.source_id) AS key,
  CASE WHEN p.debit IN {_AT_BANK} THEN p.amount_minor ELSE 0 END
    - CASE WHEN p.credit IN {_AT_BANK} THEN p.amount_minor ELSE 0 END AS book, p.effective_on
FROM ledger_posting p
LEFT JOIN entry e ON e.id = p.source_id AND e.whole
LEFT JOIN payment y ON y.agency_id = $1 AND y.id = p.source_id
LEFT JOIN remittance_order o ON o.agency_id = $1 AND o.statement_id = p.source_id
  AND (o.kind = 'REMIT') = (p.kind = 'REMITTANCE')
LEFT JOIN remittance_order r ON r.agency_id = $1 AND r.id = p.source_id
WHERE p.agency_id = $1 AND p.currency = $2 AND p.effective_on <= $3
  AND (p.debit IN {_AT_BANK} OR p.credit IN {_AT_BANK})
"""
_WHAT = """
CASE r.kind WHEN 'PAYMENT' THEN CASE r.class WHEN 'KEPT' THEN 'kept by lawyers of the payment for '
    ELSE 'payment for ' END || d.reference WHEN 'FUNDING' THEN 'laid out for ' || d.reference
  WHEN 'ORDER' THEN lower(o.kind) || ' of statement ' || c.code || '-' || s.number
  WHEN 'REFUND' THEN CASE WHEN r.minor > 0 THEN 'advance of a creditor' ELSE 'refund of a surplus or an advance' END
  WHEN 'MOVE' THEN 'from one trust account to another'
  WHEN 'POSTING' THEN 'a posting because of ' || r.key
  ELSE left(concat_ws(', ', NULLIF(b.counterparty_name, ''), NULLIF(b.text, ''), NULLIF(b.bank_reference, '')), 200)
END
"""
ITEMS = f"""
WITH trust AS ({_TRUST}), entry AS MATERIALIZED ({_ENTRY}), posted AS ({_POSTED}), thing AS (
  SELECT x.kind, x.key, sum(x.book)::bigint AS book, sum(x.bank)::bigint AS bank, sum(x.came)::integer AS came,
    sum(x.went)::integer AS went, sum(x.kept)::bigint AS kept, min(x.day) AS day,
    COALESCE((min(x.line) FILTER (WHERE x.line[1] > 0))[2], (max(x.line) FILTER (WHERE x.line[1] <= 0))[2],
      (SELECT min(t.n) FROM trust t HAVING count(*) = 1)) AS account
  FROM (
    SELECT kind, key, book, 0 AS bank, 0 AS came, 0 AS went, 0 AS kept, effective_on AS day, NULL::integer[] AS line
    FROM posted
    UNION ALL
    SELECT kind, key, 0, minor, came, (direction = 'DEBIT')::integer, kept, booked_on,
      ARRAY[booked_on - $3::date, account] FROM entry WHERE booked_on <= $3
    UNION ALL
    SELECT kind, key, 0, 0, 0, 0, 0, NULL, ARRAY[booked_on - $3::date, account] FROM entry WHERE booked_on > $3
    UNION ALL
    SELECT 'FUNDING', key, 0, 0, 0, 0, 0, NULL, ARRAY[booked_on - $3::date, account] FROM entry
    WHERE kind = 'PAYMENT' AND direction = 'DEBIT'
  ) x GROUP BY 1, 2 HAVING sum(x.book) <> sum(x.bank)
), judged AS (
  SELECT t.kind, t.key, t.day, t.account, t.book - t.bank AS minor, CASE t.kind
      WHEN 'PAYMENT' THEN CASE WHEN t.book - t.bank = y.amount_minor AND t.came = 0 THEN 'IN_TRANSIT'
        WHEN t.book - t.bank = t.kept AND t.kept > 0 AND t.came = 1 AND t.went = 0 THEN 'KEPT'
        WHEN t.bank - t.book = y.amount_minor - t.kept AND t.came = 1 AND t.went = 0 THEN 'TAKEN_BACK' END
      WHEN 'ORDER' THEN CASE WHEN abs(t.book - t.bank) = o.amount_minor THEN 'ORDER' END
      WHEN 'REFUND' THEN CASE WHEN t.book < 0 AND t.went = 0 THEN 'REFUND' WHEN t.book > 0 AND t.came = 0
        THEN 'IN_TRANSIT' END
      WHEN 'FUNDING' THEN CASE WHEN t.book > 0 THEN 'FUNDING' END
      WHEN 'MOVE' THEN CASE WHEN t.book = 0 AND t.came + t.went = 1 THEN 'IN_TRANSIT' END
      WHEN 'ENTRY' THEN CASE WHEN t.book = 0 AND t.went = 1 AND b.state = 'IGNORED' THEN 'CHARGE'
        WHEN t.book = 0 AND t.went = 1 THEN 'UNBOOKED' END
    END AS class
  FROM thing t
  LEFT JOIN payment y ON y.agency_id = $1 AND y.id = t.key AND t.kind = 'PAYMENT'
  LEFT JOIN remittance_order o ON o.agency_id = $1 AND o.id = t.key AND t.kind = 'ORDER'
  LEFT JOIN bank_entry b ON b.agency_id = $1 AND b.id = t.key AND t.kind = 'ENTRY'
), ranked AS (
  SELECT j.kind, j.key, j.day, j.minor, j.account, COALESCE(j.class, 'UNEXPLAINED') AS class,
    row_number() OVER (PARTITION BY j.class, j.account ORDER BY j.day, j.key) AS place,
    count(*) OVER (PARTITION BY j.class, j.account) AS class_count,
    (sum(j.minor) OVER (PARTITION BY j.class, j.account))::bigint AS class_minor
  FROM judged j
)
SELECT r.class, a.id AS account_id, r.class_count, r.class_minor, r.day AS on, r.minor,
  COALESCE({_WHAT}, 'unknown') AS what, y.id AS payment_id, o.id AS order_id, b.id AS entry_id
FROM ranked r
LEFT JOIN trust a ON a.n = r.account
LEFT JOIN payment y ON y.agency_id = $1 AND y.id = r.key AND r.kind IN ('PAYMENT', 'FUNDING')
LEFT JOIN debt d ON d.agency_id = $1 AND d.id = y.debt_id
LEFT JOIN remittance_order o ON o.agency_id = $1 AND o.id = r.key AND r.kind = 'ORDER'
LEFT JOIN remittance_statement s ON s.agency_id = $1 AND s.id = o.statement_id
LEFT JOIN creditor c ON c.agency_id = $1 AND c.id = o.creditor_id
LEFT JOIN bank_entry b ON b.agency_id = $1 AND b.id = r.key AND r.kind IN ('ENTRY', 'MOVE')
WHERE r.place <= $4 ORDER BY r.class, a.name NULLS LAST, r.place
"""
