"""Money that came in for debts: recorded once, allocated to components, reversible by the stored split."""
