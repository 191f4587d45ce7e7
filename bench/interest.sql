-- More debts of the agency :agency, as those that are there have been placed: principal and interest, no payments.
CREATE TEMP TABLE more ON COMMIT DROP AS
SELECT n, recobro_uuid7() AS new_id, d.* FROM generate_series(1, :debts) AS n
JOIN (SELECT d.*, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS places FROM debt d
      WHERE d.agency_id = ':agency' AND d.status = 'ACTIVE') d ON d.place = n % d.places + 1;

CREATE TEMP TABLE part ON COMMIT DROP AS
SELECT m.new_id AS debt_id, recobro_uuid7() AS new_id, c.position, c.kind, c.due_on, c.placed_minor
FROM more m JOIN debt_component c ON c.agency_id = m.agency_id AND c.debt_id = m.id WHERE c.position <= 2;

INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, currency, stage,
  debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor)
SELECT agency_id, new_id, creditor_id, mandate_id, portfolio_id, party_id, 'M-' || n, product, currency, stage,
  debtor_name, debtor_document, opened_on, placed_on, due_on, p.minor, p.minor
FROM more m JOIN (SELECT debt_id, sum(placed_minor)::bigint AS minor FROM part GROUP BY debt_id) p ON p.debt_id = m.new_id;

INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, placed_minor, balance_minor)
SELECT m.agency_id, p.new_id, m.creditor_id, m.new_id, p.position, p.kind, p.due_on, p.placed_minor, p.placed_minor
FROM part p JOIN more m ON m.new_id = p.debt_id;

INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor, source_id,
  actor)
SELECT m.agency_id, recobro_uuid7(), m.creditor_id, m.new_id, p.new_id, 'PLACEMENT', m.placed_on, p.placed_minor, m.new_id,
  'system:bench'
FROM part p JOIN more m ON m.new_id = p.debt_id;
