"""Interest of many debts in one statement: what rules.py says, with the same digits, and its posting.

Two passes run the same text. The first corrects: where terms, pauses or caps were changed (`stale`), a movement came
late (`movements_seen`) or a due date was moved (`dues_seen`), all interest to the day that was reached is computed
again, and the difference is posted. The second goes on from the day that was reached. The debts are locked by the
caller, in an earlier statement: this one has to see all that whoever held them has written.
"""

# ruff: noqa: S608 - what is put together here are expressions of the program; values are bound

BATCH = 5_000
"""Debts in one statement, and one transaction, where nobody asks for more (accrue_due.py takes up to a million). More
are posted little faster, and a payment waits for all of them (docs/decisions/0011-interest.md)."""

# $1 agency, $2 debts, $3 day, $4 now, $5 correct, $6 actor, $7 run, $8 cause, $9 first day that the cause is about
_MOVED_ON = "CASE WHEN v.kind = 'PLACEMENT' THEN LEAST(v.effective_on, {debt}.opened_on) ELSE v.effective_on END"

_MOVEMENTS = (
    "(SELECT count(*) FROM debt_movement v WHERE v.agency_id = $1 AND v.debt_id = i.debt_id AND " + _MOVED_ON + " <"
)
_DUES = (
    "COALESCE((SELECT bit_xor(hashtextextended(c.id::text || c.due_on::text, 0)) FROM debt_component c "
    "WHERE c.agency_id = $1 AND c.debt_id = i.debt_id AND c.due_on IS NOT NULL), 0)"
)

_STATE = f"""
state AS MATERIALIZED (
  SELECT i.debt_id, i.receives, i.accrued_to, i.accrued, i.posted_minor, i.rounding,
    i.rounding_unit_minor, d.creditor_id, d.currency, d.opened_on,
    d.status, d.closed_reason IS NOT DISTINCT FROM 'WRITTEN_OFF' AS written_off, d.closed_on, m.allocation_order,
    CASE WHEN $5 THEN i.accrues_from ELSE i.accrued_to END AS first,
    CASE WHEN $5 THEN i.accrued_to ELSE LEAST($3, ($4::timestamptz AT TIME ZONE m.timezone)::date) END AS last,
    CASE WHEN $5 THEN 0 ELSE i.accrued END AS before
  FROM debt_interest i
  JOIN debt d ON d.agency_id = $1 AND d.id = i.debt_id
  JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  WHERE i.agency_id = $1 AND i.debt_id = ANY ($2::uuid[]) AND CASE WHEN $5
    THEN i.stale OR i.dues_seen <> {_DUES} OR i.movements_seen <> {_MOVEMENTS.format(debt="d")} i.accrued_to)
    ELSE d.status = 'ACTIVE' END
)"""

# Only days with a certified cap are posted: of the others nobody knows yet what is lawful (CO-INT-01, CO-INT-02).
_PIECES = """
terms AS (
  SELECT t.debt_id, t.valid_from, lead(t.valid_from, 1, 'infinity') OVER (PARTITION BY t.debt_id ORDER BY t.valid_from)
    AS valid_until, t.method = 'COMPOUND' AS compounds, t.daily_rate, t.leap_daily_rate, t.day_count, t.modality,
    t.base, t.overdue_only
  FROM debt_interest_terms t WHERE t.agency_id = $1 AND t.debt_id IN (SELECT debt_id FROM state)
), wanted AS (
  SELECT t.*, s.receives, s.opened_on, s.before,
    GREATEST(t.valid_from, s.first) AS first, LEAST(t.valid_until, s.last) AS last
  FROM terms t JOIN state s USING (debt_id) WHERE GREATEST(t.valid_from, s.first) < LEAST(t.valid_until, s.last)
), certified AS (
  SELECT modality, min(valid_from) AS first, max(valid_to) + 1 AS until FROM (
    SELECT g.*, count(*) FILTER (WHERE begins) OVER (PARTITION BY modality ORDER BY valid_from) AS island FROM (
      SELECT modality, valid_from, valid_to,
        valid_from > lag(valid_to) OVER (PARTITION BY modality ORDER BY valid_from) + 1 AS begins
      FROM rate_cap WHERE agency_id = $1) g) n
  GROUP BY modality, island
), stop AS (
  SELECT w.debt_id, min(COALESCE(c.until, w.first)) AS day
  FROM wanted w LEFT JOIN certified c ON c.modality = w.modality AND c.first <= w.first AND c.until > w.first
  WHERE w.modality IS NOT NULL AND COALESCE(c.until, w.first) < w.last GROUP BY w.debt_id
), reached AS (
  SELECT s.*, LEAST(s.last, stop.day) AS day FROM state s LEFT JOIN stop USING (debt_id)
), piece AS MATERIALIZED (
  SELECT w.debt_id, w.first, LEAST(w.last, r.day) AS last, w.compounds, w.daily_rate, w.leap_daily_rate, w.day_count,
    w.modality, w.base, w.overdue_only, w.receives, w.opened_on, w.before
  FROM wanted w JOIN reached r USING (debt_id)
  WHERE w.first < LEAST(w.last, r.day) AND CASE WHEN $5 THEN r.day >= r.accrued_to ELSE r.day > r.accrued_to END
)"""

