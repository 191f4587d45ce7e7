"""The business of collecting. Knows no GraphQL, no HTTP and no tenant administration."""
