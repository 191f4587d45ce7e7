"""What has become of the agreements of some debts: by their stored money and today, nothing else. Set-based.

An agreement breaks with the last day of the instalment by which as many were missed at once as its terms allow not to;
money of later days changes nothing about that, money of earlier ones does, whenever it is recorded or taken back.
"""

# ruff: noqa: S608 - what is put together here is the program's own text

from collections.abc import Sequence
from uuid import UUID

from core.kit import events
from core.kit.db import Row, Tx

# `$1` to `$4`: the agency, now, the debts, which the caller holds, whether closed ones end what they had agreed. An
# agreement whose money is gone again is open again, unless its debt has a newer one meanwhile: that one has taken its
# place. Rows are looked up one after the other through their keys (OFFSET 0), and nothing is joined with itself:
# whatever the planner believes of these tables, it takes as long as there is to look at.
_ASKED = """
SELECT a.*, $4 AND d.status = 'CLOSED' AS closed, ($2::timestamptz AT TIME ZONE m.timezone)::date AS today,
  COALESCE(bool_or(a.status <> 'CANCELLED') OVER (
    PARTITION BY a.debt_id ORDER BY a.id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS replaced
FROM unnest($3::uuid[]) AS n (debt_id)
CROSS JOIN LATERAL (SELECT * FROM debt d WHERE d.agency_id = $1 AND d.id = n.debt_id OFFSET 0) d
CROSS JOIN LATERAL (SELECT * FROM mandate m WHERE m.agency_id = $1 AND m.id = d.mandate_id OFFSET 0) m
CROSS JOIN LATERAL (SELECT * FROM agreement a WHERE a.agency_id = $1 AND a.debt_id = n.debt_id OFFSET 0) a
"""
# Of each promise what stands of its money, what of it came in time, and the day by which all of it was there.
_LINES = f"""
SELECT a.id AS agreement_id, a.creditor_id, a.debt_id, a.kind, a.currency, a.amount_minor AS agreed_minor, a.today,
  a.missed_limit, a.closed, a.replaced, a.status AS agreed_was, a.ended_on AS ended_was, a.cancel_reason AS reason_was,
  i.id, i.number, i.amount_minor, i.due_on, i.last_on, i.status AS was, i.paid_minor AS paid_was,
  g.paid, g.timely, g.whole_on
FROM ({_ASKED}) a
CROSS JOIN LATERAL (SELECT * FROM promise i WHERE i.agency_id = $1 AND i.agreement_id = a.id OFFSET 0) i
CROSS JOIN LATERAL (
  SELECT COALESCE(sum(m.minor), 0)::bigint AS paid,
    COALESCE(sum(m.minor) FILTER (WHERE m.paid_on <= i.last_on), 0)::bigint AS timely,
    COALESCE(min(m.paid_on) FILTER (WHERE m.upto >= i.amount_minor), 'infinity') AS whole_on
  FROM (
    SELECT r.amount_minor AS minor, p.paid_on, sum(r.amount_minor) OVER (ORDER BY p.paid_on) AS upto
    FROM promise_payment r CROSS JOIN LATERAL (
      SELECT p.paid_on FROM payment p WHERE p.agency_id = $1 AND p.id = r.payment_id AND p.status <> 'REVERSED' OFFSET 0
    ) p WHERE r.agency_id = $1 AND r.promise_id = i.id
  ) m
) g
"""
# A promise is missed from its last day on, until it is paid: how many of an agreement are at once on a day is a sum of
# steps up to it.
_MISSED = f"""
SELECT l.*, s.own, sum(s.step) OVER (PARTITION BY l.agreement_id ORDER BY s.day) AS missed
FROM ({_LINES}) l
CROSS JOIN LATERAL (VALUES (l.last_on, 1, true), (GREATEST(l.last_on, l.whole_on), -1, false)) AS s (day, step, own)
"""
_VERDICT = f"""
SELECT k.*, v.agreed, CASE WHEN k.agreed_was = 'CANCELLED' THEN k.ended_was WHEN v.agreed = 'BROKEN' THEN k.broken_on
    WHEN v.agreed = 'CANCELLED' THEN k.today END AS ended_on,
  CASE WHEN k.agreed_was = 'CANCELLED' OR v.agreed <> 'CANCELLED' THEN k.reason_was
    WHEN k.closed THEN 'the debt was closed' ELSE 'a newer agreement has taken its place' END AS cancel_reason
FROM (
  SELECT m.*, bool_and(m.whole_on < 'infinity') OVER (PARTITION BY m.agreement_id) AS whole,
    min(m.last_on) FILTER (WHERE m.last_on < m.today AND m.whole_on > m.last_on AND m.missed >= m.missed_limit)
      OVER (PARTITION BY m.agreement_id) AS broken_on
  FROM ({_MISSED}) m WHERE m.own
) k CROSS JOIN LATERAL (SELECT CASE WHEN k.agreed_was = 'CANCELLED' THEN 'CANCELLED'
  WHEN k.broken_on IS NOT NULL THEN 'BROKEN' WHEN k.whole THEN 'COMPLETED'
  WHEN k.closed OR k.replaced THEN 'CANCELLED' ELSE 'ACTIVE' END AS agreed) v
"""
# A row for each promise that changes, and for the first one of an agreement that does.
_CHANGED = f"""
SELECT v.*, s.status, v.number = 1 AND (v.agreed <> v.agreed_was OR v.ended_on IS DISTINCT FROM v.ended_was) AS ends
FROM ({_VERDICT}) v CROSS JOIN LATERAL (SELECT CASE WHEN v.timely >= v.amount_minor THEN 'KEPT'
  WHEN v.agreed IN ('BROKEN', 'CANCELLED') AND v.last_on >= v.ended_on + (v.agreed = 'BROKEN')::int THEN 'CANCELLED'
  WHEN v.last_on >= v.today THEN 'PENDING' WHEN v.timely > 0 THEN 'PARTIALLY_KEPT' ELSE 'BROKEN' END AS status) s
WHERE s.status <> v.was OR v.paid <> v.paid_was
  OR v.number = 1 AND (v.agreed <> v.agreed_was OR v.ended_on IS DISTINCT FROM v.ended_was)
"""
_WRITE = """
promised AS (
  UPDATE promise i SET status = c.status, paid_minor = c.paid FROM judged c
  WHERE i.agency_id = $1 AND i.id = c.id AND (c.status <> c.was OR c.paid <> c.paid_was)
), agreed AS (
  UPDATE agreement a SET status = c.agreed, ended_on = c.ended_on, cancel_reason = c.cancel_reason FROM judged c
  WHERE a.agency_id = $1 AND a.id = c.agreement_id AND c.ends
), told AS (
  INSERT INTO event (agency_id, id, creditor_id, name, subject_id, actor, data, occurred_at)
  SELECT $1, recobro_uuid7(), e.creditor_id, e.name, e.id, {actor}, e.data, $2 FROM (
    SELECT c.creditor_id, c.id, c.number,
      'promise.' || CASE c.status WHEN 'PENDING' THEN 'reopened' ELSE lower(c.status) END AS name,
      jsonb_build_object('debt_id', c.debt_id, 'agreement_id', c.agreement_id, 'number', c.number, 'was', c.was,
        'amount_minor', c.amount_minor, 'paid_minor', c.paid, 'currency', c.currency, 'due_on', c.due_on) AS data
    FROM judged c WHERE c.status <> c.was
    UNION ALL
    SELECT c.creditor_id, c.agreement_id, 0,
      'agreement.' || CASE c.agreed WHEN 'ACTIVE' THEN 'reopened' ELSE lower(c.agreed) END,
      jsonb_build_object('debt_id', c.debt_id, 'was', c.agreed_was, 'amount_minor', c.agreed_minor,
        'currency', c.currency, 'ended_on', c.ended_on)
    FROM judged c WHERE c.ends AND c.kind = 'PLAN' AND c.agreed <> c.agreed_was
  ) e ORDER BY e.number = 0, e.number
)
SELECT c.status, count(*) AS promises FROM judged c WHERE c.status <> c.was GROUP BY c.status
"""
_JUDGE = f"WITH judged AS MATERIALIZED ({_CHANGED}), {_WRITE.format(actor='$5')}"
# Of many debts what changes is kept apart, with a key and with statistics: rows are never compared each with each.
_APART = f"CREATE TEMP TABLE judged ON COMMIT DROP AS {_CHANGED}"
_READY = (
    "CREATE UNIQUE INDEX ON judged (id)",
    "CREATE UNIQUE INDEX ON judged (agreement_id) WHERE ends",
    "ANALYZE judged",
)
_WRITE_APART = f"WITH {_WRITE.format(actor='$3')}"
FEW = 50
"""Up to so many debts one statement does all."""
TIMEOUT_S = 300


