"""The arithmetic of fees, once, as common table expressions of a statement: whoever assesses one payment, a period, or
asks what other terms would have brought, puts `given` and `asked` before it and reads `line` and `fee` behind it.

`given`: (schedule_id, mandate_id, valid_from, valid_to, terms, tax_rate), the terms and for which days of placement.
`asked`: (debt_id), the debts. All standing payments of them are computed, as each is counted on those before it.
`$1` is the agency. In the order of the computation:

1. The money of a payment that a component rate is for bears that rate; the rest is `tiered`.
2. `tiered` has the rate of its tier (WHOLE), or of each tier that it lies in (MARGINAL: it is the interval that ends at
   `point`). A tier ends at `up_to`, that amount included.
3. Every line is rounded as the mandate does (`money_rounded`). Their sum is bounded by minimum, maximum and the money
   itself, and then, in the order of the debt's payments, by what is left of the cap.
4. The tax is of the whole fee, a line of its own.

No step joins another: PostgreSQL expects next to nothing of each, and would go through all of it for every row. What a
later step needs of an earlier one is carried along.
"""

# ruff: noqa: S608 - what is put together here is text of the program; values are bound

CLEARED_ON = "p.cleared_on"
"""The day on which a payment's money was there; only those count that are CLEARED."""

OF_CREDITOR = """
  SELECT s.id AS schedule_id, s.mandate_id, s.valid_from,
    lead(s.valid_from, 1, 'infinity'::date) OVER (PARTITION BY s.mandate_id ORDER BY s.valid_from) AS valid_to,
    s.terms, s.tax_rate
  FROM commission_schedule s WHERE s.agency_id = $1 AND s.creditor_id = $2
"""
"""The schedules of the creditor `$2`: `given` of what is really charged."""

OPEN = """f.agency_id = $1 AND f.reverses_id IS NULL
  AND NOT EXISTS (SELECT FROM fee_line r WHERE r.agency_id = $1 AND r.reverses_id = f.id)"""
"""The condition that a line `f` of fee_line stands: it is no reversal and has none."""

_TERMS = """
terms AS MATERIALIZED (
  SELECT schedule_id, mandate_id, valid_from, valid_to, terms, tax_rate, terms ->> 'tiers_by' AS tiers_by,
    terms ->> 'mode' IS NOT DISTINCT FROM 'MARGINAL' AS marginal, terms ->> 'days_from' AS days_from,
    terms ->> 'days_to' AS days_to, terms -> 'component_rates' AS component_rates,
    COALESCE((terms ->> 'no_fee_before_demand')::boolean, false) AS demand_first,
    (terms ->> 'minimum_minor')::bigint AS minimum, (terms ->> 'maximum_minor')::bigint AS maximum,
    (terms ->> 'cap_rate')::numeric AS cap_rate, (terms ->> 'suit_fee_rate')::numeric AS suit_rate,
    COALESCE((terms ->> 'step_minor')::bigint, m.rounding_unit_minor) AS step,
    COALESCE((terms ->> 'tax_step_minor')::bigint, m.rounding_unit_minor) AS tax_step, m.rounding::text AS rounds
  FROM given JOIN mandate m ON m.agency_id = $1 AND m.id = mandate_id
), tier AS MATERIALIZED (
  SELECT t.schedule_id, x.place::smallint AS tier, (x.one ->> 'up_to')::bigint AS up_to, x.one -> 'values' AS words,
    lag((x.one ->> 'up_to')::bigint) OVER (PARTITION BY t.schedule_id ORDER BY x.place) AS above,
    (x.one ->> 'rate')::numeric AS rate, (x.one ->> 'direct_rate')::numeric AS direct_rate,
    (x.one ->> 'second_placement_rate')::numeric AS second_rate
  FROM terms t CROSS JOIN LATERAL jsonb_array_elements(t.terms -> 'tiers') WITH ORDINALITY AS x (one, place)
)"""

