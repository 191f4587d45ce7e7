-- One debt from all sides as the text of the answer. What stands between two chr(1) is a UUID that Python writes as a
-- public id; lists are nested JSON by concatenation, which is half the work of json_build_object.
SELECT '{"data":{"debt":{"id":"debt_' || chr(1) || d.id || chr(1) || '","reference":' || to_json(d.reference)
  || ',"product":' || to_json(d.product) || ',"currency":"' || d.currency || '","placed":{"minorUnits":"' || d.placed_minor
  || '"},"balance":{"minorUnits":"' || d.balance_minor || '"},"daysPastDue":'
  || COALESCE(GREATEST((now() AT TIME ZONE m.timezone)::date - d.due_on, 0), 0) || ',"stage":"' || d.stage
  || '","status":"' || d.status || '","placedOn":"' || d.placed_on || '","dueOn":' || COALESCE('"' || d.due_on || '"', 'null')
  || ',"lastPaymentOn":' || COALESCE('"' || d.last_payment_on || '"', 'null')
  || ',"debtor":{"name":' || to_json(p.name) || ',"country":' || to_json(p.country)
  || ',"identifiers":[' || COALESCE((
    SELECT string_agg('{"type":"' || i.type || '","number":' || to_json(i.number) || '}', ',' ORDER BY i.type, i.number)
    FROM party_identifier i WHERE i.agency_id = $1 AND i.party_id = d.party_id), '')
  || '],"contactPoints":[' || COALESCE((
    SELECT string_agg('{"channel":"' || c.channel || '","value":' || to_json(c.value) || ',"valid":' || c.valid::text || '}', ','
      ORDER BY c.channel, c.created_at, c.id)
    FROM contact_point c WHERE c.agency_id = $1 AND c.party_id = d.party_id), '')
  || ']},"creditor":{"name":' || to_json(k.name) || '},"payments":{"nodes":[' || COALESCE((
    SELECT string_agg('{"id":"payment_' || chr(1) || y.id || chr(1) || '","amount":{"minorUnits":"' || y.amount_minor
      || '"},"paidOn":"' || y.paid_on || '","method":"' || y.method || '"}', ',')
    FROM (SELECT id, amount_minor, paid_on, method FROM payment WHERE agency_id = $1 AND debt_id = $2
      ORDER BY paid_on DESC, id DESC LIMIT 20) y), '')
  || ']},"movements":{"nodes":[' || COALESCE((
    SELECT string_agg('{"id":"movement_' || chr(1) || v.id || chr(1) || '","kind":"' || v.kind || '","effectiveOn":"'
      || v.effective_on || '","delta":{"minorUnits":"' || v.delta_minor || '"},"reason":' || to_json(v.reason)
      || ',"recordedAt":' || to_json(v.recorded_at) || '}', ',')
    FROM (SELECT id, kind, effective_on, delta_minor, reason, recorded_at FROM debt_movement
      WHERE agency_id = $1 AND debt_id = $2 ORDER BY effective_on DESC, recorded_at DESC, id DESC LIMIT 20) v), '')
  || ']}}}}'
FROM debt d
JOIN party p ON p.agency_id = $1 AND p.id = d.party_id
JOIN creditor k ON k.agency_id = $1 AND k.id = d.creditor_id
JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
WHERE d.agency_id = $1 AND d.id = $2
