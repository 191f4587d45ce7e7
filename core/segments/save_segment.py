"""Name a filter over debts, or change one that has a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from core.kit import db
from core.kit.db import Row, Tx
from core.kit.errors import Conflict, not_found
from core.kit.events import emit
from core.kit.filters import And, Compare, Filter, Not, Or, to_json
from core.kit.ids import new_id
from core.kit.scope import Scope
from core.mandates.create_mandate import check_name, name_taken
from core.permissions import Permission
from core.worklists.fields import DEBT_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSegment:
    """`tree` is a filter over the fields of worklists, as it is or in its stored form.

    Without `segment_id` a new segment is made. `version` is the one that a change was made from; without it the change
    is made to whatever is there.
    """

    name: str
    tree: Filter | Mapping[str, Any]
    segment_id: UUID | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSaved:
    """`changed` is False where the segment was there as it was given (a request that came twice)."""

    segment_id: UUID
    version: int
    words: str
    changed: bool


async def save_segment(scope: Scope, command: SaveSegment) -> SegmentSaved:
    """Keep a filter under a name. Its members stay those of the last evaluation, `stale`, until the next one.

    Raises: Forbidden; NotFound (segment); InvalidInput (name; FILTER_SHAPE, FILTER_FIELD, FILTER_OPERATOR,
    FILTER_VALUE); LimitExceeded (FILTER_TOO_LARGE); Conflict (NAME_TAKEN, SEGMENT_CHANGED).
    """
    scope.require(Permission.SEGMENT_MANAGE)
    name, tree = check_name(command.name), _checked(command.tree)
    stored, words = to_json(tree), DEBT_FIELDS.describe(tree)
    async with db.transaction(scope) as tx:
        row, changed = (
            await _create(tx, name, stored, words)
            if command.segment_id is None
            else await _change(tx, command.segment_id, command.version, name, stored, words)
        )
        if changed:
            data = {"name": name, "version": row["version"], "tree": stored, "words": words}
            await emit(tx, "segment.saved", row["id"], data)
    return SegmentSaved(segment_id=row["id"], version=row["version"], words=row["words"], changed=changed)


def _checked(tree: Filter | Mapping[str, Any]) -> Filter:
    return DEBT_FIELDS.check(tree) if isinstance(tree, And | Or | Not | Compare) else DEBT_FIELDS.from_json(tree)


async def _create(tx: Tx, name: str, stored: dict[str, Any], words: str) -> tuple[Row, bool]:
    row = await tx.fetchrow(
        "INSERT INTO segment (agency_id, id, name, tree, words, created_at, updated_at, updated_by) "
        "VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT (agency_id, name) DO NOTHING RETURNING *",
        tx.scope.agency, new_id(), name, stored, words, tx.now, str(tx.scope.actor),
    )  # fmt: skip
    if row is not None:
        return row, True
    there = await tx.fetchrow("SELECT * FROM segment WHERE agency_id = $1 AND name = $2", tx.scope.agency, name)
    if there is None or there["tree"] != stored:
        raise name_taken("segment", name)
    return there, False


async def _change(
    tx: Tx, segment_id: UUID, version: int | None, name: str, stored: dict[str, Any], words: str
) -> tuple[Row, bool]:
    old = await tx.fetchrow(
        "SELECT * FROM segment WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.scope.agency, segment_id
    )
    if old is None:
        raise not_found("segment", "segment_id")
    if (old["name"], old["tree"]) == (name, stored):
        return old, False
    if version is not None and version != old["version"]:
        raise Conflict(
            "Somebody else has changed the segment meanwhile.", code="SEGMENT_CHANGED", field="version",
            remedy="Read it again, and make your change to what is there now.",
        )  # fmt: skip
    try:
        changed = await tx.fetchrow(
            "UPDATE segment SET name = $3, tree = $4, words = $5, version = version + 1, stale = stale OR tree <> $4, "
            "updated_at = $6, updated_by = $7 WHERE agency_id = $1 AND id = $2 RETURNING *",
            tx.scope.agency, segment_id, name, stored, words, tx.now, str(tx.scope.actor),
        )  # fmt: skip
    except asyncpg.UniqueViolationError as problem:
        raise name_taken("segment", name) from problem
    assert changed is not None
    return changed, True
