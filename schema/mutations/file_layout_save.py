"""`fileLayoutSave`."""

import strawberry

from core.kit import ids
from core.kit.errors import InvalidInput
from core.mandates.kinds import FileKind
from core.permissions import Permission
from core.placements.save_file_layout import SaveFileLayout, save_file_layout
from schema.kit.access import mutation
from schema.kit.context import Info
from schema.kit.errors import Payload
from schema.kit.node import loaded
from schema.kit.scalars import JSON
from schema.types.mandates import FileLayout


@strawberry.input(description="How a creditor's file of one kind reads.")
class FileLayoutSaveInput:
    mandate_id: strawberry.ID = strawberry.field(description="The mandate whose files it is for.")
    kind: FileKind = strawberry.field(description="What the file brings.")
    layout: JSON = strawberry.field(description="Format and columns (docs/agency.md).")


@strawberry.type(description="The new version of the layout.")
class FileLayoutSavePayload(Payload):
    layout: FileLayout | None = strawberry.field(default=None, description="The layout.")


@mutation(Permission.MANDATE_MANAGE)
async def file_layout_save(info: Info, input: FileLayoutSaveInput) -> FileLayoutSavePayload:
    """Say how a creditor's file of one kind reads: header names as the creditor has them, date and number formats."""
    if not isinstance(input.layout, dict):
        raise InvalidInput("A layout is a JSON object.", code="INVALID_LAYOUT", field="layout")
    saved = await save_file_layout(
        info.context.scope,
        SaveFileLayout(
            mandate_id=ids.decode("mandate", input.mandate_id, field="mandateId"),
            kind=input.kind,
            layout=input.layout,
        ),
    )
    return FileLayoutSavePayload(layout=await loaded(info, FileLayout, saved.layout_id))
