"""The fields and orders of lists of debts: what a worklist, a segment or a strategy may ask about a debt.

The SQL names belong to `SOURCE`: `d` the debt, `m` its mandate with `today` in the mandate's zone, `k` its creditor at
the agency, `f` its portfolio. `$1` is the instant that "today" is taken from.
"""

from enum import StrEnum

from core.debts.kinds import ClosedReason, DebtStatus, Stage
from core.kit.filters import FieldType, FilterField, FilterSchema, Op
from core.kit.pages import Key, KeyType, Order
from core.worklists.search import AGENCY_SEARCH, CREDITOR_SEARCH

# Outer joins by primary key: PostgreSQL leaves out those that a statement (the total, say) does not use.
SOURCE = (
    "debt d "
    "LEFT JOIN (SELECT agency_id, id, name, ageing_bounds, stage_days, "
    "($1::timestamptz AT TIME ZONE timezone)::date AS today FROM mandate) m "
    "ON m.agency_id = d.agency_id AND m.id = d.mandate_id "
    "LEFT JOIN creditor k ON k.agency_id = d.agency_id AND k.id = d.creditor_id "
    "LEFT JOIN portfolio f ON f.agency_id = d.agency_id AND f.id = d.portfolio_id"
)

# The same for a page: looked up debt by debt (OFFSET 0 keeps it that way), so that the debts keep the order of an index
# and the reading ends with the page.
TODAY = (
    "LEFT JOIN LATERAL (SELECT x.timezone, ($1::timestamptz AT TIME ZONE x.timezone)::date AS today FROM mandate x "
    "WHERE x.agency_id = d.agency_id AND x.id = d.mandate_id OFFSET 0) m ON true"
)
# As in the index of core/debts/models.py.
DUE_OR_NEVER = "LEAST(d.due_on, 'infinity'::date)"

_ONE_OF = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN})

DEBT_FIELDS = FilterSchema(
    (
        FilterField("agency", "d.agency_id", FieldType.UUID, _ONE_OF),
        FilterField("creditor", "d.creditor_id", FieldType.UUID, _ONE_OF),
        FilterField("mandate", "d.mandate_id", FieldType.UUID, _ONE_OF),
        FilterField("portfolio", "d.portfolio_id", FieldType.UUID, _ONE_OF),
        FilterField("stage", "d.stage", FieldType.ENUM, _ONE_OF, tuple(Stage)),
        FilterField("status", "d.status", FieldType.ENUM, _ONE_OF, tuple(DebtStatus)),
        FilterField("closed_reason", "d.closed_reason", FieldType.ENUM, choices=tuple(ClosedReason)),
        FilterField("days_past_due", "GREATEST(m.today - d.due_on, 0)", FieldType.INT),
        FilterField("due_on", "d.due_on", FieldType.DATE, words="due date"),
        FilterField("placed_on", "d.placed_on", FieldType.DATE, words="day of placement"),
        FilterField("last_payment_on", "d.last_payment_on", FieldType.DATE, words="day of the last payment"),
        FilterField("currency", "d.currency", FieldType.TEXT, _ONE_OF),
        FilterField("balance", "d.balance_minor", FieldType.MONEY),
        FilterField("placed", "d.placed_minor", FieldType.MONEY, words="amount placed"),
        FilterField("recovered", "d.recovered_minor", FieldType.MONEY, words="amount recovered"),
        FilterField("disputed", "d.disputed", FieldType.BOOL),
        FilterField("assigned_to", "d.assigned_to", FieldType.UUID),
        FilterField("product", "d.product", FieldType.TEXT),
        FilterField("reference", "d.reference", FieldType.TEXT),
        FilterField("debtor_name", "d.debtor_name", FieldType.TEXT),
        FilterField("debtor_document", "d.debtor_document", FieldType.TEXT),
        AGENCY_SEARCH.field,
    )
)
IN_SEGMENT = "SELECT FROM segment_member s WHERE s.agency_id = d.agency_id AND s.segment_id = {} AND s.debt_id = d.id"
SEGMENT = FilterField("segment", f"EXISTS ({IN_SEGMENT})", FieldType.MEMBERSHIP)
WORKLIST_FIELDS = FilterSchema((*DEBT_FIELDS.fields, SEGMENT))
"""Of an agency's lists, and of no segment: who is in one would hang on when another was last evaluated."""
CREDITOR_DEBT_FIELDS = FilterSchema((*DEBT_FIELDS.without("assigned_to", "search").fields, CREDITOR_SEARCH.field))
"""Who works on a debt inside the agency, and how its debtor can be reached, is nothing that its creditor may find out
by filtering."""


class WorklistOrder(StrEnum):
    """BALANCE: highest first. OLDEST_DUE: longest past due first. LAST_PAYMENT: latest first, never paid last.
    REFERENCE: ascending. PLACED_ON: latest first."""

    BALANCE = "BALANCE"
    OLDEST_DUE = "OLDEST_DUE"
    LAST_PAYMENT = "LAST_PAYMENT"
    REFERENCE = "REFERENCE"
    PLACED_ON = "PLACED_ON"


def _order(name: WorklistOrder, sql: str, kind: KeyType, *, descending: bool = False, nullable: bool = False) -> Order:
    return Order(name.value, (Key(sql, kind, descending, nullable), Key("d.id", KeyType.UUID, descending)))


ORDERS = {
    WorklistOrder.BALANCE: _order(WorklistOrder.BALANCE, "d.balance_minor", KeyType.INT, descending=True),
    WorklistOrder.OLDEST_DUE: _order(WorklistOrder.OLDEST_DUE, "d.due_on", KeyType.DATE, nullable=True),
    WorklistOrder.LAST_PAYMENT: _order(
        WorklistOrder.LAST_PAYMENT, "d.last_payment_on", KeyType.DATE, descending=True, nullable=True
    ),
    WorklistOrder.REFERENCE: _order(WorklistOrder.REFERENCE, "d.reference", KeyType.TEXT),
    WorklistOrder.PLACED_ON: _order(WorklistOrder.PLACED_ON, "d.placed_on", KeyType.DATE, descending=True),
}
