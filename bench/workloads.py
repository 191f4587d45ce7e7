"""What is asked, as operations of Recobro's own schema: a worklist, a debt seen from all sides, a dashboard, a payment.

W3W is W3 while payments are being recorded. W5 (import) and W6 (segments) are not HTTP: import_ratio.py, segments.py.
"""

WORKLIST = (
    "query Worklist($stage: Stage!, $from: Int!, $to: Int!, $first: Int!, $after: String) { "
    "debts(filter: {stages: [$stage], daysPastDueFrom: $from, daysPastDueTo: $to}, first: $first, after: $after) { "
    "nodes { id reference product currency placed { minorUnits } balance { minorUnits } daysPastDue stage status "
    "placedOn dueOn lastPaymentOn debtor { name country } creditor { name } } "
    "pageInfo { endCursor hasNextPage } } }"
)
DEBT = (
    "query Debt($id: ID!) { debt(id: $id) { id reference product currency placed { minorUnits } "
    "balance { minorUnits } daysPastDue stage status placedOn dueOn lastPaymentOn "
    "debtor { name country identifiers { type number } contactPoints { channel value valid } } creditor { name } "
    "payments(first: 20) { nodes { id amount { minorUnits } paidOn method } } "
    "movements(first: 20) { nodes { id kind effectiveOn delta { minorUnits } reason recordedAt } } } }"
)
DASHBOARD = (
    "query Dashboard($id: ID!) { dashboard(creditorId: $id, months: 12) { "
    "stages { stage debts balance { minorUnits } } buckets { label debts balance { minorUnits } } "
    "months { month payments recovered { minorUnits } } } }"
)
PAY = (
    "mutation Pay($input: PaymentRecordInput!) { paymentRecord(input: $input) { replayed "
    "payment { id amount { minorUnits } paidOn } debt { id balance { minorUnits } lastPaymentOn } "
    "errors { code message } } }"
)
OPERATIONS = {"W1": WORKLIST, "W2": DEBT, "W3": DASHBOARD, "W3W": DASHBOARD, "W4": PAY}

NAMES = {
    "W1": "worklist page: 50 debts, debtor, creditor, cursor; half first pages, half second",
    "W2": "debt 360: debtor with identifiers and contact points, 20 payments, 20 movements",
    "W3": "creditor dashboard: by stage, by ageing bucket, by month",
    "W3W": "creditor dashboard while payments are being recorded",
    "W4": "record a payment: allocation, movements, balances, event; committed for good",
}
PAGE = 50
KEY = "__KEY__"
"""In the requests of W4: the load generator puts a key of its own there, fresh each time."""

# Days past due, each inside its stage (sql/2_debts.sql).
RANGES = {
    "PREVENTION": [(0, 30), (5, 20), (10, 30), (0, 15)],
    "EARLY": [(31, 90), (31, 60), (60, 90), (40, 80)],
    "INTERMEDIATE": [(91, 180), (100, 150), (120, 180), (91, 120)],
    "PRE_LEGAL": [(181, 360), (200, 300), (181, 240), (240, 360)],
    "JUDICIAL": [(361, 720), (400, 600), (361, 450), (500, 720)],
}
