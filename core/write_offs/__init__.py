"""Debts that are given up in the books, and taken back into them."""
