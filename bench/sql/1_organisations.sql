-- Creditors of three agencies, twenty each. :names are filled in by bench/database.py.
-- What a row holds follows from its number alone, so that every run of a day measures the same data.
CREATE TEMP TABLE tenant AS
SELECT (row_number() OVER (ORDER BY slug) - 1)::int AS a, id AS agency_id FROM agency;

CREATE TEMP TABLE giver AS
SELECT c, t.agency_id, gen_random_uuid() AS creditor_id, recobro_uuid7() AS mandate_id, recobro_uuid7() AS portfolio_id
FROM generate_series(0, 59) AS c JOIN tenant t ON t.a = c % 3;

INSERT INTO creditor_organisation (id, country, tax_id, name)
SELECT creditor_id, 'CO', (900100000 + c)::text, 'Banco ' || c FROM giver;

INSERT INTO creditor (agency_id, id, creditor_id, name, code, tax_id, country)
SELECT agency_id, creditor_id, creditor_id, 'Banco ' || c, 'B' || c, (900100000 + c)::text, 'CO' FROM giver;

INSERT INTO mandate (agency_id, id, creditor_id, name, currency, timezone, starts_on, allocation_order, ageing_bounds,
  stage_days)
SELECT agency_id, mandate_id, creditor_id, 'Consumo ' || c, 'COP', 'America/Bogota', DATE ':today' - 1500,
  '["LEGAL_COST", "COLLECTION_FEE", "PENALTY", "NSF_FEE", "INTEREST_DEFAULT", "INTEREST_ORDINARY", "INSURANCE", "TAX",
    "OTHER", "PRINCIPAL"]',
  '[30, 60, 90, 120, 150, 180]', '{"EARLY": 31, "INTERMEDIATE": 91, "PRE_LEGAL": 181}'
FROM giver;

INSERT INTO portfolio (agency_id, id, creditor_id, mandate_id, name)
SELECT agency_id, portfolio_id, creditor_id, mandate_id, 'Cartera ' || c FROM giver;