# A stage is not kept by day: where the debt stood when the payment was first assessed stands for it, also when it was
# split anew since: only what it paid has changed, and not its place among others. Lines and their reversals cancel, so
# that the sums of all are those of the lines that stand.
_STANDING = f"""
standing AS MATERIALIZED (
  SELECT p.id AS payment_id, p.debt_id, p.creditor_id, p.currency, p.paid_on, {CLEARED_ON} AS cleared_on,
    COALESCE(p.replaces_id, p.id) AS first_id, COALESCE((
      SELECT o.recorded_at FROM payment o WHERE o.agency_id = $1 AND o.id = p.replaces_id
    ), p.recorded_at) AS recorded_at,
    p.received_by = 'CREDITOR' AS direct, p.amount_minor - p.unapplied_minor AS applied,
    d.placed_on, d.opened_on, d.placed_minor, d.product, d.placement_number > 1 AS second,
    p.after_write_off OR COALESCE(d.charged_off_on <= p.paid_on, false) AS charged_off,
    COALESCE(f.stage, (
      SELECT g.stage FROM fee_line g WHERE g.agency_id = $1 AND g.payment_id = p.replaces_id
      ORDER BY g.assessment, g.line LIMIT 1
    ), d.stage) AS stage,
    p.received_by = 'CREDITOR' AND t.demand_first AND p.paid_on < COALESCE(d.first_demand_on, 'infinity') AS free,
    t.schedule_id, COALESCE(f.charged, false) AS charged, COALESCE(f.turns, 0) + 1 AS turn,
    COALESCE(f.fee, 0) AS charged_fee, COALESCE(f.tax, 0) AS charged_tax,
    o.kinds, o.minors, o.rates, p.amount_minor - p.unapplied_minor - COALESCE(o.minor, 0) AS tiered
  FROM asked a
  JOIN debt d ON d.agency_id = $1 AND d.id = a.debt_id
  JOIN terms t ON t.mandate_id = d.mandate_id AND d.placed_on >= t.valid_from AND d.placed_on < t.valid_to
  JOIN payment p ON p.agency_id = $1 AND p.debt_id = a.debt_id AND p.status = 'CLEARED'
  CROSS JOIN LATERAL (
    SELECT max(f.assessment) AS turns, (array_agg(f.stage ORDER BY f.assessment))[1] AS stage,
      count(*) FILTER (WHERE f.reverses_id IS NULL) > count(*) FILTER (WHERE f.reverses_id IS NOT NULL) AS charged,
      sum(f.amount_minor) FILTER (WHERE f.kind <> 'TAX')::bigint AS fee,
      sum(f.amount_minor) FILTER (WHERE f.kind = 'TAX')::bigint AS tax
    FROM fee_line f WHERE f.agency_id = $1 AND f.payment_id = p.id
  ) AS f
  CROSS JOIN LATERAL (
    SELECT array_agg(k.kind) AS kinds, array_agg(k.minor) AS minors, sum(k.minor)::bigint AS minor,
      array_agg((t.component_rates ->> k.kind)::numeric) AS rates
    FROM (
      SELECT c.kind::text AS kind, sum(a.amount_minor)::bigint AS minor
      FROM payment_allocation a JOIN debt_component c ON c.agency_id = $1 AND c.id = a.component_id
      WHERE t.component_rates <> '{{}}' AND a.agency_id = $1 AND a.payment_id = p.id
        AND t.component_rates ? c.kind::text
      GROUP BY c.kind
    ) AS k
  ) AS o
), counted AS MATERIALIZED (
  SELECT s.*, (COALESCE(sum(s.tiered) OVER earlier, 0))::bigint AS paid_before,
    COALESCE(max(s.paid_on) OVER earlier, s.placed_on) AS last_on
  FROM standing s
  WINDOW earlier AS (PARTITION BY s.debt_id ORDER BY s.cleared_on, s.recorded_at, s.first_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)"""

