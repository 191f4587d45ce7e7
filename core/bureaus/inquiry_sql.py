"""An inquiry is recorded, and what came of it stored, in one statement each: all of it or nothing."""

# ruff: noqa: S608 - the program's own text; what is given is bound

from core.plugin_host.spend import SETTING, TAKEN, TAKING

DOCUMENT = """
SELECT type, number, issuer FROM party_identifier WHERE agency_id = $1 AND party_id = p.id AND type <> 'CUSTOMER'
ORDER BY verified DESC, array_position(ARRAY['CC', 'CE', 'NIT', 'TI', 'PASSPORT', 'TAX_ID'], type::text), id LIMIT 1
"""
"""By which a bureau knows the party `p`."""

READ = f"""
SELECT q.*, p.kind, p.name, i.type, i.number, i.issuer
FROM bureau_inquiry q JOIN party p ON p.agency_id = $1 AND p.id = q.party_id LEFT JOIN LATERAL ({DOCUMENT}) i ON true
WHERE q.agency_id = $1 AND q.id = $2
"""

_COLUMNS = (
    "agency_id, id, party_id, debt_id, creditor_id, provider, purpose, consent_reference, consent_medium, "
    "consent_granted_at, consent_text_version, requested_by, idempotency_key, fingerprint, requested_at, state"
)
_VALUES = "$1, $3, d.party_id, d.id, d.creditor_id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13"

# Everything hangs on the INSERT of the inquiry: where the debt or the offer is not fit, or the key is taken, no part of
# this writes anything, and what is selected says why. An offer whose answers are used again is asked only once it is
# known ($15) that there is no answer to use.
RECORD = f"""
WITH asked AS (
  SELECT d.id, d.party_id, d.creditor_id, d.status, d.closed_reason, p.kind, p.name, i.type, i.number, i.issuer
  FROM debt d JOIN party p ON p.agency_id = $1 AND p.id = d.party_id LEFT JOIN LATERAL ({DOCUMENT}) i ON true
  WHERE d.agency_id = $1 AND d.id = $2
), {SETTING.format(offer="$4", plugin="$14")}, recorded AS (
  INSERT INTO bureau_inquiry ({_COLUMNS})
  SELECT {_VALUES}, 'REQUESTED' FROM asked d, setting s
  WHERE d.status <> 'CLOSED' AND d.number IS NOT NULL AND ($15 OR s.reuse_days = 0)
  ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id
), followed AS (
  INSERT INTO job (agency_id, id, name, subject_id, payload, scope, not_before)
  SELECT $1, $16, $17, id, $18, $19, now() + $20 FROM recorded
), told AS (
  INSERT INTO event (agency_id, id, name, subject_id, actor, data, occurred_at)
  SELECT $1, $21, 'bureau.requested', id, $10, $22, $13 FROM recorded
), {
    TAKING.format(
        offer="$4", creditor="(SELECT creditor_id FROM asked)", now="$13", where="EXISTS (SELECT FROM recorded)"
    )
}
SELECT q.id AS earlier_id, (SELECT id FROM recorded) AS recorded_id,
  d.creditor_id, d.status, d.closed_reason, d.kind, d.name, d.type, d.number, d.issuer, s.reuse_days, {TAKEN}
FROM (VALUES (1)) AS one LEFT JOIN asked d ON true LEFT JOIN setting s ON true LEFT JOIN refused r ON true
LEFT JOIN bureau_inquiry q ON q.agency_id = $1 AND q.idempotency_key = $11
"""

RECORD_ANSWERED = f"""
INSERT INTO bureau_inquiry ({_COLUMNS}, score, report, answered_at, subject_key, answered_from_id)
SELECT {_VALUES}, 'ANSWERED', $14, $15, $13::timestamptz, $16, $17 FROM debt d WHERE d.agency_id = $1 AND d.id = $2
ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING *
"""
"""An inquiry that an earlier one answers."""

# Somebody else may have settled it meanwhile, and with the same key: then that answer stands, and nothing is written.
STORE = """
WITH stored AS (
  UPDATE bureau_inquiry SET state = $3::text, score = $4, report = $5, error_code = $6, subject_key = $7,
    answered_at = CASE WHEN $3::text <> 'UNKNOWN' THEN $8::timestamptz END
  WHERE agency_id = $1 AND id = $2 AND state IN ('REQUESTED', 'UNKNOWN') RETURNING *
), settled AS (
  UPDATE job SET state = 'DONE', finished_at = now()
  WHERE agency_id = $1 AND subject_id = $2 AND name = $9 AND state = 'QUEUED' AND $3::text <> 'UNKNOWN'
    AND EXISTS (SELECT FROM stored)
), told AS (
  INSERT INTO event (agency_id, id, name, subject_id, actor, data, occurred_at)
  SELECT $1, $10, 'bureau.' || lower($3::text), id, $11, $12, $8 FROM stored WHERE $3::text <> $13
)
SELECT * FROM stored
"""
