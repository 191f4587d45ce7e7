"""Plugins that bring a layout of files, each with one defect; `honest` has none.

A layout is data, and a kit looks at all that a plugin brings: so each defect is a plugin of its own.
"""
