"""Queries: a file for each area."""

from schema.kit.roots import modules_of, root

Query = root(
    "Query",
    "What can be read. Lists are Relay connections of at most 100 a page.",
    modules_of(__name__, __path__),
)
