"""Queries and mutations of plugins."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from strawberry.types.field import StrawberryField

from core.permissions import Permission
from core.plugin_host.additions import AddedRoot
from core.plugin_host.ask_extension import ask_change, ask_query
from core.plugin_host.offers import LoadedOffer
from schema.added.values import Types
from schema.kit.access import mutation, query
from schema.kit.context import Info


def added_root(loaded: LoadedOffer, added: AddedRoot, types: Types) -> StrawberryField:
    """The field of Query or Mutation."""
    read = types.reader(added.type)
    tell = types.teller(added.input) if added.input is not None else None

    async def ask(info: Info, **given: Any) -> Any:
        scope = info.context.scope
        values = tell(given["input"]) if tell is not None else None
        if added.changes:
            return await ask_change(scope, loaded, added.name, values or {}, read)
        return await ask_query(scope, loaded, added.name, values, read)

    without = "" if added.changes else " Null where the agency has not enabled it."
    ask.__doc__ = f"{added.description}\n\nOf the plugin `{loaded.plugin}` (`{loaded.code}`).{without}"
    _sign(ask, added, types)
    decorate = mutation if added.changes else query
    field = decorate(Permission(added.permission), cost=added.cost)(ask)
    field.python_name = field.name = field.graphql_name = added.name
    return field


def _sign(function: Callable[..., Awaitable[Any]], added: AddedRoot, types: Types) -> None:
    """Let the function look as if it were written for this field."""
    returns = types.annotation(added.type)
    parameters = [inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info)]
    if added.input is not None:
        given = types.made[added.input]
        parameters.append(inspect.Parameter("input", inspect.Parameter.KEYWORD_ONLY, annotation=given))
    function.__signature__ = inspect.Signature(parameters, return_annotation=returns)  # pyright: ignore[reportFunctionMemberAccess]
    function.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": returns}
    function.__name__ = added.name