async def judge(tx: Tx, debts: Sequence[UUID], *, end_closed: bool = False) -> dict[str, int]:
    """Bring the agreements of these debts, which the transaction holds, to what their money and today make of them;
    an event tells of each that changes. `end_closed`: what is not paid of closed debts is cancelled; not to be asked
    while money that closes them is being recorded. Returns how many promises came to which status."""
    asked = list(dict.fromkeys(debts))
    if not asked:
        return {}
    rows = await (_few if len(asked) <= FEW else _many)(tx, asked, end_closed)
    if rows:
        tx.at_commit("SELECT pg_notify($1, $2)", events.NOTIFY_CHANNEL, str(tx.scope.agency))
    return {row["status"]: row["promises"] for row in rows}


async def _few(tx: Tx, debts: list[UUID], end_closed: bool) -> list[Row]:
    """Keys say where each row is, so one plan is good for all debts; another each time takes longer than it runs."""
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    rows = await tx.fetch(_JUDGE, tx.scope.agency, tx.now, debts, end_closed, str(tx.scope.actor), timeout_s=TIMEOUT_S)
    await tx.execute("SET LOCAL plan_cache_mode = auto")
    return rows


async def _many(tx: Tx, debts: list[UUID], end_closed: bool) -> list[Row]:
    await tx.execute("DROP TABLE IF EXISTS pg_temp.judged")
    await tx.execute(_APART, tx.scope.agency, tx.now, debts, end_closed, timeout_s=TIMEOUT_S)
    for sql in _READY:
        await tx.execute(sql)
    return await tx.fetch(_WRITE_APART, tx.scope.agency, tx.now, str(tx.scope.actor), timeout_s=TIMEOUT_S)
