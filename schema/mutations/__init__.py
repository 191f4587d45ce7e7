"""Mutations: one file each, object first (`paymentRecord`)."""

from schema.kit.roots import modules_of, root

Mutation = root(
    "Mutation",
    "What changes something. Each takes one `input` and answers a payload with `errors`.",
    modules_of(__name__, __path__),
)