# What the debt was before the payment: by legal day, so that it is the same whenever it is asked. Of payments of the
# same day those count that come before it in the order of payments, as they were split last. What was written off is
# still claimed.
_BEFORE = """
  SELECT sum(c.minor)::bigint AS minor, min(c.due_on) FILTER (WHERE c.minor > 0) AS due_on
  FROM (
    SELECT k.due_on, sum(v.delta_minor) AS minor
    FROM debt_movement v JOIN debt_component k ON k.agency_id = $1 AND k.id = v.component_id
    WHERE t.tiers_by IN ('REMAINING_BALANCE', 'DAYS_PAST_DUE') AND v.agency_id = $1 AND v.debt_id = c.debt_id
      AND v.kind <> 'WRITE_OFF' AND (v.effective_on < c.paid_on OR v.effective_on = c.paid_on
           AND (v.kind NOT IN ('PAYMENT', 'PAYMENT_REVERSAL')
                OR v.kind = 'PAYMENT' AND (
                  SELECT (COALESCE(o.recorded_at, q.recorded_at), COALESCE(o.id, q.id)) < (c.recorded_at, c.first_id)
                    AND NOT EXISTS (SELECT FROM payment r WHERE r.agency_id = $1
                                    AND r.replaces_id = COALESCE(o.id, q.id) AND r.id > q.id)
                  FROM payment q LEFT JOIN payment o ON o.agency_id = $1 AND o.id = q.replaces_id
                  WHERE q.agency_id = $1 AND q.id = v.source_id)))
    GROUP BY k.id, k.due_on
  ) AS c
"""

_PLACED = f"""
placed AS MATERIALIZED (
  SELECT c.*, t.marginal, t.suit_rate, t.step, t.tax_step, t.rounds, t.tax_rate, t.minimum, t.maximum, t.cap_rate,
    CASE t.tiers_by
      WHEN 'PAID_TO_DATE' THEN c.paid_before + c.tiered
      WHEN 'PAYMENT_AMOUNT' THEN c.tiered
      WHEN 'REMAINING_BALANCE' THEN COALESCE(b.minor, 0)
      WHEN 'LISTED_AMOUNT' THEN c.placed_minor
      WHEN 'DAYS_PAST_DUE' THEN GREATEST(c.paid_on - b.due_on, 0)
      WHEN 'DAYS' THEN GREATEST(
        CASE t.days_to WHEN 'PAYMENT' THEN c.paid_on WHEN 'CLEARED' THEN c.cleared_on ELSE c.placed_on END
        - CASE t.days_from WHEN 'PLACEMENT' THEN c.placed_on WHEN 'OPENING' THEN c.opened_on
          WHEN 'LAST_PAYMENT' THEN c.last_on
          ELSE COALESCE((SELECT min(k.due_on) FROM debt_component k WHERE k.agency_id = $1 AND k.debt_id = c.debt_id),
                        c.placed_on) END, 0)
    END::bigint AS point,
    CASE t.tiers_by WHEN 'STAGE' THEN c.stage WHEN 'PRODUCT' THEN c.product
      WHEN 'CHARGE_OFF' THEN CASE WHEN c.charged_off THEN 'CHARGED_OFF' ELSE 'CURRENT' END END::text AS word
  FROM counted c
  JOIN terms t ON t.schedule_id = c.schedule_id
  CROSS JOIN LATERAL ({_BEFORE}) AS b
)"""

