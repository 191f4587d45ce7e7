// What the two hand-written Node servers share: the schema, the driver's settings, scalars, and SQL that no query
// builder says better (totals, the split of a payment).
import fs from 'node:fs'
import { GraphQLScalarType } from 'graphql'
import pg from 'pg'

export { pg }
export const PORT = Number(process.env.PORT)
export const poolOptions = {
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL),
  min: Number(process.env.POOL),
  options: '-c TimeZone=UTC',
}
export const typeDefs = fs.readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8')

// Days stay text; the driver's default is a Date in the zone of this machine.
pg.types.setTypeParser(1082, (text) => text)

const plain = (name, serialize, parseValue = (value) => value) => new GraphQLScalarType({ name, serialize, parseValue })
export const scalars = {
  BigInt: plain('BigInt', String, String),
  Date: plain('Date', String),
  DateTime: plain('DateTime', (value) => (value instanceof Date ? value.toISOString() : value)),
}

const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/Bogota' })
export const today = () => dayOf.format(new Date())
export const daysBefore = (day, days) => new Date(Date.parse(day) - days * 86400000).toISOString().slice(0, 10)
export const daysPastDue = (dueOn) => (dueOn ? Math.max(0, (Date.parse(today()) - Date.parse(dueOn)) / 86400000) : 0)
export const thisMonth = () => new Date().toISOString().slice(0, 10)
export const money = (minorUnits) => ({ minorUnits })

// The order in which a payment fills components is the mandate's.
export const OPEN = `SELECT c.id, c.balance_minor AS balance, c.due_on AS "dueOn" FROM debt_component c
  JOIN debt d ON d.agency_id = c.agency_id AND d.id = c.debt_id
  JOIN mandate m ON m.agency_id = d.agency_id AND m.id = d.mandate_id
  WHERE c.debt_id = $1
  ORDER BY array_position(ARRAY(SELECT jsonb_array_elements_text(m.allocation_order)), c.kind::text), c.due_on, c.position`

export function split(components, amount) {
  let left = BigInt(amount)
  const parts = []
  for (const { id, balance } of components) {
    const minor = left < BigInt(balance) ? left : BigInt(balance)
    if (minor > 0n) parts.push({ id, minor })
    left -= minor
  }
  return { parts, unapplied: left }
}

export const STAGES = `SELECT stage, count(*)::int AS debts, sum(balance_minor)::bigint AS balance
  FROM debt WHERE creditor_id = $1 GROUP BY stage
  ORDER BY array_position('{PREVENTION,EARLY,INTERMEDIATE,PRE_LEGAL,JUDICIAL}'::text[], stage::text)`
const LABEL = `CASE WHEN balance_minor = 0 THEN 'settled' WHEN days <= 0 THEN 'current' WHEN days <= 30 THEN '1-30'
  WHEN days <= 60 THEN '31-60' WHEN days <= 90 THEN '61-90' WHEN days <= 120 THEN '91-120' WHEN days <= 150 THEN '121-150'
  WHEN days <= 180 THEN '151-180' ELSE '180+' END`
export const BUCKETS = `SELECT ${LABEL} AS label, count(*)::int AS debts, sum(balance_minor)::bigint AS balance
  FROM (SELECT COALESCE($2::date - due_on, 0) AS days, balance_minor FROM debt WHERE creditor_id = $1) AS d
  GROUP BY 1 ORDER BY min(days)`
export const MONTHS = `SELECT to_char(date_trunc('month', paid_on), 'YYYY-MM') AS month, count(*)::int AS payments,
  sum(amount_minor - unapplied_minor)::bigint AS recovered
  FROM payment WHERE creditor_id = $1 AND paid_on >= date_trunc('month', $2::date) - $3 * interval '1 month'
  GROUP BY 1 ORDER BY 1`
