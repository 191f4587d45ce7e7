"""Providers on loopback, one for each kind of contract that talks to somebody."""
