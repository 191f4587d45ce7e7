-- A creditor's first screen out of the maintained totals and what is not folded into them yet.
-- $1 agency, $2 creditor, $3 first month
WITH day AS MATERIALIZED (
  SELECT mandate_id, as_of, (now() AT TIME ZONE timezone)::date AS today FROM recovery_day WHERE agency_id = $1 AND creditor_id = $2
), delta AS MATERIALIZED (
  SELECT mandate_id, currency, stage, due_on, month, debts, balance_minor, recovered_minor, payments, reversals
  FROM recovery_delta WHERE agency_id = $1 AND creditor_id = $2
), stages AS (
  SELECT currency, stage, sum(debts) AS debts, sum(balance_minor) AS balance FROM (
    SELECT currency, stage, debts, balance_minor FROM recovery_standing WHERE agency_id = $1 AND creditor_id = $2
    UNION ALL SELECT currency, stage, debts, balance_minor FROM delta WHERE month IS NULL) AS s
  GROUP BY 1, 2 HAVING sum(debts) <> 0
), buckets AS (
  SELECT currency, place, sum(debts) AS debts, sum(balance_minor) AS balance FROM (
    SELECT b.currency, b.place, b.debts, b.balance_minor FROM day y
    JOIN recovery_bucket b ON b.agency_id = $1 AND b.creditor_id = $2 AND b.mandate_id = y.mandate_id WHERE y.as_of = y.today
    UNION ALL
    SELECT d.currency, CASE WHEN d.due_on = '0001-01-01' THEN -1 ELSE width_bucket(y.today - d.due_on, '{1,31,61,91,121,151,181}'::int[]) END,
      d.debts, d.balance_minor FROM day y CROSS JOIN LATERAL (
        SELECT * FROM recovery_due r WHERE r.agency_id = $1 AND r.creditor_id = $2 AND r.mandate_id = y.mandate_id OFFSET 0) AS d
    WHERE y.as_of IS DISTINCT FROM y.today
    UNION ALL
    SELECT d.currency, CASE WHEN d.due_on = '0001-01-01' THEN -1 ELSE width_bucket(y.today - d.due_on, '{1,31,61,91,121,151,181}'::int[]) END,
      d.debts, d.balance_minor FROM delta d JOIN day y USING (mandate_id) WHERE d.month IS NULL) AS b
  GROUP BY 1, 2 HAVING sum(debts) <> 0
), months AS (
  SELECT currency, month, sum(payments) AS payments, sum(recovered_minor) AS recovered FROM (
    SELECT currency, month, payments, reversals, recovered_minor FROM recovery_month
    WHERE agency_id = $1 AND creditor_id = $2 AND month >= $3
    UNION ALL SELECT currency, month, payments, reversals, recovered_minor FROM delta WHERE month >= $3) AS m
  GROUP BY 1, 2 HAVING sum(payments) <> 0 OR sum(reversals) <> 0
)
SELECT '{"data":{"dashboard":{"stages":[' || COALESCE((
    SELECT string_agg('{"stage":"' || stage || '","debts":' || debts || ',"balance":{"minorUnits":"' || balance || '"}}', ','
      ORDER BY currency, array_position('{PREVENTION,EARLY,INTERMEDIATE,PRE_LEGAL,JUDICIAL}'::text[], stage::text)) FROM stages), '')
  || '],"buckets":[' || COALESCE((
    SELECT string_agg('{"label":"' || CASE place WHEN -1 THEN 'settled' ELSE
      (ARRAY['current', '1-30', '31-60', '61-90', '91-120', '121-150', '151-180', '180+'])[place + 1] END || '","debts":' || debts
      || ',"balance":{"minorUnits":"' || balance || '"}}', ',' ORDER BY currency, NULLIF(place, -1) NULLS LAST) FROM buckets), '')
  || '],"months":[' || COALESCE((
    SELECT string_agg('{"month":"' || to_char(month, 'YYYY-MM') || '","payments":' || payments
      || ',"recovered":{"minorUnits":"' || recovered || '"}}', ',' ORDER BY currency, month) FROM months), '')
  || ']}}}'
FROM creditor WHERE agency_id = $1 AND id = $2
