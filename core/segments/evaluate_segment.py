"""Find out which debts are in a segment now, and store it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.kit import db
from core.kit.db import Tx
from core.kit.errors import not_found
from core.kit.events import emit
from core.kit.filters import Filter
from core.kit.pages import Args
from core.kit.scope import Scope
from core.permissions import Permission
from core.worklists.fields import DEBT_FIELDS, SOURCE


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEvaluated:
    """`entered` and `left` count what changed since the evaluation before; `members` is how many there are now."""

    segment_id: UUID
    version: int
    entered: int
    left: int
    members: int
    evaluated_at: datetime


async def evaluate_segment(scope: Scope, segment_id: UUID) -> SegmentEvaluated:
    """Store the debts that the segment's filter lets through now: what left is deleted, what is new is added, and
    what stays is not touched. Days past due count to today in the zone of each debt's mandate.

    Raises: Forbidden; NotFound (segment); InvalidInput where the stored filter asks for what there is no more.
    """
    scope.require(Permission.SEGMENT_MANAGE)
    async with db.transaction(scope) as tx:
        return await evaluate(tx, segment_id)


async def evaluate(tx: Tx, segment_id: UUID) -> SegmentEvaluated:
    """As `evaluate_segment`, in a transaction of the caller's, who has asked for the permission."""
    # A plan for these values: one made for a small segment could take hours for a large one.
    await tx.execute(
        "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'; SET LOCAL plan_cache_mode = force_custom_plan"
    )
    # The lock makes evaluations of one segment follow each other; the next statement sees what the one before stored.
    segment = await tx.fetchrow(
        "SELECT tree, version FROM segment WHERE agency_id = $1 AND id = $2 FOR NO KEY UPDATE",
        tx.scope.agency, segment_id,
    )  # fmt: skip
    if segment is None:
        raise not_found("segment", "segment_id")
    sql, args = statement(tx.scope.agency, segment_id, DEBT_FIELDS.from_json(segment["tree"]), tx.now)
    counts = await tx.fetchrow(sql, *args.values)
    assert counts is not None
    result = {name: int(counts[name]) for name in ("entered", "left", "members")}
    await emit(tx, "segment.evaluated", segment_id, {"version": segment["version"], **result})
    return SegmentEvaluated(segment_id=segment_id, version=segment["version"], evaluated_at=tx.now, **result)


def statement(agency_id: UUID, segment_id: UUID, tree: Filter, now: datetime) -> tuple[str, Args]:
    """The one statement that evaluates a filter, stores the difference and tells its size.

    It returns `entered`, `left` and `members`. One join of what matches with what is stored finds the difference; so
    where little has changed, little is written.
    """
    args = Args(now, agency_id, segment_id)
    condition = DEBT_FIELDS.compile(tree, args)
    return _EVALUATE.format(source=SOURCE, condition=condition), args


_EVALUATE = """
WITH changed AS MATERIALIZED (
  SELECT COALESCE(found.id, stored.debt_id) AS debt_id, found.id IS NOT NULL AS enters
  FROM (SELECT d.id FROM {source} WHERE d.agency_id = $2 AND ({condition})) AS found
  FULL JOIN (SELECT debt_id FROM segment_member WHERE agency_id = $2 AND segment_id = $3) AS stored
    ON stored.debt_id = found.id
  WHERE found.id IS NULL OR stored.debt_id IS NULL
), gone AS (
  DELETE FROM segment_member m USING changed
  WHERE m.agency_id = $2 AND m.segment_id = $3 AND m.debt_id = changed.debt_id AND NOT changed.enters
), added AS (
  INSERT INTO segment_member (agency_id, segment_id, debt_id, since)
  SELECT $2, $3, debt_id, $1 FROM changed WHERE enters
), told AS (
  SELECT count(*) FILTER (WHERE enters) AS entered, count(*) FILTER (WHERE NOT enters) AS left FROM changed
)
UPDATE segment SET members = members + told.entered - told.left, evaluated_at = $1, stale = false FROM told
WHERE agency_id = $2 AND id = $3 RETURNING told.entered, told.left, members
"""
