// Fastify, Mercurius with its compiler on, and Drizzle's relational queries: one statement for a tree.
import { randomUUID } from 'node:crypto'
import { and, asc, desc, eq, inArray, lt, or, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import {
  BUCKETS, MONTHS, OPEN, PORT, STAGES, daysBefore, daysPastDue, money, pg, poolOptions, scalars, split, thisMonth, today, typeDefs,
} from './common.mjs'
import * as tables from './tables.mjs'

const { allocation, component, contactPoint, creditor, debt, identifier, movement, payment } = tables
const db = drizzle(new pg.Pool(poolOptions), { schema: tables })
const tenant = (work) => (_, args, { agency }) =>
  db.transaction(async (tx) => {
    await tx.execute(sql`SELECT set_config('app.agency_id', ${agency}, true)`)
    return work(tx, args, agency)
  })
const raw = async (tx, text, ...values) => (await tx._.session.client.query({ text, values })).rows

const CARD = {
  id: true, reference: true, product: true, currency: true, placedMinor: true, balanceMinor: true, stage: true, status: true,
  placedOn: true, dueOn: true, lastPaymentOn: true,
}

async function debts(tx, { filter, first, after }, agency) {
  const day = today()
  const conditions = [
    eq(debt.agencyId, agency), eq(debt.status, 'ACTIVE'), inArray(debt.stage, filter.stages),
    // As the index that is in the page's order has it.
    sql`LEAST(${debt.dueOn}, 'infinity'::date) BETWEEN ${daysBefore(day, filter.daysPastDueTo)}::date
      AND ${daysBefore(day, filter.daysPastDueFrom)}::date`,
  ]
  if (after) {
    const [balance, id] = after.split(':')
    conditions.push(or(lt(debt.balanceMinor, BigInt(balance)), and(eq(debt.balanceMinor, BigInt(balance)), lt(debt.id, id))))
  }
  const found = await tx.query.debt.findMany({
    columns: CARD,
    where: and(...conditions),
    orderBy: [desc(debt.balanceMinor), desc(debt.id)],
    limit: first + 1,
    with: { debtor: { columns: { name: true, country: true } }, creditor: { columns: { name: true } } },
  })
  const nodes = found.slice(0, first)
  const last = nodes.at(-1)
  return { nodes, pageInfo: { endCursor: last ? `${last.balanceMinor}:${last.id}` : null, hasNextPage: found.length > first } }
}

async function one(tx, { id }, agency) {
  const found = await tx.query.debt.findFirst({
    columns: CARD,
    where: and(eq(debt.agencyId, agency), eq(debt.id, id)),
    with: {
      creditor: { columns: { name: true } },
      debtor: {
        columns: { name: true, country: true },
        with: {
          identifiers: { columns: { type: true, number: true }, orderBy: [asc(identifier.type), asc(identifier.number)] },
          contactPoints: {
            columns: { channel: true, value: true, valid: true },
            orderBy: [asc(contactPoint.channel), asc(contactPoint.createdAt), asc(contactPoint.id)],
          },
        },
      },
      payments: {
        columns: { id: true, amountMinor: true, paidOn: true, method: true },
        orderBy: [desc(payment.paidOn), desc(payment.id)],
        limit: 20,
      },
      movements: {
        columns: { id: true, kind: true, effectiveOn: true, deltaMinor: true, reason: true, recordedAt: true },
        orderBy: [desc(movement.effectiveOn), desc(movement.recordedAt), desc(movement.id)],
        limit: 20,
      },
    },
  })
  return found && { ...found, payments: { nodes: found.payments }, movements: { nodes: found.movements } }
}

async function dashboard(tx, { creditorId, months }) {
  const known = await tx.select({ id: creditor.id }).from(creditor).where(eq(creditor.id, creditorId))
  if (!known.length) return null
  return {
    stages: await raw(tx, STAGES, creditorId),
    buckets: await raw(tx, BUCKETS, creditorId, today()),
    months: await raw(tx, MONTHS, creditorId, thisMonth(), months - 1),
  }
}

async function pay(tx, { input }, agencyId) {
  const own = and(eq(debt.agencyId, agencyId), eq(debt.id, input.debtId))
  const [owed] = await tx.select().from(debt).where(own).for('no key update')
  if (!owed) return { replayed: false, errors: [{ code: 'NOT_FOUND', message: 'There is no such debt.' }] }
  const amount = BigInt(input.amount.minorUnits)
  const { parts, unapplied } = split(await raw(tx, OPEN, owed.id), amount)
  const shared = { agencyId, creditorId: owed.creditorId }
  const [paid] = await tx.insert(payment).values({
    ...shared, id: randomUUID(), debtId: owed.id, currency: input.amount.currency, amountMinor: amount, unappliedMinor: unapplied,
    paidOn: input.paidOn, clearedOn: input.paidOn, receivedBy: 'AGENCY', method: input.method, idempotencyKey: input.idempotencyKey, fingerprint: '',
    recordedBy: 'mercurius',
  }).onConflictDoNothing().returning()
  if (!paid) {
    const [before] = await tx.select().from(payment)
      .where(and(eq(payment.agencyId, agencyId), eq(payment.idempotencyKey, input.idempotencyKey)))
    return { replayed: true, payment: before, debt: owed, errors: [] }
  }
  if (parts.length) {
    await tx.insert(allocation).values(parts.map(({ id, minor }) =>
      ({ ...shared, id: randomUUID(), paymentId: paid.id, componentId: id, amountMinor: minor })))
    await tx.insert(movement).values(parts.map(({ id, minor }) => ({
      ...shared, id: randomUUID(), debtId: owed.id, componentId: id, kind: 'PAYMENT', effectiveOn: input.paidOn,
      recordedAt: sql`now()`, deltaMinor: -minor, sourceId: paid.id, actor: 'mercurius', reason: '',
    })))
  }
  for (const { id, minor } of parts) {
    await tx.update(component).set({ balanceMinor: sql`${component.balanceMinor} - ${minor}` })
      .where(and(eq(component.agencyId, agencyId), eq(component.id, id)))
  }
  const applied = amount - unapplied
  const [after] = await tx.update(debt).set({
    balanceMinor: sql`${debt.balanceMinor} - ${applied}`, recoveredMinor: sql`${debt.recoveredMinor} + ${applied}`,
    lastPaymentOn: sql`GREATEST(${debt.lastPaymentOn}, ${input.paidOn}::date)`, updatedAt: sql`now()`,
  }).where(own).returning()
  return { replayed: false, payment: paid, debt: after, errors: [] }
}

const amount = (name) => (row) => money(row[name])
const resolvers = {
  ...scalars,
  Debt: { placed: amount('placedMinor'), balance: amount('balanceMinor'), daysPastDue: (row) => daysPastDue(row.dueOn) },
  Payment: { amount: amount('amountMinor') },
  Movement: { delta: amount('deltaMinor') },
  StageTotal: { balance: amount('balance') },
  BucketTotal: { balance: amount('balance') },
  MonthTotal: { recovered: amount('recovered') },
  Query: { debts: tenant(debts), debt: tenant(one), dashboard: tenant(dashboard) },
  Mutation: { paymentRecord: tenant(pay) },
}
const app = Fastify()
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, context: (request) => ({ agency: request.headers['x-agency-id'] }) })
await app.listen({ port: PORT, host: '127.0.0.1' })
