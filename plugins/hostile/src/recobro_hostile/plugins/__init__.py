"""Plugins with a defect of their import, manifest or hooks, each in a package of its own."""
