-- One agency with the debts of twenty creditors. Who runs it puts in `agency` and `debts`.
INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country)
SELECT %(agency)s, id, id, 'Bank ' || n, 'bank' || n, n, 'CO'
FROM (SELECT n, recobro_uuid7() AS id FROM generate_series(1, 20) AS n) AS made;
INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, allocation_order, ageing_bounds,
  stage_days)
SELECT agency_id, recobro_uuid7(), id, 'main', 'COP', CASE WHEN code < 'bank2' THEN 'America/Bogota'
  ELSE 'America/Lima' END, '2025-01-01', '["PRINCIPAL"]',
  '[30, 60, 90]', '{"EARLY": 1, "INTERMEDIATE": 31, "PRE_LEGAL": 91}' FROM creditor;
INSERT INTO portfolio (agency_id, id, creditor_id, mandate_id, name)
SELECT agency_id, recobro_uuid7(), creditor_id, id, 'first' FROM mandate;
INSERT INTO party (agency_id, id, kind, name)
SELECT %(agency)s, recobro_uuid7(), 'NATURAL', 'Deudor ' || n FROM generate_series(1, 1000) AS n;
INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, currency, stage,
  debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor, source_line)
SELECT p.agency_id, recobro_uuid7(), p.creditor_id, p.mandate_id, p.id, d.id, 'OB-' || n, 'Crédito de consumo', 'COP',
  (ARRAY['EARLY', 'INTERMEDIATE', 'PRE_LEGAL'])[1 + n %% 3], 'Deudor ' || n || ' Pérez Gómez', 'CC ' || n, '2025-01-01',
  '2025-02-01', date '2025-03-01' + n %% 300, 1000000, (n::bigint * 7919) %% 1000000 + 1, n
FROM generate_series(1, %(debts)s) AS n
JOIN (SELECT row_number() OVER () AS place, * FROM portfolio) AS p ON p.place = 1 + n %% 20
JOIN (SELECT row_number() OVER () AS place, * FROM party) AS d ON d.place = 1 + n %% 1000;
