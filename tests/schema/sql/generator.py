"""Random valid operations, made from the schema itself: every root query field, deep selections, aliases, fragments,
switches, variables, pages in both directions."""

from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

PAGING = {"first", "after", "last", "before"}


class Operation:
    """One operation: its text and its variables."""

    def __init__(self, schema: GraphQLSchema, seed: int, ids: dict[str, Sequence[str]], cursors: Sequence[str]) -> None:
        self._schema, self._random, self._ids, self._cursors = schema, Random(seed), ids, cursors
        self._declared: dict[str, str] = {}
        self._fragments: list[str] = []
        self.variables: dict[str, Any] = {}

    def text(self, names: Sequence[str], *, depth: int = 4) -> str:
        """A query of these root fields."""
        root = self._schema.query_type
        assert root is not None
        fields = " ".join(self._field(name, root.fields[name], depth, alias=len(names) > 1) for name in names)
        declared = ", ".join(f"${name}: {kind}" for name, kind in self._declared.items())
        return f"query Made{f'({declared})' if declared else ''} {{ {fields} }} " + " ".join(self._fragments)

    def _field(self, name: str, field: GraphQLField, depth: int, *, alias: bool = False) -> str:
        head = f"a{self._random.randrange(10**6)}: {name}" if alias or self._random.random() < 0.15 else name
        arguments = self._arguments(name, field)
        switch = self._switch() if self._random.random() < 0.1 else ""
        kind = get_named_type(field.type)
        below = "" if is_leaf_type(kind) else " " + self._selection(kind, depth - 1)
        return f"{head}{arguments}{switch}{below}"

    def _selection(self, kind: Any, depth: int, *, alias: bool = False) -> str:
        if isinstance(kind, GraphQLInterfaceType):
            possible = self._random.sample(list(self._schema.get_possible_types(kind)), 3)
            # Fields of one name and several types may not share a key.
            inside = " ".join(f"... on {one.name} {self._selection(one, depth, alias=True)}" for one in possible)
            return f"{{ __typename id {inside} }}"
        assert isinstance(kind, GraphQLObjectType)
        leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
        chosen = self._random.sample(leaves, min(len(leaves), self._random.randint(1, 6)))
        parts = [self._field(name, kind.fields[name], depth, alias=alias) for name in chosen]
        if depth > 0:
            objects = [name for name in kind.fields if name not in leaves]
            for name in self._random.sample(objects, min(len(objects), self._random.randint(1, 3))):
                parts.append(self._field(name, kind.fields[name], depth, alias=alias))
        if self._random.random() < 0.3:
            parts.append("__typename")
        self._random.shuffle(parts)
        return self._spread(kind, parts)

    def _spread(self, kind: GraphQLObjectType, parts: list[str]) -> str:
        way = self._random.random()
        if way < 0.15:
            name = f"F{len(self._fragments)}"
            self._fragments.append("")
            self._fragments[int(name[1:])] = f"fragment {name} on {kind.name} {{ {' '.join(parts)} }}"
            return f"{{ ...{name} }}"
        if way < 0.3:
            half = len(parts) // 2
            inline = f"... on {kind.name} {{ {' '.join(parts[:half])} }}" if half else ""
            return f"{{ {inline} {' '.join(parts[half:])} }}"
        return f"{{ {' '.join(parts)} }}"

    def _switch(self) -> str:
        which, value = self._random.choice(["skip", "include"]), self._random.random() < 0.5
        if self._random.random() < 0.5:
            return f" @{which}(if: {str(value).lower()})"
        return f" @{which}(if: ${self._variable('Boolean!', value)})"

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._declared)}"
        self._declared[name] = kind
        self.variables[name] = value
        return name

    def _arguments(self, name: str, field: GraphQLField) -> str:
        given: dict[str, Any] = {}
        if "first" in field.args and "last" in field.args:
            forwards, size = self._random.random() < 0.7, self._random.choice([0, 1, 2, 3, 7])
            given["first" if forwards else "last"] = size
            if self._random.random() < 0.1 and self._cursors:
                given["after" if forwards else "before"] = self._random.choice(self._cursors)
        for argument, definition in field.args.items():
            needed = isinstance(definition.type, GraphQLNonNull)
            if argument not in PAGING and (needed or self._random.random() < 0.3):
                given[argument] = self._value(definition.type, argument, name)
            elif argument == "first" and "last" not in field.args:
                given[argument] = self._random.randint(0, 8)
        if not given:
            return ""
        told = [
            f"{argument}: ${self._variable(str(field.args[argument].type), value)}" for argument, value in given.items()
        ]
        return f"({', '.join(told)})"

    def _value(self, kind: Any, argument: str, field: str) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(kind.of_type, argument, field)
        if isinstance(kind, GraphQLList):
            return [self._value(kind.of_type, argument.removesuffix("s"), field)]
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            chosen = self._random.sample(list(kind.fields), 2)
            return {name: self._value(kind.fields[name].type, name, field) for name in chosen}
        return self._scalar(kind.name, argument, field)

    def _scalar(self, kind: str, argument: str, field: str) -> Any:
        if kind == "ID":
            wanted = argument.removesuffix("Id") if argument.endswith("Id") else field
            prefix = {"batchId": "batch", "placement": "batch", "assignedTo": "user"}.get(
                argument if argument != "id" else field, wanted
            )
            known = self._ids.get(prefix) or [one for many in self._ids.values() for one in many]
            return self._random.choice(list(known))
        if argument == "ageingBucket":
            return self._random.choice(["current", "31-60", "180+"])
        if argument == "where":
            return {"field": "balance", "op": "gte", "value": 1}
        if argument == "after":
            return "0.0"
        samples = {
            "String": "COP", "Int": 3, "Boolean": True, "BigInt": "100", "Date": "2026-06-30", "JSON": {},
            "Decimal": "1.5", "DateTime": "2026-06-30T00:00:00Z",
        }  # fmt: skip
        return samples[kind]
