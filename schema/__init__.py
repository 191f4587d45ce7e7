"""The GraphQL surface. It asks, shapes and answers; no business rule lives here."""
