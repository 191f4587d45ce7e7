"""A new version of how a creditor's file of one kind reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.kit import db
from core.kit.errors import not_found
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.kinds import FileKind
from core.permissions import Permission
from core.placements.layout import read_layout


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveFileLayout:
    """`layout` as in core/placements/layout.py."""

    mandate_id: UUID
    kind: FileKind
    layout: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLayoutSaved:
    layout_id: UUID
    version: int


async def save_file_layout(scope: Scope, command: SaveFileLayout) -> FileLayoutSaved:
    """Keep a layout as the newest version of its kind; batches of earlier versions keep theirs.

    Raises: NotFound (mandate), InvalidInput (INVALID_LAYOUT, naming the field).
    """
    scope.require(Permission.MANDATE_MANAGE)
    layout = read_layout(command.kind, command.layout).model_dump(mode="json", exclude_none=True)
    layout_id = new_id()
    async with db.transaction(scope) as tx:
        # The lock makes versions of one mandate follow each other.
        creditor_id = await tx.fetchval(
            "SELECT creditor_id FROM mandate WHERE agency_id = $1 AND id = $2 FOR UPDATE",
            scope.agency,
            command.mandate_id,
        )
        if creditor_id is None:
            raise not_found("mandate", "mandate_id")
        version: int = await tx.fetchval(
            "INSERT INTO file_layout (agency_id, id, creditor_id, mandate_id, kind, version, layout) "
            "SELECT $1, $2, $3, $4, $5::text, COALESCE(max(version), 0) + 1, $6 FROM file_layout "
            "WHERE agency_id = $1 AND mandate_id = $4 AND kind = $5::text RETURNING version",
            scope.agency, layout_id, creditor_id, command.mandate_id, command.kind, layout,
        )  # fmt: skip
    return FileLayoutSaved(layout_id=layout_id, version=version)
