// graphql-yoga and pg: joined SQL by hand with named (prepared) statements, one transaction for each operation.
import http from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'
import {
  BUCKETS, MONTHS, OPEN, PORT, STAGES, daysBefore, daysPastDue, money, pg, poolOptions, scalars, split, thisMonth, today, typeDefs,
} from './common.mjs'

const pool = new pg.Pool(poolOptions)
const rows = async (c, name, text, values) => (await c.query({ name, text, values })).rows

const tenant = (work) => async (_, args, context) => {
  const c = await pool.connect()
  try {
    await c.query('BEGIN')
    const agency = context.request.headers.get('x-agency-id')
    await rows(c, 'tenant', "SELECT set_config('app.agency_id', $1, true)", [agency])
    const found = await work(c, args, agency)
    await c.query('COMMIT')
    return found
  } catch (problem) {
    await c.query('ROLLBACK')
    throw problem
  } finally {
    c.release()
  }
}

const DEBT = `SELECT d.id, d.reference, d.product, d.currency, d.placed_minor, d.balance_minor, d.stage, d.status,
  d.placed_on AS "placedOn", d.due_on AS "dueOn", d.last_payment_on AS "lastPaymentOn", d.party_id, d.creditor_id,
  p.name AS party_name, p.country, k.name AS creditor_name
  FROM debt d JOIN party p ON p.agency_id = d.agency_id AND p.id = d.party_id
  JOIN creditor k ON k.agency_id = d.agency_id AND k.id = d.creditor_id `
// The due date as the index has it that is in the page's order; and one stage is equal, as otherwise that order is lost.
const PAGE = `${DEBT} WHERE d.agency_id = $1 AND d.status = 'ACTIVE' AND LEAST(d.due_on, 'infinity'::date) BETWEEN $2 AND $3 `
const ORDER = 'ORDER BY d.balance_minor DESC, d.id DESC LIMIT $4'

async function debts(c, { filter, first, after }, agency) {
  const day = today()
  const position = after ? after.split(':') : []
  const values = [agency, daysBefore(day, filter.daysPastDueTo), daysBefore(day, filter.daysPastDueFrom), first + 1, ...position]
  const seek = after ? 'AND (d.balance_minor, d.id) < ($5, $6) ' : ''
  const stages = filter.stages.map((_, n) => `$${values.length + n + 1}`).join(', ')
  const text = `${PAGE}${seek}AND d.stage IN (${stages}) ${ORDER}`
  const found = await rows(c, `${after ? 'next' : 'first'}${filter.stages.length}`, text, [...values, ...filter.stages])
  const nodes = found.slice(0, first)
  const last = nodes.at(-1)
  return { nodes, pageInfo: { endCursor: last ? `${last.balance_minor}:${last.id}` : null, hasNextPage: found.length > first } }
}

async function debt(c, { id }, agency) {
  const [found] = await rows(c, 'debt', `${DEBT} WHERE d.agency_id = $1 AND d.id = $2`, [agency, id])
  if (!found) return null
  const of = [agency, found.party_id]
  found.identifiers = await rows(c, 'identifiers',
    'SELECT type, number FROM party_identifier WHERE agency_id = $1 AND party_id = $2 ORDER BY type, number', of)
  found.contactPoints = await rows(c, 'contacts',
    `SELECT channel, value, valid FROM contact_point WHERE agency_id = $1 AND party_id = $2
     ORDER BY channel, created_at, id`, of)
  found.payments = { nodes: await rows(c, 'payments',
    `SELECT id, amount_minor, paid_on AS "paidOn", method FROM payment WHERE agency_id = $1 AND debt_id = $2
     ORDER BY paid_on DESC, id DESC LIMIT 20`, [agency, id]) }
  found.movements = { nodes: await rows(c, 'movements',
    `SELECT id, kind, effective_on AS "effectiveOn", delta_minor, reason, recorded_at AS "recordedAt" FROM debt_movement
     WHERE agency_id = $1 AND debt_id = $2 ORDER BY effective_on DESC, recorded_at DESC, id DESC LIMIT 20`, [agency, id]) }
  return found
}

async function dashboard(c, { creditorId, months }) {
  const known = await rows(c, 'creditor', 'SELECT 1 FROM creditor WHERE id = $1', [creditorId])
  if (!known.length) return null
  return {
    stages: await rows(c, 'stages', STAGES, [creditorId]),
    buckets: await rows(c, 'buckets', BUCKETS, [creditorId, today()]),
    months: await rows(c, 'months', MONTHS, [creditorId, thisMonth(), months - 1]),
  }
}