# Where a line ends and the next begins, with what the base changes by on that day.
_CUTS = f"""
change AS (
  SELECT p.debt_id, p.first, GREATEST(p.first, moved.day) AS day, sum(v.delta_minor) AS minor
  FROM piece p
  JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = p.debt_id
    AND (p.base ? c.kind OR (p.compounds AND c.kind = p.receives))
  JOIN debt_movement v ON v.agency_id = $1 AND v.debt_id = p.debt_id AND v.component_id = c.id
    AND NOT (p.compounds AND v.kind IN ('INTEREST', 'INTEREST_CORRECTION'))
  CROSS JOIN LATERAL (
    SELECT GREATEST({_MOVED_ON.format(debt="p")}, CASE WHEN p.overdue_only THEN c.due_on END) AS day) moved
  WHERE moved.day < p.last GROUP BY 1, 2, 3
), cut AS (
  SELECT debt_id, first, day, minor FROM change
  UNION ALL SELECT debt_id, first, first, 0 FROM piece
  UNION ALL SELECT p.debt_id, p.first, x.day, 0 FROM piece p
    JOIN rate_cap k ON k.agency_id = $1 AND k.modality = p.modality AND k.valid_to >= p.first AND k.valid_from < p.last
    CROSS JOIN LATERAL (VALUES (k.valid_from), (k.valid_to + 1)) AS x (day) WHERE x.day > p.first AND x.day < p.last
  UNION ALL SELECT p.debt_id, p.first, x.day, 0 FROM piece p
    JOIN interest_pause h ON h.agency_id = $1 AND h.debt_id = p.debt_id
    CROSS JOIN LATERAL (VALUES (h.first_on), (h.last_on + 1)) AS x (day) WHERE x.day > p.first AND x.day < p.last
  UNION ALL SELECT p.debt_id, p.first, make_date(y, 1, 1), 0 FROM piece p
    CROSS JOIN LATERAL generate_series(
      extract(year FROM p.first)::int + 1, extract(year FROM p.last - 1)::int) AS y WHERE p.day_count = 'ACT_ACT'
), line AS (
  SELECT p.*, c.day, lead(c.day, 1, p.last) OVER w AS until, sum(c.minor) OVER w AS owed
  FROM (SELECT debt_id, first, day, sum(minor) AS minor FROM cut GROUP BY 1, 2, 3) c
  JOIN piece p USING (debt_id, first) WINDOW w AS (PARTITION BY c.debt_id, c.first ORDER BY c.day)
)"""

_THIRTY = (
    "360 * extract(year FROM {0})::int + 30 * extract(month FROM {0})::int + LEAST(extract(day FROM {0})::int, 30)"
)
_LEAP = "make_date(extract(year FROM l.day)::int, 3, 1) - make_date(extract(year FROM l.day)::int, 2, 28) = 2"

