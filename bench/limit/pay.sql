-- A payment in one statement: what core/payments/record_payment.py writes, and nothing where it would refuse, or where the
-- debt has changed since this statement began. Whoever changes a component changes its debt.
-- $1 agency, $2 debt, $3 amount, $4 currency, $5 paid on, $6 received by, $7 method, $8 reference, $9 key,
-- $10 fingerprint, $11 who, $12 payment, $13 event
WITH asked AS MATERIALIZED (
  SELECT d.creditor_id, d.mandate_id, d.status, d.xmin AS version FROM debt d
  WHERE d.agency_id = $1 AND d.id = $2 AND d.currency = $4 AND d.opened_on <= $5
    AND (d.status = 'ACTIVE' OR d.closed_reason IN ('PAID', 'SETTLED'))
), terms AS MATERIALIZED (
  SELECT ARRAY(SELECT jsonb_array_elements_text(m.allocation_order)) AS kinds, a.status, a.creditor_id, a.version FROM asked a
  JOIN mandate m ON m.agency_id = $1 AND m.id = a.mandate_id
  WHERE $5 <= (now() AT TIME ZONE m.timezone)::date
), part AS MATERIALIZED (
  SELECT h.id, h.kind, h.due_on, h.balance_minor, CASE WHEN t.status = 'CLOSED' THEN 0 ELSE
    LEAST(h.balance_minor, GREATEST(0, $3 - COALESCE(sum(h.balance_minor) OVER (
      ORDER BY array_position(t.kinds, h.kind::text), h.due_on, h.position
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::bigint END AS minor
  FROM terms t JOIN debt_component h ON h.agency_id = $1 AND h.debt_id = $2
), taken AS MATERIALIZED (
  SELECT sum(minor)::bigint AS applied, min(due_on) FILTER (WHERE balance_minor > minor) AS due_on,
    COALESCE(jsonb_agg(jsonb_build_object('component_id', id, 'kind', kind, 'minor', minor)) FILTER (WHERE minor > 0), '[]') AS told
  FROM part
), same AS MATERIALIZED (
  SELECT t.creditor_id FROM terms t JOIN debt d ON d.agency_id = $1 AND d.id = $2 AND d.xmin = t.version FOR NO KEY UPDATE OF d
), paid AS (
  INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on, received_by,
    method, reference, idempotency_key, fingerprint, recorded_by, recorded_at)
  SELECT $1, $12, s.creditor_id, $2, $4, $3, $3 - k.applied, $5, $6, $7, $8, $9, $10, $11, now()
  FROM same s, taken k
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING creditor_id
), split AS (
  INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
  SELECT $1, recobro_uuid7(), creditor_id, $12, part.id, minor FROM paid, part WHERE minor > 0
), moved AS (
  INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at, delta_minor,
    source_id, actor)
  SELECT $1, recobro_uuid7(), creditor_id, $2, part.id, 'PAYMENT', $5, now(), -minor, $12, $11 FROM paid, part WHERE minor > 0
), lowered AS (
  UPDATE debt_component c SET balance_minor = c.balance_minor - part.minor FROM paid, part
  WHERE c.agency_id = $1 AND c.id = part.id AND part.minor > 0
), changed AS (
  UPDATE debt d SET balance_minor = d.balance_minor - k.applied, recovered_minor = d.recovered_minor + k.applied,
    due_on = k.due_on, last_payment_on = GREATEST(d.last_payment_on, $5), updated_at = now(),
    status = CASE WHEN d.balance_minor = k.applied THEN 'CLOSED' ELSE d.status END,
    closed_reason = CASE WHEN d.balance_minor = k.applied AND d.status = 'ACTIVE' THEN 'PAID' ELSE d.closed_reason END,
    closed_on = CASE WHEN d.balance_minor = k.applied AND d.status = 'ACTIVE' THEN GREATEST(d.last_payment_on, $5) ELSE d.closed_on END
  FROM paid, taken k WHERE d.agency_id = $1 AND d.id = $2
  RETURNING d.balance_minor, d.last_payment_on, d.status
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, $13, p.creditor_id, 'payment.recorded', $12, $11, jsonb_build_object('debt_id', $2::uuid, 'amount_minor', $3::bigint,
    'currency', $4::text, 'paid_on', $5::date, 'received_by', $6::text, 'allocations', k.told, 'unapplied_minor', $3 - k.applied,
    'balance_after_minor', c.balance_minor, 'debt_status', c.status), now()
  FROM paid p, taken k, changed c
)
SELECT balance_minor, last_payment_on FROM changed
