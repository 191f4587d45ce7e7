-- Debtors with what reaches and identifies them; debts of two components, from 0 to 720 days past due in five stages.
CREATE TEMP TABLE debtor AS
SELECT n, t.agency_id, recobro_uuid7() AS party_id, hashint8extended(n, 3) & 1048575 AS h
FROM generate_series(0, :parties - 1) AS n JOIN tenant t ON t.a = n % 3;
CREATE INDEX ON debtor (n);

INSERT INTO party (agency_id, id, kind, name, country)
SELECT agency_id, party_id, CASE WHEN n % 10 = 0 THEN 'LEGAL' ELSE 'NATURAL' END,
  (ARRAY['Ana', 'Luis', 'María', 'Jorge', 'Sofía', 'Andrés', 'Lucía', 'Camilo'])[h % 8 + 1] || ' '
    || (ARRAY['Pérez', 'Gómez', 'Rodríguez', 'Muñoz', 'Castro', 'Ñáñez', 'Rojas'])[h % 7 + 1] || ' ' || n, 'CO'
FROM debtor;

INSERT INTO party_identifier (agency_id, id, party_id, type, issuer, number, verified)
SELECT agency_id, recobro_uuid7(), party_id, CASE WHEN n % 10 = 0 THEN 'NIT' ELSE 'CC' END, 'CO',
  (10000000 + n)::text, true
FROM debtor;

INSERT INTO contact_point (agency_id, id, party_id, channel, value, given, line_type, valid, source)
SELECT agency_id, recobro_uuid7(), party_id, 'PHONE', '+57300' || lpad((n * 2 + k)::text, 7, '0'), '', 'MOBILE', true, 'bench'
FROM debtor, generate_series(0, 1) AS k WHERE k = 0 OR h % 2 = 0
UNION ALL
SELECT agency_id, recobro_uuid7(), party_id, 'EMAIL', 'deudor' || n || '@correo.example', '', NULL, true, 'bench'
FROM debtor WHERE h % 4 > 0;

-- A busy debt, one in fifteen, has twenty payments and five adjustments; five in seven of the others have one payment.
CREATE TEMP TABLE owed AS
SELECT o.n, o.h, g.agency_id, g.creditor_id, g.mandate_id, g.portfolio_id, p.party_id, p.n AS party_number,
  recobro_uuid7() AS debt_id, recobro_uuid7() AS interest_id, recobro_uuid7() AS principal_id,
  (o.h % 721)::int AS days, DATE ':today' - 460 - (o.h % 97)::int AS placed_on,
  1000000 + o.h % 5000000 AS interest, 50000000 + o.h * 1009 AS principal,
  CASE WHEN o.h % 15 = 0 THEN 20 WHEN o.h % 7 < 5 THEN 1 ELSE 0 END AS payments, 5 * (o.h % 15 = 0)::int AS adjustments
FROM (SELECT n, hashint8extended(n, 5) & 16777215 AS h FROM generate_series(0, :debts - 1) AS n) AS o
JOIN giver g ON g.c = o.n % 60
JOIN debtor p ON p.n = (o.n * 7919::bigint) % (:parties / 3) * 3 + o.n % 3;

CREATE TEMP TABLE paying AS
SELECT o.n, k, recobro_uuid7() AS payment_id, 5000 + (o.h * (k + 1)) % 20000 AS amount,
  DATE ':today' - 3 - CASE o.payments WHEN 1 THEN (o.h % 380)::int ELSE (k * 19 + o.h % 19)::int END AS paid_on
FROM owed o, generate_series(0, o.payments - 1) AS k ORDER BY paid_on, o.n;

CREATE TEMP TABLE standing AS
SELECT o.*, COALESCE(p.paid, 0) AS paid, p.last_payment_on, o.adjustments * 500 AS adjusted
FROM owed o LEFT JOIN (SELECT n, sum(amount)::bigint AS paid, max(paid_on) AS last_payment_on FROM paying GROUP BY n) p USING (n);
CREATE INDEX ON standing (n);
ANALYZE standing;

INSERT INTO debt (agency_id, id, creditor_id, mandate_id, portfolio_id, party_id, reference, product, currency, stage,
  debtor_name, debtor_document, opened_on, placed_on, due_on, placed_minor, balance_minor, recovered_minor, last_payment_on)
SELECT s.agency_id, debt_id, creditor_id, mandate_id, portfolio_id, s.party_id, 'OB-' || lpad(n::text, 8, '0'),
  (ARRAY['Crédito de consumo', 'Tarjeta de crédito', 'Libranza', 'Microcrédito'])[h % 4 + 1], 'COP',
  CASE WHEN days <= 30 THEN 'PREVENTION' WHEN days <= 90 THEN 'EARLY' WHEN days <= 180 THEN 'INTERMEDIATE'
    WHEN days <= 360 THEN 'PRE_LEGAL' ELSE 'JUDICIAL' END,
  y.name, (10000000 + party_number)::text, placed_on - 700, placed_on, DATE ':today' - days, interest + principal,
  interest + principal + adjusted - paid, paid, last_payment_on
FROM standing s JOIN party y ON y.agency_id = s.agency_id AND y.id = s.party_id;

INSERT INTO debt_component (agency_id, id, creditor_id, debt_id, position, kind, due_on, placed_minor, balance_minor)
SELECT agency_id, principal_id, creditor_id, debt_id, 1, 'PRINCIPAL', DATE ':today' - days, principal, principal
FROM standing
UNION ALL
SELECT agency_id, interest_id, creditor_id, debt_id, 2, 'INTEREST_ORDINARY', DATE ':today' - days, interest,
  interest + adjusted - paid
FROM standing;
