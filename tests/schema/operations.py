"""One operation for each root field, made from the schema itself: what a sweep sends."""

from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

# What an argument or input field named like this takes the id of.
ID_KINDS = {
    "debtId": "debt", "debt": "debt", "creditorId": "creditor", "mandateId": "mandate", "portfolioId": "portfolio",
    "batchId": "batch", "paymentId": "payment", "componentId": "component", "agencyId": "agency", "userId": "user",
    "memberId": "member", "job": "job", "placement": "batch", "report": "report", "clientDisable": "client",
    "node": "debt", "segmentId": "segment", "segment": "segment", "pauseId": "pause",
    "remittanceStatement": "statement", "orderId": "order", "handoffId": "handoff", "deadlineId": "deadline",
    "costId": "cost",
}  # fmt: skip
_SAMPLES: dict[str, Any] = {
    "String": "x", "Int": 1, "Boolean": True, "Float": 1.5, "BigInt": "1", "Date": "2026-01-02", "Decimal": "1.5",
    "DateTime": "2026-01-02T00:00:00Z", "JSON": {}, "Upload": None,
}  # fmt: skip


def operations(schema: GraphQLSchema, root: str) -> Iterator[tuple[str, GraphQLField]]:
    kind = schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    yield from kind.fields.items()


def operation(root: str, name: str, field: GraphQLField, id_of: Callable[[str], str]) -> dict[str, Any]:
    """The request body of one root field with every argument that it needs; `id_of(kind)` gives the ids."""
    keyword = {"Query": "query", "Mutation": "mutation"}[root]
    declared, used, variables = [], [], {}
    for argument, definition in field.args.items():
        if argument in ("first", "after", "last", "before"):
            continue
        declared.append(f"${argument}: {definition.type}")
        used.append(f"{argument}: ${argument}")
        variables[argument] = _value(definition.type, argument, name, id_of)
    head = f"({', '.join(declared)})" if declared else ""
    arguments = f"({', '.join(used)})" if used else ""
    return {"query": f"{keyword} Sweep{head} {{ {name}{arguments} {_selection(field.type)} }}", "variables": variables}


def _value(kind: Any, argument: str, root: str, id_of: Callable[[str], str]) -> Any:
    if is_non_null_type(kind):
        return _value(kind.of_type, argument, root, id_of)
    if is_list_type(kind):
        return [_value(kind.of_type, argument.removesuffix("s"), root, id_of)]
    named = get_named_type(kind)
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        return {
            name: _value(field.type, name, root, id_of)
            for name, field in named.fields.items()
            if is_non_null_type(field.type) or name.endswith(("Id", "Ids"))
        }
    if named.name == "ID":
        return id_of(ID_KINDS.get(argument) or ID_KINDS.get(root) or ID_KINDS.get(f"{argument}Id", "debt"))
    return _SAMPLES[named.name]


def _selection(kind: Any) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    assert not isinstance(named, GraphQLUnionType)
    fields = [
        name for name, field in named.fields.items() if is_leaf_type(get_named_type(field.type)) and not field.args
    ]
    if "errors" in named.fields:
        fields.append("errors { code field message remedy }")
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if (
            hasattr(inner, "fields")
            and name in ("nodes", "debt", "payment", "batch", "handoff", "inquiry", "report", "mandate", "creditor")
            and not field.args
        ):
            leaves = [n for n, f in inner.fields.items() if is_leaf_type(get_named_type(f.type)) and not f.args]
            fields.append(f"{name} {{ {' '.join(leaves) or '__typename'} }}")
    return "{ " + (" ".join(fields) or "__typename") + " }"
