"""The one statement that reads debts as a bureau is to know them, each with what the gate says of it."""

from core.bureaus.furnishing_rules import (
    EXPIRY_YEARS,
    FIRST_REPORT_MONTHS,
    PERMANENCE_YEARS,
    SMALL_PERCENT,
    WAITING_DAYS,
)

# $1 agency, $2 creditor, $3 bureau, $4 now, $5 after which debt, $6 how many, $7 and $8 years and their minimum wages
# in minor units, $9 whether 20 whole days lie between notice and report.
# A default is never younger than the first due date of what was placed: a payment of the oldest instalment moves
# `debt.due_on`, and must not re-age the default. What was once reported keeps the default that it was reported with;
# what the bureau refused was not reported.
FURNISHABLE = f"""
WITH asked AS (
  SELECT d.*, c.name AS creditor_name, c.country AS law, m.timezone, x.today, n.first_negative_on,
    COALESCE(n.defaulted_on, part.first_due) AS defaulted_on, part.past_due,
    COALESCE(n.first_negative_on, x.today) AS counted_to, n.id IS NOT NULL AS known
  FROM debt d
  JOIN creditor c ON c.agency_id = $1 AND c.id = d.creditor_id
  JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  CROSS JOIN LATERAL (SELECT ($4::timestamptz AT TIME ZONE m.timezone)::date AS today) x
  LEFT JOIN LATERAL (
    SELECT f.id, f.first_negative_on, f.defaulted_on FROM negative_report f
    WHERE f.agency_id = $1 AND f.debt_id = d.id AND f.provider = $3
      AND NOT EXISTS (SELECT FROM furnishing_reject r
                      WHERE r.agency_id = $1 AND r.batch_id = f.told_in_id AND r.debt_id = f.debt_id)
    ORDER BY f.first_negative_on, f.id LIMIT 1) n ON true
  CROSS JOIN LATERAL (
    SELECT LEAST(min(p.due_on), d.due_on) AS first_due,
      COALESCE(sum(p.balance_minor) FILTER (WHERE COALESCE(p.due_on, d.due_on) < x.today), 0)::bigint AS past_due
    FROM debt_component p WHERE p.agency_id = $1 AND p.debt_id = d.id) part
  WHERE d.agency_id = $1 AND d.creditor_id = $2 AND ($5::uuid IS NULL OR d.id > $5)
    AND (n.id IS NOT NULL OR d.status = 'ACTIVE' AND d.due_on < x.today)
  ORDER BY d.id LIMIT $6),
judged AS (
  SELECT a.*, t.first_day, t.second_day, t.notices, s.consent, i.type AS document_type, i.number AS document_number,
    i.issuer AS document_country, e.ends_on, e.expires_on,
    a.currency <> 'COP' OR w.minor IS NULL
      OR LEAST(a.placed_minor, a.balance_minor) * 100 <= w.minor * {SMALL_PERCENT} AS small,
    {WAITING_DAYS} + $9::int AS wait
  FROM asked a
  CROSS JOIN LATERAL (
    SELECT min(k.day) AS first_day, min(k.day) FILTER (WHERE k.day > k.first_day) AS second_day,
      COALESCE(jsonb_agg(jsonb_build_object('sent_at', k.sent_at, 'medium', k.medium, 'proof', k.proof)
               ORDER BY k.sent_at), '[]') AS notices
    FROM (SELECT p.*, z.day, min(z.day) OVER () AS first_day FROM prior_notice p
          CROSS JOIN LATERAL (SELECT (p.sent_at AT TIME ZONE a.timezone)::date AS day) z
          WHERE p.agency_id = $1 AND p.debt_id = a.id AND z.day BETWEEN a.defaulted_on AND a.counted_to) k) t
  LEFT JOIN LATERAL (
    SELECT jsonb_build_object('reference', o.reference, 'granted_at', o.granted_at, 'medium', o.medium,
                              'text_version', o.text_version) AS consent
    FROM furnishing_consent o WHERE o.agency_id = $1 AND o.debt_id = a.id
      AND (o.granted_at AT TIME ZONE a.timezone)::date <= a.counted_to
    ORDER BY o.granted_at, o.id LIMIT 1) s ON true
  LEFT JOIN LATERAL (
    SELECT type, number, issuer FROM party_identifier
    WHERE agency_id = $1 AND party_id = a.party_id AND type <> 'CUSTOMER'
    ORDER BY verified DESC, array_position(ARRAY['CC', 'CE', 'NIT', 'TI', 'PASSPORT', 'TAX_ID'], type::text), id
    LIMIT 1) i ON true
  CROSS JOIN LATERAL (
    SELECT (a.defaulted_on + interval '{EXPIRY_YEARS} years')::date AS expires_on,
      CASE WHEN a.status = 'CLOSED' AND a.closed_reason <> 'WRITTEN_OFF' AND a.closed_on >= a.defaulted_on
        THEN LEAST(a.closed_on + 2 * age(a.closed_on, a.defaulted_on),
                   a.closed_on + interval '{PERMANENCE_YEARS} years')::date END AS ends_on) e
  LEFT JOIN unnest($7::int[], $8::bigint[]) AS w (year, minor) ON w.year = extract(year FROM a.counted_to))
SELECT j.*, p.kind, p.name, p.birth_date, h.phone, h.email, r.lines, r.city, r.region, r.postal_code, r.country,
  j.known AND (j.today >= LEAST(j.expires_on, j.ends_on) OR j.consent IS NULL) AS goes,
  CASE
    WHEN j.law <> 'CO' THEN 'NO_RULES'
    WHEN j.document_number IS NULL THEN 'NO_DOCUMENT'
    WHEN j.today >= j.expires_on THEN 'CO-BUR-05'
    WHEN j.known AND j.today >= j.ends_on THEN 'CO-BUR-04'
    WHEN j.known THEN CASE WHEN j.consent IS NULL THEN 'CO-BUR-06' ELSE 'CO-BUR-01' END
    WHEN j.consent IS NULL THEN 'CO-BUR-09'
    WHEN j.today > j.defaulted_on + interval '{FIRST_REPORT_MONTHS} months' THEN 'CO-BUR-03'
    WHEN j.first_day IS NULL OR j.today < j.first_day + j.wait THEN 'CO-BUR-01'
    WHEN j.small AND (j.second_day IS NULL OR j.today < j.second_day + j.wait) THEN 'CO-BUR-02'
    ELSE 'CO-BUR-01' END AS rule,
  CASE
    WHEN j.known THEN NULL
    WHEN j.today < j.first_day + j.wait THEN j.first_day + j.wait
    WHEN j.small AND j.today < j.second_day + j.wait THEN j.second_day + j.wait END AS from_day,
  j.known OR COALESCE(j.first_day + j.wait <= j.today
                      AND (NOT j.small OR COALESCE(j.second_day + j.wait <= j.today, false)), false) AS waited
FROM judged j
JOIN party p ON p.agency_id = $1 AND p.id = j.party_id
CROSS JOIN LATERAL (
  SELECT COALESCE(min(value) FILTER (WHERE channel = 'PHONE'), '') AS phone,
    COALESCE(min(value) FILTER (WHERE channel = 'EMAIL'), '') AS email
  FROM contact_point WHERE agency_id = $1 AND party_id = j.party_id AND valid) h
LEFT JOIN LATERAL (
  SELECT lines, city, region, postal_code, country FROM postal_address
  WHERE agency_id = $1 AND party_id = j.party_id ORDER BY id DESC LIMIT 1) r ON true
ORDER BY j.id
"""  # noqa: S608 - the program's own figures