_PRICED = f"""
priced AS (
  SELECT l.debt_id, l.day, l.before, l.owed, l.compounds,
    CASE l.day_count WHEN 'THIRTY_360' THEN ({_THIRTY.format("l.until")}) - ({_THIRTY.format("l.day")})
                     ELSE l.until - l.day END AS days,
    CASE WHEN EXISTS (SELECT FROM interest_pause h WHERE h.agency_id = $1 AND h.debt_id = l.debt_id
                      AND h.first_on <= l.day AND COALESCE(h.last_on, 'infinity') >= l.day) THEN 0
         ELSE LEAST(CASE WHEN {_LEAP} THEN l.leap_daily_rate ELSE l.daily_rate END, cap.daily_rate) END AS daily
  FROM line l LEFT JOIN LATERAL (
    SELECT k.daily_rate FROM rate_cap k WHERE k.agency_id = $1 AND k.modality = l.modality AND k.valid_from <= l.day
    ORDER BY k.valid_from DESC LIMIT 1) cap ON true
), total AS (
  SELECT debt_id, interest_total(before, owed, daily, days, compounds ORDER BY day) AS accrued
  FROM priced GROUP BY debt_id
), computed AS MATERIALIZED (
  SELECT * FROM (
    SELECT r.*, COALESCE(t.accrued, r.before) AS exact,
      money_rounded(COALESCE(t.accrued, r.before), r.rounding, r.rounding_unit_minor) - r.posted_minor AS delta
    FROM reached r LEFT JOIN total t USING (debt_id)
    WHERE CASE WHEN $5 THEN r.day >= r.accrued_to ELSE r.day > r.accrued_to END
  ) x WHERE x.status = 'ACTIVE' OR x.delta <= 0
)"""

# More interest goes to its component, made where there is none. Less first leaves that, and what was paid of it already
# pays what the debtor owes next: the journal never says that he owes less than nothing. What is written off counts as
# owed: of such a debt less was written off.
_MOVES = """
raised AS MATERIALIZED (
  SELECT x.debt_id, COALESCE(c.id, recobro_uuid7()) AS component_id, c.id IS NULL AS added, x.delta AS minor
  FROM computed x LEFT JOIN LATERAL (
    SELECT c.id FROM debt_component c WHERE c.agency_id = $1 AND c.debt_id = x.debt_id AND c.kind = x.receives
    ORDER BY c.due_on IS NOT NULL, c.position LIMIT 1) c ON true
  WHERE x.delta > 0
), open AS (
  SELECT x.debt_id, x.written_off, c.id AS component_id, o.minor, -x.delta AS excess, COALESCE(sum(o.minor) OVER (
      PARTITION BY x.debt_id ORDER BY c.kind <> x.receives, k.place NULLS LAST, c.due_on NULLS LAST, c.position
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS sooner
  FROM computed x
  JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = x.debt_id
  CROSS JOIN LATERAL (SELECT c.balance_minor + c.written_off_minor AS minor) o
  LEFT JOIN LATERAL (
    SELECT k.place FROM jsonb_array_elements_text(x.allocation_order) WITH ORDINALITY AS k (kind, place)
    WHERE k.kind = c.kind) k ON true
  WHERE x.delta < 0 AND o.minor > 0
), moved AS MATERIALIZED (
  SELECT debt_id, component_id, minor, false AS written_off FROM raised
  UNION ALL SELECT debt_id, component_id, -LEAST(minor, excess - sooner)::bigint, written_off
  FROM open WHERE sooner < excess
)"""

