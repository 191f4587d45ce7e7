"""Who owes: debtors, their identifiers and the points where they can be reached."""
