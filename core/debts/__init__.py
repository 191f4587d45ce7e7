"""Obligations: components, stage, history, and how old they are."""
