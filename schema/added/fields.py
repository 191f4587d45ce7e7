"""Fields of plugins on objects of the core: one call of the plugin for all objects of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from strawberry.annotation import StrawberryAnnotation

from core.kit import ids
from core.kit.errors import DomainError
from core.kit.scope import Audience
from core.permissions import Permission
from core.plugin_host.additions import AddedField
from core.plugin_host.ask_extension import field_values
from core.plugin_host.offers import LoadedOffer
from recobro_sdk.graphql import ObjectKey
from schema.added.core_types import CORE, CoreObject
from schema.added.values import Types
from schema.kit.context import Context
from schema.kit.fields import Batched, MappedField


def added_field(loaded: LoadedOffer, added: AddedField, types: Types) -> MappedField:
    """The field of the API. What the plugin is asked with comes in the same statement as the rest of the answer."""
    core, name, read = CORE[added.on], f"{added.on.value}.{added.name}", types.reader(added.type)
    columns = tuple(dict.fromkeys(column for need in added.needs for column in core.inputs[need].columns))

    async def load(context: Context, keys: Sequence[str]) -> Mapping[str, Any]:
        # The executor asks anew for what the read compiler could not bring; the plugin is not asked anew.
        if name in context.troubles:
            raise context.troubles[name]
        told = [_key(core, added.needs, columns, orjson.loads(key)) for key in keys]
        try:
            values = await field_values(context.scope, loaded, name, told, read)
        except DomainError as problem:
            context.troubles[name] = problem
            raise
        return dict(zip(keys, values, strict=True)) if values is not None else {}

    description = (
        f"{added.description}\n\nOf the plugin `{loaded.plugin}`. For the agency; null for a creditor, and where the "
        f"agency has not enabled `{loaded.code}`. Requires `{added.permission}`."
    )
    mapping = Batched(
        "id", load, only=Audience.AGENCY, requires=Permission(added.permission), cost=added.cost, more=("id", *columns)
    )
    field = MappedField(mapping, description)
    field.python_name = field.name = field.graphql_name = added.name
    field.type_annotation = StrawberryAnnotation(types.annotation(added.type))
    return field


def _key(core: CoreObject, needs: Sequence[str], columns: Sequence[str], row: Sequence[Any]) -> ObjectKey:
    of = dict(zip(columns, row[1:], strict=True))
    values = {need: core.inputs[need].tell(*(of[column] for column in core.inputs[need].columns)) for need in needs}
    return ObjectKey(ids.encode(core.prefix, UUID(row[0])), values)