_WRITES = f"""
added AS (
  INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, placed_minor, balance_minor)
  SELECT $1, r.component_id, x.creditor_id, r.debt_id, (
      SELECT COALESCE(max(c.position), 0) + 1 FROM debt_component c WHERE c.agency_id = $1 AND c.debt_id = r.debt_id),
    x.receives, 0, r.minor
  FROM raised r JOIN computed x USING (debt_id) WHERE r.added
), changed AS (
  UPDATE debt_component c SET balance_minor = c.balance_minor + CASE WHEN m.written_off THEN 0 ELSE m.minor END,
    written_off_minor = c.written_off_minor + CASE WHEN m.written_off THEN m.minor ELSE 0 END
  FROM moved m WHERE c.agency_id = $1 AND c.id = m.component_id
), journal AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at,
    delta_minor, source_id, actor, reason)
  SELECT $1, recobro_uuid7(), x.creditor_id, m.debt_id, m.component_id,
    CASE WHEN $5 OR m.minor < 0 THEN 'INTEREST_CORRECTION' ELSE 'INTEREST' END, x.day, $4::timestamptz, m.minor,
    $7::uuid, $6::text,
    left(format('Interest from %s to %s%s', COALESCE($9::date, x.first), x.day, ': ' || $8::text), 200)
  FROM moved m JOIN computed x USING (debt_id)
  UNION ALL
  SELECT $1, recobro_uuid7(), x.creditor_id, m.debt_id, m.component_id, 'WRITE_OFF', GREATEST(x.day, x.closed_on),
    $4::timestamptz, -m.minor, $7::uuid, $6::text, 'less interest was written off'
  FROM moved m JOIN computed x USING (debt_id) WHERE m.written_off
), sums AS (
  SELECT debt_id, sum(minor)::bigint AS minor, min(minor) < 0 AS lowers FROM moved GROUP BY debt_id
), dues AS (
  SELECT s.debt_id, min(c.due_on) AS due_on FROM sums s
  JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = s.debt_id LEFT JOIN moved m ON m.component_id = c.id
  WHERE s.lowers AND c.balance_minor + COALESCE(m.minor, 0) > 0 GROUP BY s.debt_id
), debts AS (
  UPDATE debt d SET updated_at = $4,
    balance_minor = d.balance_minor + CASE WHEN d.closed_reason = 'WRITTEN_OFF' THEN 0 ELSE s.minor END,
    written_off_minor = d.written_off_minor + CASE WHEN d.closed_reason = 'WRITTEN_OFF' THEN s.minor ELSE 0 END,
    due_on = CASE WHEN s.lowers THEN dues.due_on ELSE d.due_on END,
    status = CASE WHEN p.paid THEN 'CLOSED' ELSE d.status END,
    closed_reason = CASE WHEN p.paid THEN 'PAID' ELSE d.closed_reason END,
    closed_on = CASE WHEN p.paid THEN d.last_payment_on ELSE d.closed_on END
  FROM sums s LEFT JOIN dues USING (debt_id) CROSS JOIN LATERAL (
    SELECT o.status = 'ACTIVE' AND s.lowers AND o.balance_minor + s.minor = 0 AND o.last_payment_on IS NOT NULL AS paid
    FROM debt o WHERE o.agency_id = $1 AND o.id = s.debt_id) p
  WHERE d.agency_id = $1 AND d.id = s.debt_id
), kept AS (
  UPDATE debt_interest i SET accrued_to = x.day, accrued = x.exact, stale = false,
    posted_minor = i.posted_minor + COALESCE(s.minor, 0), movements_seen = {_MOVEMENTS.format(debt="x")} x.day),
    dues_seen = {_DUES}
  FROM computed x LEFT JOIN sums s USING (debt_id) WHERE i.agency_id = $1 AND i.debt_id = x.debt_id
)
SELECT r.creditor_id, r.currency, count(s.debt_id) AS debts, COALESCE(sum(s.minor), 0)::bigint AS minor,
  count(*) FILTER (WHERE r.day < r.last) AS waiting, min(r.day) AS reached
FROM reached r LEFT JOIN sums s USING (debt_id) GROUP BY 1, 2
"""

ACCRUE = "WITH " + ",".join((_STATE, _PIECES, _CUTS, _PRICED, _MOVES)) + "," + _WRITES
"""One row by creditor and currency: `debts` whose balance changed, by `minor` altogether; `waiting` for a cap to be
certified; the earliest day that was `reached`."""
