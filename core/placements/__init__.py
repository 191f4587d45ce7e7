"""Files from creditors: new debts, payments made to them, changes and recalls. Dry run first, then acceptance."""
