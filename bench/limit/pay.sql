-- All that core/payments/record_payment.py writes, and nothing where the key is taken, or where the debt has changed since
-- it was read: whoever changes a component changes its debt.
-- $1 agency, $2 debt, $3 amount, $4 currency, $5 paid on, $6 received by, $7 method, $8 reference, $9 key,
-- $10 fingerprint, $11 who, $12 payment, $13 event, $14 the event's data, $15 creditor, $16 version of the debt,
-- $17 components, $18 what each takes, $19 sum of that, $20 oldest due date that is left, $21 whether the debt is paid
WITH paid AS (
  INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on, received_by,
    method, reference, idempotency_key, fingerprint, recorded_by, recorded_at, clears_on, cleared_on)
  SELECT $1, $12, $15, d.id, $4, $3, $3::bigint - $19::bigint, $5, $6, $7, $8, $9, $10, $11, now(), $5, $5
  FROM (SELECT id FROM debt WHERE agency_id = $1 AND id = $2 AND xmin = $16::text::xid FOR NO KEY UPDATE) AS d
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id
), part AS (
  SELECT component_id, minor FROM paid, unnest($17::uuid[], $18::bigint[]) AS given (component_id, minor)
), split AS (
  INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
  SELECT $1, recobro_uuid7(), $15, $12, component_id, minor FROM part
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at, delta_minor,
    source_id, actor)
  SELECT $1, recobro_uuid7(), $15, $2, component_id, 'PAYMENT', $5, now(), -minor, $12, $11 FROM part
), posted AS (
  INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor,
    effective_on, source_id, actor)
  SELECT $1, recobro_uuid7(), $15, $2, 'RECEIPT', 'TRUST_BANK', leg.credit, $4, leg.minor, $5, $12, $11
  FROM paid, (VALUES ('CLIENT', $19::bigint), ('UNAPPLIED', $3::bigint - $19::bigint)) AS leg (credit, minor) WHERE leg.minor > 0
), lowered AS (
  UPDATE debt_component c SET balance_minor = c.balance_minor - part.minor FROM part
  WHERE c.agency_id = $1 AND c.id = part.component_id
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, $13, $15, 'payment.recorded', id, $11, $14::jsonb, now() FROM paid
)
UPDATE debt d SET balance_minor = d.balance_minor - $19, recovered_minor = d.recovered_minor + $19, due_on = $20,
  last_payment_on = GREATEST(d.last_payment_on, $5), updated_at = now(),
  status = CASE WHEN $21 THEN 'CLOSED' ELSE d.status END, closed_reason = CASE WHEN $21 THEN 'PAID' ELSE d.closed_reason END,
  closed_on = CASE WHEN $21 THEN GREATEST(d.last_payment_on, $5) ELSE d.closed_on END
FROM paid WHERE d.agency_id = $1 AND d.id = $2
RETURNING d.balance_minor, d.last_payment_on
