-- Payments in the order of their days, as they came in; each went to the interest, which the allocation order wants first.
INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, paid_on, received_by, method,
  idempotency_key, fingerprint, recorded_by, recorded_at, cleared_on)
SELECT agency_id, payment_id, creditor_id, debt_id, 'COP', amount, paid_on, 'AGENCY', 'TRANSFER', 'load-' || n || '-' || k,
  repeat('0', 64), 'system:bench', paid_on + time '17:00' + n * interval '1 millisecond',
  paid_on
FROM paying JOIN standing USING (n) ORDER BY paid_on, n;

INSERT INTO ledger_posting (agency_id, id, creditor_id, debt_id, kind, debit, credit, currency, amount_minor, effective_on,
  recorded_at, source_id, actor)
SELECT agency_id, recobro_uuid7(), creditor_id, debt_id, 'RECEIPT', 'TRUST_BANK', 'CLIENT', 'COP', amount, paid_on,
  paid_on + time '17:00' + n * interval '1 millisecond', payment_id, 'system:bench'
FROM paying JOIN standing USING (n) ORDER BY paid_on, n;

INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
SELECT agency_id, recobro_uuid7(), creditor_id, payment_id, interest_id, amount FROM paying JOIN standing USING (n);

CREATE TEMP TABLE moving AS
SELECT agency_id, creditor_id, debt_id, component_id, kind, day, delta, source_id, reason, n
FROM standing, (VALUES ('PLACEMENT', 1), ('PLACEMENT', 2)) AS v (kind, part), LATERAL (
  SELECT CASE part WHEN 1 THEN principal_id ELSE interest_id END AS component_id,
    CASE part WHEN 1 THEN principal ELSE interest END AS delta, placed_on AS day, portfolio_id AS source_id, '' AS reason) AS x
UNION ALL
SELECT agency_id, creditor_id, debt_id, interest_id, 'PAYMENT', paid_on, -amount, payment_id, '', n
FROM paying JOIN standing USING (n)
UNION ALL
SELECT agency_id, creditor_id, debt_id, interest_id, 'ADJUSTMENT', DATE ':today' - 10 - (k * 60 + h % 10)::int, 500,
  recobro_uuid7(), 'Intereses causados', n
FROM standing, generate_series(0, adjustments - 1) AS k;

INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, recorded_at, delta_minor,
  source_id, actor, reason)
SELECT agency_id, recobro_uuid7(), creditor_id, debt_id, component_id, kind, day,
  day + time '18:00' + n * interval '1 millisecond', delta, source_id, 'system:bench', reason
FROM (SELECT * FROM moving ORDER BY day, n) AS in_order;

INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
SELECT agency_id, recobro_uuid7(), creditor_id, 'payment.recorded', payment_id, 'system:bench',
  jsonb_build_object('debt_id', debt_id, 'amount_minor', amount, 'currency', 'COP', 'paid_on', paid_on, 'received_by', 'AGENCY',
    'allocations', jsonb_build_array(jsonb_build_object('component_id', interest_id, 'kind', 'INTEREST_ORDINARY', 'minor', amount)),
    'unapplied_minor', 0, 'balance_after_minor', interest + principal, 'debt_status', 'ACTIVE'),
  paid_on + time '17:00'
FROM paying JOIN standing USING (n);
