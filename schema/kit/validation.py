"""Validation of a document: what is not valid beyond doubt (certain.py) is for graphql-core's rules, each as it is, in
about half the time.

graphql-core asks every rule for its methods for every kind of node, anew for each document, and then asks all rules at
every node. Which rules have a method for which kind is a matter of their classes, so here it is found out once.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, ClassVar, TypeAlias

from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    ValidationContext,
    ValidationRule,
)
from graphql.language.visitor import EnterLeaveVisitor
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from schema.kit.certain import certain

Rules: TypeAlias = tuple[type[ASTValidationRule], ...]
Method: TypeAlias = Callable[..., Any]
KEPT = 64
"""Documents whose errors are remembered: those that the executor answers, as all others have plans (schema/sql)."""


class Validation(SchemaExtension):
    """Validates each document; the same one once."""

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        schema: Any = context.schema
        assert context.graphql_document is not None
        found = _validated(schema._schema, context.graphql_document, context.validation_rules)
        context.pre_execution_errors = list(found)
        yield


@lru_cache(maxsize=KEPT)
def _validated(schema: GraphQLSchema, document: DocumentNode, rules: Rules) -> tuple[GraphQLError, ...]:
    return () if certain(schema, document, rules) else tuple(validate_document(schema, document, (together(rules),)))


@cache
def together(rules: Rules) -> type[ValidationRule]:
    """One rule that is all of the rules: it finds what they find, in their order."""
    return type("Together", (_Together,), {"rules": rules, "methods": {}})


class _Together(ValidationRule):
    """As graphql-core's ParallelVisitor: a rule that skips a node, or ends, is not asked below it, or ever again.

    What a rule returns beside that would change the document, which no rule of validation does.
    """

    rules: ClassVar[Rules]
    methods: ClassVar[dict[str, list[tuple[int, str | None, str | None]]]]

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._rules = [rule(context) for rule in self.rules]
        self._skipping: list[object] = [None] * len(self._rules)

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        known = self.enter_leave_map.get(kind)
        if known is None:
            known = self.enter_leave_map[kind] = self._enter_leave(kind)
        return known

    def _enter_leave(self, kind: str) -> EnterLeaveVisitor:
        if kind not in self.methods:
            self.methods[kind] = _methods(self.rules, kind)
        found = self.methods[kind]
        enters = [(n, getattr(self._rules[n], enter)) for n, enter, _ in found if enter]
        # Who may skip a node on its way in must be woken on its way out.
        leaves = [(n, getattr(self._rules[n], leave) if leave else None) for n, _, leave in found]
        return EnterLeaveVisitor(self._enter(enters) if enters else None, self._leave(leaves) if leaves else None)

    def _enter(self, enters: list[tuple[int, Method]]) -> Method:
        skipping = self._skipping

        def enter(node: Node, *args: Any) -> None:
            for n, method in enters:
                if skipping[n] is None:
                    result = method(node, *args)
                    if result is SKIP or result is False:
                        skipping[n] = node
                    elif result is BREAK or result is True:
                        skipping[n] = BREAK

        return enter

    def _leave(self, leaves: list[tuple[int, Method | None]]) -> Method:
        skipping = self._skipping

        def leave(node: Node, *args: Any) -> None:
            for n, method in leaves:
                if skipping[n] is None:
                    result = method(node, *args) if method is not None else None
                    if result is BREAK or result is True:
                        skipping[n] = BREAK
                elif skipping[n] is node:
                    skipping[n] = None

        return leave


def _methods(rules: Rules, kind: str) -> list[tuple[int, str | None, str | None]]:
    """The rules that have methods for a kind of node, by their numbers, with the names of those."""
    found = [(n, _name(rule, "enter", kind), _name(rule, "leave", kind)) for n, rule in enumerate(rules)]
    return [one for one in found if one[1] or one[2]]


def _name(rule: type[ASTValidationRule], verb: str, kind: str) -> str | None:
    return next((name for name in (f"{verb}_{kind}", verb) if getattr(rule, name, None)), None)
