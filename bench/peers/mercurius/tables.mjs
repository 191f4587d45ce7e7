// The tables that the workloads touch, for Drizzle's relational queries.
import { relations } from 'drizzle-orm'
import { bigint, boolean, date, jsonb, pgTable, smallint, text, timestamp, uuid } from 'drizzle-orm/pg-core'

const minor = (name) => bigint(name, { mode: 'bigint' })
const instant = (name) => timestamp(name, { withTimezone: true, mode: 'string' })

export const creditor = pgTable('creditor', { agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), name: text('name') })
export const mandate = pgTable('mandate', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), allocationOrder: jsonb('allocation_order'),
})
export const party = pgTable('party', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), name: text('name'), country: text('country'),
})
export const identifier = pgTable('party_identifier', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), partyId: uuid('party_id'), type: text('type'), number: text('number'),
})
export const contactPoint = pgTable('contact_point', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), partyId: uuid('party_id'), channel: text('channel'),
  value: text('value'), valid: boolean('valid'), createdAt: instant('created_at'),
})
export const debt = pgTable('debt', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), creditorId: uuid('creditor_id'), partyId: uuid('party_id'),
  mandateId: uuid('mandate_id'), reference: text('reference'), product: text('product'), currency: text('currency'),
  stage: text('stage'), status: text('status'), placedOn: date('placed_on'), dueOn: date('due_on'),
  placedMinor: minor('placed_minor'), balanceMinor: minor('balance_minor'), recoveredMinor: minor('recovered_minor'),
  lastPaymentOn: date('last_payment_on'), updatedAt: instant('updated_at'),
})
export const component = pgTable('debt_component', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), debtId: uuid('debt_id'), position: smallint('position'),
  kind: text('kind'), dueOn: date('due_on'), balanceMinor: minor('balance_minor'),
})
export const payment = pgTable('payment', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), creditorId: uuid('creditor_id'), debtId: uuid('debt_id'),
  currency: text('currency'), amountMinor: minor('amount_minor'), unappliedMinor: minor('unapplied_minor'),
  paidOn: date('paid_on'), clearedOn: date('cleared_on'), receivedBy: text('received_by'), method: text('method'), idempotencyKey: text('idempotency_key'),
  fingerprint: text('fingerprint'), recordedBy: text('recorded_by'),
})
export const allocation = pgTable('payment_allocation', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), creditorId: uuid('creditor_id'), paymentId: uuid('payment_id'),
  componentId: uuid('component_id'), amountMinor: minor('amount_minor'),
})
export const movement = pgTable('debt_movement', {
  agencyId: uuid('agency_id'), id: uuid('id').primaryKey(), creditorId: uuid('creditor_id'), debtId: uuid('debt_id'),
  componentId: uuid('component_id'), kind: text('kind'), effectiveOn: date('effective_on'), recordedAt: instant('recorded_at'),
  deltaMinor: minor('delta_minor'), sourceId: uuid('source_id'), actor: text('actor'), reason: text('reason'),
})

// Keys are (agency, id), and so are the joins: an index then leads to the row.
const to = (one, table, own, key) => one(table, { fields: [own.agencyId, key], references: [table.agencyId, table.id] })
export const debtRelations = relations(debt, ({ one, many }) => ({
  debtor: to(one, party, debt, debt.partyId),
  creditor: to(one, creditor, debt, debt.creditorId),
  mandate: to(one, mandate, debt, debt.mandateId),
  payments: many(payment),
  movements: many(movement),
}))
export const partyRelations = relations(party, ({ many }) => ({
  identifiers: many(identifier), contactPoints: many(contactPoint),
}))
export const identifierRelations = relations(identifier, ({ one }) => ({ party: to(one, party, identifier, identifier.partyId) }))
export const contactRelations = relations(contactPoint, ({ one }) => ({ party: to(one, party, contactPoint, contactPoint.partyId) }))
export const paymentRelations = relations(payment, ({ one }) => ({ debt: to(one, debt, payment, payment.debtId) }))
export const movementRelations = relations(movement, ({ one }) => ({ debt: to(one, debt, movement, movement.debtId) }))
