"""Finds, checks, isolates and calls plugins. The only room that imports pluggy."""
