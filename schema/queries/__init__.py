"""Queries: a file for each area."""

from schema.kit.roots import root
from schema.queries import debts, events, mandates, members, node, placements, plugins, reports

Query = root(
    "Query",
    "What can be read. Lists are Relay connections of at most 100 a page.",
    debts,
    events,
    mandates,
    members,
    node,
    placements,
    plugins,
    reports,
)
