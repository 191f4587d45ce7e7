SELECT t0.id, t0.reference, t0.balance_minor, t0.currency, t0.due_on, t1.timezone, t0.status, t0.stage, t0.disputed, t1.stage_days, t0.placed_on, t0.last_payment_on, t0.assigned_to, t2.name, t1.name, COALESCE((SELECT '[' || string_agg(j0, ',') || ']'
FROM (SELECT '{"kind":' || '"' || t3.kind || '"' || ',"balance":' || '{"amount":' || E'\x011:' || t3.balance_minor || ',' || t0.currency || E'\x01' || '}' || '}' AS j0
FROM (SELECT t3.kind, t3.balance_minor
FROM debt_component t3
WHERE t3.agency_id = t0.agency_id AND t3.debt_id = t0.id
ORDER BY t3.position
LIMIT 1000) t3) x), '[]'), (SELECT '{"totalCount":' || (SELECT count(*)
FROM payment t4
WHERE t4.agency_id = t0.agency_id AND t4.debt_id = t0.id)::text || ',"pageInfo":' || '{"hasNextPage":' || (count(*) > 3)::text || ',"endCursor":' || COALESCE(E'\x012:' || (array_agg(k
ORDER BY n DESC) FILTER (WHERE n <= 3))[1] || E'\x01', 'null') || '}' || ',"edges":' || '[' || COALESCE(string_agg('{"cursor":' || E'\x012:' || k || E'\x01' || ',"node":' || j0 || '}', ','
ORDER BY n) FILTER (WHERE n <= 3), '') || ']' || '}'
FROM (SELECT t4.n, t4.k, '{"amount":' || '{"formatted":' || E'\x013:' || t4.amount_minor || ',' || t4.currency || E'\x01' || '}' || ',"paidOn":' || '"' || t4.paid_on || '"' || ',"allocations":' || COALESCE((SELECT '[' || string_agg(j0, ','
ORDER BY n) || ']'
FROM (SELECT t5.n, '{"componentKind":' || E'\x014:' || json_build_array(t6.kind)::text || E'\x01' || ',"amount":' || '{"minorUnits":' || '"' || t5.amount_minor || '"' || '}' || '}' AS j0
FROM (SELECT t5.agency_id, t5.component_id, t5.amount_minor, row_number() OVER (ORDER BY (SELECT c.position
FROM debt_component c
WHERE c.agency_id = t5.agency_id AND c.id = t5.component_id), t5.id) AS n
FROM payment_allocation t5
WHERE t5.agency_id = t4.agency_id AND t5.payment_id = t4.id
ORDER BY (SELECT c.position
FROM debt_component c
WHERE c.agency_id = t5.agency_id AND c.id = t5.component_id), t5.id
LIMIT 100) t5
LEFT JOIN debt_component t6 ON t6.agency_id = t5.agency_id AND t6.id = t5.component_id) x), '[]') || '}' AS j0
FROM (SELECT t4.amount_minor, t4.currency, t4.paid_on, t4.agency_id, t4.id, row_number() OVER (ORDER BY t4.paid_on DESC, t4.recorded_at DESC, t4.id DESC) AS n, json_build_array(t4.paid_on, t4.recorded_at, t4.id)::text AS k
FROM payment t4
WHERE t4.agency_id = t0.agency_id AND t4.debt_id = t0.id
ORDER BY t4.paid_on DESC, t4.recorded_at DESC, t4.id DESC
LIMIT 4) t4) x
HAVING true), (SELECT '{"nodes":' || '[' || COALESCE(string_agg(j0, ','
ORDER BY n DESC) FILTER (WHERE n <= 2), '') || ']' || '}'
FROM (SELECT t7.n, t7.k, '{"kind":' || '"' || t7.kind || '"' || ',"delta":' || '{"minorUnits":' || '"' || t7.delta_minor || '"' || '}' || ',"component":' || CASE WHEN t8.id IS NULL THEN 'null' ELSE '{"kind":' || '"' || t8.kind || '"' || '}' END || '}' AS j0
FROM (SELECT t7.kind, t7.delta_minor, t7.agency_id, t7.component_id, row_number() OVER (ORDER BY t7.effective_on ASC, t7.recorded_at ASC, t7.id ASC) AS n, json_build_array(t7.effective_on, t7.recorded_at, t7.id)::text AS k
FROM debt_movement t7
WHERE t7.agency_id = t0.agency_id AND t7.debt_id = t0.id
ORDER BY t7.effective_on ASC, t7.recorded_at ASC, t7.id ASC
LIMIT 3) t7
LEFT JOIN debt_component t8 ON t8.agency_id = t7.agency_id AND t8.id = t7.component_id) x
HAVING true), t9.name, COALESCE((SELECT '[' || string_agg(j0, ',') || ']'
FROM (SELECT '{"number":' || to_json(t10.number::text)::text || '}' AS j0
FROM (SELECT t10.number
FROM party_identifier t10
WHERE t10.agency_id = t9.agency_id AND t10.party_id = t9.id
ORDER BY t10.type, t10.number
LIMIT 100) t10) x), '[]'), t0.id
FROM debt t0
LEFT JOIN mandate t1 ON t1.agency_id = t0.agency_id AND t1.id = t0.mandate_id
LEFT JOIN creditor t2 ON t2.agency_id = t0.agency_id AND t2.id = t0.creditor_id
LEFT JOIN party t9 ON t9.agency_id = t0.agency_id AND t9.id = t0.party_id
WHERE t0.id = $1 AND t0.agency_id = $2
