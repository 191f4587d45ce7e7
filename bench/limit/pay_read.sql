-- What a payment needs to know of the debt, a row for each component, and whether the key was used. $1 agency, $2 debt, $3 key
SELECT d.creditor_id, d.currency, d.status, d.closed_reason, d.opened_on, d.xmin::text AS version, m.allocation_order,
  (now() AT TIME ZONE m.timezone)::date AS today, c.id, c.kind, c.due_on, c.position, c.balance_minor,
  p.id AS payment_id, p.fingerprint, p.amount_minor, p.paid_on, p.debt_id, d.balance_minor AS owed, d.last_payment_on
FROM debt d
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
JOIN debt_component c ON c.agency_id = $1 AND c.debt_id = d.id
LEFT JOIN payment p ON p.agency_id = $1 AND p.idempotency_key = $3
WHERE d.agency_id = $1 AND d.id = $2
