-- What a PostGraphile user adds to the database: the payment as a function, computed columns (days past due; the due date as
-- the index has it that is in the order of a worklist), and the
-- dashboard as views over the tables. Only in the benchmark's own copy of the database.
CREATE FUNCTION debt_days_past_due(d debt) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT GREATEST((now() AT TIME ZONE 'America/Bogota')::date - d.due_on, 0)
$$;

CREATE FUNCTION debt_due_or_never(d debt) RETURNS date LANGUAGE sql IMMUTABLE AS $$
  SELECT LEAST(d.due_on, 'infinity'::date)
$$;
COMMENT ON FUNCTION debt_due_or_never(debt) IS '@behavior +filterBy';

CREATE VIEW creditor_stages WITH (security_invoker = true) AS
SELECT creditor_id, stage, count(*)::int AS debts, sum(balance_minor)::bigint AS balance
FROM debt GROUP BY 1, 2;

CREATE VIEW creditor_buckets WITH (security_invoker = true) AS
SELECT creditor_id, place, CASE place WHEN 0 THEN 'current' WHEN 7 THEN '180+' WHEN 9 THEN 'settled'
    ELSE (place - 1) * 30 + 1 || '-' || place * 30 END AS label, count(*)::int AS debts, sum(balance_minor)::bigint AS balance
FROM (SELECT creditor_id, balance_minor,
    CASE WHEN balance_minor = 0 THEN 9 ELSE
      LEAST(CEIL(GREATEST((now() AT TIME ZONE 'America/Bogota')::date - due_on, 0) / 30.0), 7)::int END AS place
  FROM debt) AS d
GROUP BY 1, 2;

CREATE FUNCTION creditor_months(creditor uuid, months integer)
RETURNS TABLE (month text, payments integer, recovered bigint) LANGUAGE sql STABLE AS $$
  SELECT to_char(paid_on, 'YYYY-MM'), count(*)::int, sum(amount_minor - unapplied_minor)::bigint FROM payment
  WHERE creditor_id = creditor
    AND paid_on >= date_trunc('month', (now() AT TIME ZONE 'UTC')::date) - (months - 1) * interval '1 month'
  GROUP BY 1 ORDER BY 1
$$;
GRANT SELECT ON creditor_stages, creditor_buckets TO recobro_agency;

CREATE TYPE recorded_payment AS (
  replayed boolean, payment_id uuid, amount bigint, paid_on date, debt_id uuid, balance bigint, last_payment_on date
);
CREATE FUNCTION record_payment(debt_id uuid, amount bigint, currency text, paid_on date, method text, idempotency_key text)
RETURNS recorded_payment LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  owed debt; paid payment; part record;
  agency uuid := current_setting('app.agency_id')::uuid;
  amount_left bigint := record_payment.amount;
BEGIN
  SELECT * INTO owed FROM debt d WHERE d.agency_id = agency AND d.id = record_payment.debt_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, paid_on, received_by, method,
    idempotency_key, fingerprint, recorded_by, cleared_on)
  VALUES (agency, recobro_uuid7(), owed.creditor_id, owed.id, record_payment.currency, amount_left, record_payment.paid_on,
    'AGENCY', record_payment.method, record_payment.idempotency_key, '', 'postgraphile', record_payment.paid_on)
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING * INTO paid;
  IF NOT FOUND THEN
    SELECT * INTO paid FROM payment p WHERE p.agency_id = agency AND p.idempotency_key = record_payment.idempotency_key;
    SELECT * INTO owed FROM debt d WHERE d.agency_id = agency AND d.id = paid.debt_id;
    RETURN (true, paid.id, paid.amount_minor, paid.paid_on, owed.id, owed.balance_minor, owed.last_payment_on)::recorded_payment;
  END IF;
  FOR part IN
    SELECT c.id, c.balance_minor FROM debt_component c
    JOIN mandate m ON m.agency_id = c.agency_id AND m.id = owed.mandate_id
    WHERE c.agency_id = agency AND c.debt_id = owed.id AND c.balance_minor > 0
    ORDER BY array_position(ARRAY(SELECT jsonb_array_elements_text(m.allocation_order)), c.kind::text), c.due_on, c.position
  LOOP
    part.balance_minor := LEAST(part.balance_minor, amount_left);
    amount_left := amount_left - part.balance_minor;
    INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
    VALUES (agency, recobro_uuid7(), owed.creditor_id, paid.id, part.id, part.balance_minor);
    INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor, source_id, actor)
    VALUES (agency, recobro_uuid7(), owed.creditor_id, owed.id, part.id, 'PAYMENT', record_payment.paid_on, -part.balance_minor,
      paid.id, 'postgraphile');
    UPDATE debt_component c SET balance_minor = c.balance_minor - part.balance_minor WHERE c.agency_id = agency AND c.id = part.id;
    EXIT WHEN amount_left = 0;
  END LOOP;
  IF amount_left > 0 THEN
    UPDATE payment p SET unapplied_minor = amount_left WHERE p.agency_id = agency AND p.id = paid.id;
  END IF;
  UPDATE debt d SET balance_minor = d.balance_minor - (record_payment.amount - amount_left),
    recovered_minor = d.recovered_minor + (record_payment.amount - amount_left),
    last_payment_on = GREATEST(d.last_payment_on, record_payment.paid_on), updated_at = now()
  WHERE d.agency_id = agency AND d.id = owed.id RETURNING * INTO owed;
  RETURN (false, paid.id, paid.amount_minor, paid.paid_on, owed.id, owed.balance_minor, owed.last_payment_on)::recorded_payment;
END $$;

-- PostGraphile filters and sorts by what an index begins with; these it is told.
COMMENT ON COLUMN debt.stage IS E'@behavior +filterBy +orderBy';
COMMENT ON COLUMN debt_movement.recorded_at IS E'@behavior +filterBy +orderBy';
COMMENT ON COLUMN contact_point.created_at IS E'@behavior +filterBy +orderBy';
COMMENT ON COLUMN party_identifier.type IS E'@behavior +filterBy +orderBy';
COMMENT ON COLUMN party_identifier.number IS E'@behavior +filterBy +orderBy';
COMMENT ON COLUMN contact_point.channel IS E'@behavior +filterBy +orderBy';
