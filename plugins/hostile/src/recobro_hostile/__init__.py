"""A credit bureau that does everything wrong, one thing at a time. See `catalogue`."""
