"""Segments: filters over debts that have a name, and the debts that they let through, stored."""