_ROUNDED = """
rounded AS (
  SELECT p.*, w.part, w.kind, w.tier, w.component, w.base, w.rate,
    money_rounded(w.base * w.rate, p.rounds, p.step) AS amount
  FROM placed p CROSS JOIN LATERAL (
    SELECT 1 AS part, 'COMMISSION' AS kind, r.tier, NULL::text AS component, r.minor AS base,
      CASE WHEN p.free THEN 0 WHEN p.direct AND r.direct_rate IS NOT NULL THEN r.direct_rate
        WHEN p.second AND r.second_rate IS NOT NULL THEN r.second_rate ELSE r.rate END AS rate
    FROM (
      (SELECT i.tier, i.rate, i.direct_rate, i.second_rate, p.tiered AS minor FROM tier i
       WHERE NOT p.marginal AND i.schedule_id = p.schedule_id
         AND (i.words ? p.word OR p.point <= i.up_to OR i.words IS NULL AND i.up_to IS NULL)
       ORDER BY i.tier LIMIT 1)
      UNION ALL
      SELECT i.tier, i.rate, i.direct_rate, i.second_rate,
        LEAST(p.point, i.up_to) - GREATEST(p.point - p.tiered, i.above) FROM tier i
      WHERE p.marginal AND i.schedule_id = p.schedule_id
    ) AS r WHERE r.minor > 0
    UNION ALL
    SELECT 2, 'COMMISSION', NULL, o.kind, o.minor, CASE WHEN p.free THEN 0 ELSE o.rate END
    FROM unnest(p.kinds, p.minors, p.rates) AS o (kind, minor, rate)
    UNION ALL
    SELECT 3, 'SUIT_FEE', NULL, NULL, p.tiered, p.suit_rate
    WHERE p.suit_rate IS NOT NULL AND p.stage = 'JUDICIAL' AND NOT p.free AND p.tiered > 0
    UNION ALL
    SELECT 1, 'COMMISSION', NULL, NULL, 0, 0 WHERE p.applied = 0
  ) AS w
), summed AS MATERIALIZED (
  SELECT r.*, sum(r.amount) OVER (PARTITION BY r.payment_id)::bigint AS plain,
    row_number() OVER (PARTITION BY r.payment_id ORDER BY r.part, r.tier, r.component) AS place
  FROM rounded r
)"""

_SUMS = """
bounded AS (
  SELECT s.*, CASE WHEN s.plain = 0 THEN 0 ELSE LEAST(GREATEST(s.plain, s.minimum), s.maximum, s.applied) END AS bounded
  FROM summed s WHERE s.place = 1
), run AS (
  SELECT b.*, floor(b.placed_minor * b.cap_rate) AS cap,
    sum(b.bounded) OVER (PARTITION BY b.debt_id ORDER BY b.cleared_on, b.recorded_at, b.first_id) AS total
  FROM bounded b
), capped AS (
  SELECT r.*, (LEAST(r.total, r.cap) - LEAST(r.total - r.bounded, r.cap))::bigint AS fee FROM run r
), fee AS MATERIALIZED (
  SELECT c.*, money_rounded(c.fee * c.tax_rate, c.rounds, c.tax_step) AS tax FROM capped c
)"""

_OF_PAYMENT = "payment_id, debt_id, creditor_id, currency, schedule_id, stage, paid_before, turn, charged, cleared_on"
_LINES = f"""
line AS (
  SELECT l.*, row_number() OVER (PARTITION BY l.payment_id ORDER BY l.part, l.tier, l.component) AS line,
    COALESCE(l.amount - l.base * l.rate, 0) AS rounding
  FROM (
    SELECT {_OF_PAYMENT}, part, kind, tier, component, base, rate, amount FROM summed
    UNION ALL
    SELECT {_OF_PAYMENT}, 4, CASE WHEN bounded > plain THEN 'MINIMUM' ELSE 'MAXIMUM' END, NULL, NULL, 0, NULL,
      bounded - plain FROM fee WHERE bounded <> plain
    UNION ALL
    SELECT {_OF_PAYMENT}, 5, 'CAP', NULL, NULL, 0, NULL, fee - bounded FROM fee WHERE fee <> bounded
    UNION ALL
    SELECT {_OF_PAYMENT}, 6, 'TAX', NULL, NULL, fee, tax_rate, tax FROM fee WHERE tax <> 0
  ) AS l
)"""

FEES = ",".join((_TERMS, _STANDING, _PLACED, _ROUNDED, _SUMS))
"""Up to `fee`: one row for each standing payment, with `fee` and `tax` in minor units and what they follow from.
Whether it was `charged`, and how much (`charged_fee`, `charged_tax`), is what is stored."""

FEE_LINES = f"{FEES},{_LINES}"
"""Up to `line` as well: (line, kind, tier, component, base, rate, rounding, amount) of each payment."""
