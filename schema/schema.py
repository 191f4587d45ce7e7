"""The schema: our roots and those of plugins, with access, limits and error handling around every operation."""

from copy import copy
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema
from strawberry.extensions import DisableIntrospection, MaxTokensLimiter, ParserCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from core.plugin_host import host
from schema.added.added import Added, added_by
from schema.kit.errors import ERROR_TYPES
from schema.kit.faults import log_errors
from schema.kit.limits import MAX_TOKENS, Limits
from schema.kit.scalars import SCALARS
from schema.kit.validation import KEPT, Validation
from schema.mutations import Mutation
from schema.queries import Query
from schema.sql.cache import Plans
from schema.sql.extension import Compiled
from schema.sql.plan import Plan
from schema.subscriptions import Subscription
from schema.types import TYPES


class Schema(strawberry.Schema):
    """Strawberry's schema with the plans of the read compiler, and what plugins have added."""

    def __init__(self, *args: Any, added: Added, **kwargs: Any) -> None:
        self._added = added
        super().__init__(*args, **kwargs)
        self.plans = Plans[Plan]()

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        # Here and not in the types, which every schema of this process shares.
        return [*type_definition.fields, *self._added.fields.get(type_definition.name, ())]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        log_errors(errors, execution_context)


def build_installed(*, introspection: bool = True) -> Schema:
    """The schema of this installation: the core's, and what its plugins add. A plugin that has no place in it is
    blocked. After the plugins are loaded. Raises: PluginLoadError in strict mode."""
    extensions = host.extensions()
    if not extensions:
        return build_schema(introspection=introspection)
    core: GraphQLSchema = build_schema()._schema  # pyright: ignore[reportPrivateUsage]
    objects = [kind for kind in core.type_map.values() if isinstance(kind, GraphQLObjectType)]
    fields = [f"{kind.name}.{name}" for kind in objects for name in kind.fields]
    added = added_by(extensions, [*core.type_map, *fields])
    for plugin, reason in added.refused.items():
        host.refuse(plugin, reason)
    return build_schema(added, introspection=introspection)


def build_schema(added: Added | None = None, *, introspection: bool = True) -> Schema:
    """The core's schema with what is added to it, and with plans of its own. Without introspection in production."""
    if added is not None:
        return _schema(added, introspection)
    built = copy(_built(introspection))
    built.plans = Plans[Plan]()
    return built


@cache
def _built(introspection: bool) -> Schema:
    # Types and checks are the same for every application of a process, and take half a second.
    return _schema(Added(), introspection)


def _schema(added: Added, introspection: bool) -> Schema:
    extensions: list[Any] = [
        lambda: ParserCache(maxsize=KEPT),
        lambda: MaxTokensLimiter(MAX_TOKENS),
        Validation,
        Limits,
        Compiled,
    ]
    if not introspection:
        extensions.append(DisableIntrospection)
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*ERROR_TYPES, *TYPES],
        added=added,
        extensions=extensions,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
