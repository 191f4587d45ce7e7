"""The agency's journal: what debtors owe, and whose the money is that came in. Entries are never changed."""
