"""The schema: our roots and those of plugins, with access, limits and error handling around every operation."""

from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import DisableIntrospection, MaxTokensLimiter, ParserCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

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
    """Strawberry's schema with the plans of the read compiler."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = Plans[Plan]()

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        log_errors(errors, execution_context)


def build_schema(*, introspection: bool = True) -> Schema:
    """The schema of this installation. Without introspection in production."""
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
        extensions=extensions,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
