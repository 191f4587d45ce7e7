"""Ready examples of the explorer's menu; a test validates each of them."""

from schema.explorer import Example

__all__ = ["EXAMPLES"]

EXAMPLES = (
    Example(
        "Who am I",
        "{\n  viewer { name audience permissions }\n  agency { name timezone currency }\n}",
    ),
    Example(
        "Worklist: the oldest debts first",
        """query Worklist($first: Int = 20, $after: String) {
  debts(filter: {stages: [EARLY, INTERMEDIATE]}, order: OLDEST_DUE, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id
      reference
      debtorName
      daysPastDue
      ageingBucket
      nextReason
      balance { formatted }
      creditor { name }
    }
  }
}""",
    ),
    Example(
        "One debt from all sides",
        """query Debt($id: ID!) {
  debt(id: $id) {
    reference
    stage
    balance { formatted }
    components { position instalment kind dueOn placed { formatted } balance { formatted } }
    debtor {
      name
      identifiers { type number verified }
      contactPoints { channel value lineType valid }
    }
    payments(first: 20) {
      nodes { paidOn amount { formatted } status allocations { componentKind amount { formatted } } }
    }
    movements(first: 20) { nodes { effectiveOn kind delta { formatted } reason } }
    bureauInquiries { provider state score requestedAt }
    legalHandoffs { channel state receipt }
  }
}""",
        {"id": "debt_…"},
    ),
    Example(
        "Recovery of a creditor by month",
        """query Recovery($creditor: ID!, $by: RecoveryGroup = MONTH) {
  recovery(creditorId: $creditor, groupBy: $by) {
    asOf
    totals { debts placed { formatted } recovered { formatted } liquidation { value denominator { formatted } } }
    rows { key recovered { formatted } payments reversals }
  }
}""",
        {"creditor": "creditor_…"},
    ),
    Example(
        "Creditors and their mandates",
        "{\n  creditors {\n    nodes { id name code mandates { id name currency portfolios { id name } } }\n  }\n}",
    ),
    Example(
        "Record a payment",
        """mutation Pay($input: PaymentRecordInput!) {
  paymentRecord(input: $input) {
    payment { id allocations { componentKind amount { formatted } } unapplied { formatted } }
    debt { balance { formatted } status }
    replayed
    errors { code message field remedy }
  }
}""",
        {
            "input": {
                "debtId": "debt_…",
                "amount": {"minorUnits": "5000000", "currency": "COP"},
                "paidOn": "2026-11-20",
                "idempotencyKey": "receipt-1",
            }
        },
    ),
    Example(
        "Upload a placement file (dry run)",
        """mutation Upload($input: PlacementUploadInput!) {
  placementUpload(input: $input) {
    batch { id state rowsTotal issueCounts { code rows } jobs { name state progressDone progressTotal } }
    repeated
    errors { code message field remedy }
  }
}""",
        {"input": {"mandateId": "mandate_…", "portfolioId": "portfolio_…", "kind": "NEW", "file": None}},
    ),
    Example(
        "Files of creditors",
        """{
  placements(first: 10) {
    nodes { id fileName kind state rowsTotal rowsAccepted rowsRejected sumAccepted { formatted } createdAt }
  }
}""",
    ),
    Example(
        "Plugins",
        "{\n  plugins { name version state offers { code enabled settings } scopes { code reason } }\n}",
    ),
    Example(
        "Watch what happens",
        "subscription Events {\n  events { cursor name occurredAt actor data }\n}",
    ),
)
