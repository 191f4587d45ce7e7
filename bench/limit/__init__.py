"""The limit: the fastest endpoints that we can write by hand for the workloads, on the same tables, with the tenant
bound and the same rows written. It knows four operations by their text and nothing of GraphQL, tokens or plugins."""
