"""What a creditor has asked an agency to do: the agency's client, its mandates, portfolios and file layouts."""
