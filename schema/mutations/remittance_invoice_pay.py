"""`remittanceInvoicePay`."""

from datetime import date

import strawberry

from core.kit import ids
from core.permissions import Permission
from core.remittance.pay_invoice import PayInvoice, pay_invoice
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.money import Money, MoneyInput
from schema.kit.node import loaded
from schema.types.remittance import RemittanceStatement


@strawberry.input(description="What a creditor paid on a statement's number, or got of what it credits.")
class RemittanceInvoicePayInput:
    statement_id: strawberry.ID = strawberry.field(description="The statement that invoices.")
    amount: MoneyInput = strawberry.field(description="How much, above 0.")
    paid_on: date = strawberry.field(description="The legal day, on the agency's own account.")
    reference: str = strawberry.field(description="What the bank calls it.")
    idempotency_key: str = strawberry.field(description="Your own key for this payment.")
    returned: bool = strawberry.field(default=False, description="Whether so much of what was paid went back.")


@strawberry.type(description="The statement, and what is open on its number.")
class RemittanceInvoicePayPayload(Payload):
    statement: RemittanceStatement | None = strawberry.field(default=None, description="The statement.")
    open: Money | None = strawberry.field(default=None, description="What is still to be paid; below 0 for a credit.")
    replayed: bool = strawberry.field(default=False, description="Whether the key had been used for the same request.")


@mutation(Permission.REMITTANCE_ISSUE)
async def remittance_invoice_pay(info: Info, input: RemittanceInvoicePayInput) -> RemittanceInvoicePayPayload:
    """Record that an invoice was paid, or a part of it: first what the agency had laid out, then commission and tax.

    Error codes: NOT_FOUND; INVOICE_AMOUNT, CURRENCY_MISMATCH, PAID_ON, INVALID_TEXT; INVOICE_PAID,
    IDEMPOTENCY_KEY_REUSED.
    """
    done = await pay_invoice(
        info.context.scope,
        PayInvoice(
            statement_id=ids.decode("statement", input.statement_id, field="statementId"),
            amount=input.amount.to_core(),
            paid_on=input.paid_on,
            reference=input.reference,
            idempotency_key=input.idempotency_key,
            returned=input.returned,
        ),
    )
    return RemittanceInvoicePayPayload(
        statement=await loaded(info, RemittanceStatement, done.statement_id),
        open=Money.of(done.open.minor_units, done.open.currency),
        replayed=done.replayed,
    )