const AFTER = 'SELECT id, balance_minor, last_payment_on AS "lastPaymentOn" FROM debt WHERE agency_id = $1 AND id = $2'

async function pay(c, { input }, agency) {
  const [owed] = await rows(c, 'lock', 'SELECT creditor_id FROM debt WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE',
    [agency, input.debtId])
  if (!owed) return { replayed: false, errors: [{ code: 'NOT_FOUND', message: 'There is no such debt.' }] }
  const components = await rows(c, 'open', OPEN, [input.debtId])
  const { parts, unapplied } = split(components, input.amount.minorUnits)
  const [paid] = await rows(c, 'pay',
    `INSERT INTO payment (agency_id, id, creditor_id, debt_id, currency, amount_minor, unapplied_minor, paid_on, received_by,
       method, idempotency_key, fingerprint, recorded_by, cleared_on)
     VALUES ($1, recobro_uuid7(), $2, $3, $4, $5, $6, $7, 'AGENCY', $8, $9, '', 'yoga', $7)
     ON CONFLICT (agency_id, idempotency_key) DO NOTHING RETURNING id, amount_minor, paid_on AS "paidOn", method`,
    [agency, owed.creditor_id, input.debtId, input.amount.currency, input.amount.minorUnits, unapplied, input.paidOn,
      input.method, input.idempotencyKey])
  if (!paid) {
    const [payment] = await rows(c, 'replay',
      `SELECT id, amount_minor, paid_on AS "paidOn", method, debt_id FROM payment
       WHERE agency_id = $1 AND idempotency_key = $2`, [agency, input.idempotencyKey])
    const [debt] = await rows(c, 'after', AFTER, [agency, payment.debt_id])
    return { replayed: true, payment, debt, errors: [] }
  }
  const [ids, minors] = [parts.map((part) => part.id), parts.map((part) => part.minor)]
  await rows(c, 'allocate',
    `INSERT INTO payment_allocation (agency_id, id, creditor_id, payment_id, component_id, amount_minor)
     SELECT $1, recobro_uuid7(), $2, $3, id, minor FROM unnest($4::uuid[], $5::bigint[]) AS part (id, minor)`,
    [agency, owed.creditor_id, paid.id, ids, minors])
  await rows(c, 'move',
    `INSERT INTO debt_movement (agency_id, id, creditor_id, debt_id, component_id, kind, effective_on, delta_minor, source_id, actor)
     SELECT $1, recobro_uuid7(), $2, $3, id, 'PAYMENT', $4, -minor, $5, 'yoga' FROM unnest($6::uuid[], $7::bigint[]) AS part (id, minor)`,
    [agency, owed.creditor_id, input.debtId, input.paidOn, paid.id, ids, minors])
  await rows(c, 'lower',
    `UPDATE debt_component c SET balance_minor = balance_minor - minor
     FROM unnest($2::uuid[], $3::bigint[]) AS part (id, minor) WHERE c.agency_id = $1 AND c.id = part.id`, [agency, ids, minors])
  const [debt] = await rows(c, 'settle',
    `UPDATE debt SET balance_minor = balance_minor - $3, recovered_minor = recovered_minor + $3,
       last_payment_on = GREATEST(last_payment_on, $4), updated_at = now() WHERE agency_id = $1 AND id = $2
     RETURNING id, balance_minor, last_payment_on AS "lastPaymentOn"`,
    [agency, input.debtId, BigInt(input.amount.minorUnits) - unapplied, input.paidOn])
  return { replayed: false, payment: paid, debt, errors: [] }
}

const amount = (name) => (row) => money(row[name])
const resolvers = {
  ...scalars,
  Debt: {
    placed: amount('placed_minor'),
    balance: amount('balance_minor'),
    daysPastDue: (d) => daysPastDue(d.dueOn),
    debtor: (d) => ({ name: d.party_name, country: d.country, identifiers: d.identifiers, contactPoints: d.contactPoints }),
    creditor: (d) => ({ name: d.creditor_name }),
  },
  Payment: { amount: amount('amount_minor') },
  Movement: { delta: amount('delta_minor') },
  StageTotal: { balance: amount('balance') },
  BucketTotal: { balance: amount('balance') },
  MonthTotal: { recovered: amount('recovered') },
  Query: { debts: tenant(debts), debt: tenant(debt), dashboard: tenant(dashboard) },
  Mutation: { paymentRecord: tenant(pay) },
}
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false, graphiql: false })
http.createServer(yoga).listen(PORT, '127.0.0.1')
