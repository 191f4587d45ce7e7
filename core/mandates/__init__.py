"""What a creditor has asked an agency to do: the creditor as the agency's client, mandates, portfolios, file layouts."""
