-- The rows of a creditor's first screen: folded totals, and the changes that are not folded yet. Few, so that adding them up
-- and writing them costs less outside. $1 agency, $2 creditor, $3 first month
-- kind: 0 the creditor is there, 1 a stage, 2 an ageing bucket, 3 a month, 4 a change of debts, 5 a change of cash
SELECT 0 AS kind, '' AS currency, '' AS stage, 0 AS place, DATE '0001-01-01' AS month, 0::bigint AS debts, 0::bigint AS minor,
  0::bigint AS reversals
FROM creditor WHERE agency_id = $1 AND id = $2
UNION ALL
SELECT 1, currency, stage, 0, NULL, debts, balance_minor, 0 FROM recovery_standing WHERE agency_id = $1 AND creditor_id = $2
UNION ALL
SELECT 2, b.currency, '', b.place, NULL, b.debts, b.balance_minor, 0
FROM recovery_day y JOIN recovery_bucket b ON b.agency_id = $1 AND b.creditor_id = $2 AND b.mandate_id = y.mandate_id
WHERE y.agency_id = $1 AND y.creditor_id = $2 AND y.as_of = (now() AT TIME ZONE y.timezone)::date
UNION ALL
SELECT 2, d.currency, '', CASE WHEN d.due_on = '0001-01-01' THEN -1
    ELSE width_bucket((now() AT TIME ZONE y.timezone)::date - d.due_on, '{1,31,61,91,121,151,181}'::int[]) END,
  NULL, d.debts, d.balance_minor, 0
FROM recovery_day y CROSS JOIN LATERAL (
  SELECT * FROM recovery_due r WHERE r.agency_id = $1 AND r.creditor_id = $2 AND r.mandate_id = y.mandate_id OFFSET 0) AS d
WHERE y.agency_id = $1 AND y.creditor_id = $2 AND y.as_of IS DISTINCT FROM (now() AT TIME ZONE y.timezone)::date
UNION ALL
SELECT 3, currency, '', 0, month, payments, recovered_minor, reversals FROM recovery_month
WHERE agency_id = $1 AND creditor_id = $2 AND month >= $3
UNION ALL
SELECT CASE WHEN d.month IS NULL THEN 4 ELSE 5 END, d.currency, d.stage, CASE WHEN d.due_on = '0001-01-01' THEN -1
    ELSE width_bucket((now() AT TIME ZONE y.timezone)::date - d.due_on, '{1,31,61,91,121,151,181}'::int[]) END,
  d.month, CASE WHEN d.month IS NULL THEN d.debts ELSE d.payments END,
  CASE WHEN d.month IS NULL THEN d.balance_minor ELSE d.recovered_minor END, d.reversals
FROM recovery_delta d JOIN recovery_day y ON y.agency_id = $1 AND y.creditor_id = $2 AND y.mandate_id = d.mandate_id
WHERE d.agency_id = $1 AND d.creditor_id = $2 AND (d.month IS NULL OR d.month >= $3)
