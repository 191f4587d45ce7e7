"""What has become of the agreements of some debts: by their stored money and today, nothing else. Set-based.

An agreement breaks with the last day of the instalment by which as many were missed at once as its terms allow not to;
money of later days changes nothing about that, money of earlier ones does, whenever it is recorded or taken back.
"""

from collections.abc import Sequence
from uuid import UUID

from core.kit import events
from core.kit.db import Tx


def _paid(promise: str, until: str = "'infinity'") -> str:
    """As SQL: what stands of the money of a promise that was paid by that day."""
    return (
        "COALESCE((SELECT sum(r.amount_minor) FROM promise_payment r JOIN payment p ON p.agency_id = $1 "  # noqa: S608
        f"AND p.id = r.payment_id AND p.status <> 'REVERSED' AND p.paid_on <= {until} "
        f"WHERE r.agency_id = $1 AND r.promise_id = {promise}.id), 0)"
    )


# `$1` to `$5`: the agency, now, the actor, the debts, which the caller holds, whether closed ones end what they had
# agreed. An agreement whose money is gone again is open again, unless its debt has a newer one meanwhile: that one has
# taken its place. Each agreement is looked at by itself, through indexes: nobody knows how many there are of these.
_JUDGE = f"""
WITH asked AS MATERIALIZED (
  SELECT a.*, $5 AND d.status = 'CLOSED' AS closed, ($2::timestamptz AT TIME ZONE m.timezone)::date AS today,
    EXISTS (SELECT FROM agreement o WHERE o.agency_id = $1 AND o.debt_id = a.debt_id AND o.id > a.id
      AND o.status <> 'CANCELLED') AS replaced
  FROM agreement a JOIN debt d ON d.agency_id = $1 AND d.id = a.debt_id
  JOIN mandate m ON m.agency_id = $1 AND m.id = d.mandate_id
  WHERE a.agency_id = $1 AND a.debt_id = ANY($4::uuid[])
), verdict AS MATERIALIZED (
  SELECT a.id, a.creditor_id, a.debt_id, a.kind, a.amount_minor, a.currency, a.today, a.status AS was, v.status,
    CASE WHEN a.status = 'CANCELLED' THEN a.ended_on WHEN v.status = 'BROKEN' THEN k.day
      WHEN v.status = 'CANCELLED' THEN a.today END AS ended_on,
    CASE WHEN a.status = 'CANCELLED' OR v.status <> 'CANCELLED' THEN a.cancel_reason
      WHEN a.closed THEN 'the debt was closed' ELSE 'a newer agreement has taken its place' END AS cancel_reason
  FROM asked a CROSS JOIN LATERAL (
    SELECT min(k.last_on) AS day FROM promise k
    WHERE k.agency_id = $1 AND k.agreement_id = a.id AND k.last_on < a.today
      AND k.amount_minor > {_paid("k", "k.last_on")} AND a.missed_limit <= (
        SELECT count(*) FROM promise i WHERE i.agency_id = $1 AND i.agreement_id = a.id AND i.last_on <= k.last_on
          AND i.amount_minor > {_paid("i", "k.last_on")})
  ) k CROSS JOIN LATERAL (
    SELECT bool_and(i.amount_minor <= {_paid("i")}) AS whole
    FROM promise i WHERE i.agency_id = $1 AND i.agreement_id = a.id
  ) w CROSS JOIN LATERAL (SELECT CASE WHEN a.status = 'CANCELLED' THEN 'CANCELLED' WHEN k.day IS NOT NULL THEN 'BROKEN'
    WHEN w.whole THEN 'COMPLETED' WHEN a.closed OR a.replaced THEN 'CANCELLED' ELSE 'ACTIVE' END AS status) v
), state AS (
  SELECT i.id, g.paid, i.status AS was, CASE WHEN g.timely >= i.amount_minor THEN 'KEPT'
    WHEN v.status IN ('BROKEN', 'CANCELLED') AND i.last_on >= v.ended_on + (v.status = 'BROKEN')::int THEN 'CANCELLED'
    WHEN i.last_on >= v.today THEN 'PENDING' WHEN g.timely > 0 THEN 'PARTIALLY_KEPT' ELSE 'BROKEN' END AS status
  FROM verdict v JOIN promise i ON i.agency_id = $1 AND i.agreement_id = v.id
  CROSS JOIN LATERAL (
    SELECT COALESCE(sum(r.amount_minor), 0)::bigint AS paid,
      COALESCE(sum(r.amount_minor) FILTER (WHERE p.paid_on <= i.last_on), 0)::bigint AS timely
    FROM promise_payment r JOIN payment p ON p.agency_id = $1 AND p.id = r.payment_id AND p.status <> 'REVERSED'
    WHERE r.agency_id = $1 AND r.promise_id = i.id
  ) g
), promised AS (
  UPDATE promise i SET status = s.status, paid_minor = s.paid FROM state s
  WHERE i.agency_id = $1 AND i.id = s.id AND (i.status <> s.status OR i.paid_minor <> s.paid)
  RETURNING i.*, s.was
), agreed AS (
  UPDATE agreement a SET status = v.status, ended_on = v.ended_on, cancel_reason = v.cancel_reason FROM verdict v
  WHERE a.agency_id = $1 AND a.id = v.id AND (a.status <> v.status OR a.ended_on IS DISTINCT FROM v.ended_on)
  RETURNING v.*
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, recobro_uuid7(), e.creditor_id, e.name, e.id, $3, e.data, $2 FROM (
    SELECT i.creditor_id, i.id, i.number,
      'promise.' || CASE i.status WHEN 'PENDING' THEN 'reopened' ELSE lower(i.status) END AS name,
      jsonb_build_object('debt_id', i.debt_id, 'agreement_id', i.agreement_id, 'number', i.number, 'was', i.was,
        'amount_minor', i.amount_minor, 'paid_minor', i.paid_minor, 'currency', i.currency, 'due_on', i.due_on) AS data
    FROM promised i WHERE i.status <> i.was
    UNION ALL
    SELECT a.creditor_id, a.id, 0,
      'agreement.' || CASE a.status WHEN 'ACTIVE' THEN 'reopened' ELSE lower(a.status) END,
      jsonb_build_object('debt_id', a.debt_id, 'was', a.was, 'amount_minor', a.amount_minor, 'currency', a.currency,
        'ended_on', a.ended_on)
    FROM agreed a WHERE a.kind = 'PLAN' AND a.status <> a.was
  ) e ORDER BY e.number = 0, e.number
)
SELECT status, count(*) AS promises FROM promised WHERE status <> was GROUP BY status
"""  # noqa: S608 - the program's own text


async def judge(tx: Tx, debts: Sequence[UUID], *, end_closed: bool = False) -> dict[str, int]:
    """Bring the agreements of these debts, which the transaction holds, to what their money and today make of them;
    an event tells of each that changes. `end_closed`: what is not paid of closed debts is cancelled; not to be asked
    while money that closes them is being recorded. Returns how many promises came to which status."""
    if not debts:
        return {}
    actor = str(tx.scope.actor)
    rows = await tx.fetch(_JUDGE, tx.scope.agency, tx.now, actor, list(debts), end_closed, timeout_s=300)
    if rows:
        tx.at_commit("SELECT pg_notify($1, $2)", events.NOTIFY_CHANNEL, str(tx.scope.agency))
    return {row["status"]: row["promises"] for row in rows}
