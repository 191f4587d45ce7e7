"""Money at the bank: statements read and checked, receipts posted, matched to debts, returns taken back."""
