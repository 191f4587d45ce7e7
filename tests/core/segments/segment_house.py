"""Debts that are late or not, segments of them, and who the database says is in one."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from core.debts.models import ComponentKind
from core.kit import db
from core.kit.filters import Compare, Filter, Op
from core.kit.scope import Scope
from core.segments.evaluate_segment import evaluate_segment
from core.segments.reads import segment
from core.segments.save_segment import SaveSegment, save_segment
from tests.core.house import make_debt

NOW = datetime(2026, 3, 10, 3, tzinfo=UTC)
"""In Bogotá it is still the 9th, in Madrid the 10th already."""
LATE = Compare("days_past_due", Op.GTE, 30)
ACTIVE = Compare("status", Op.EQ, "ACTIVE")


async def owing(scope: Scope, client: object, days: int | None = 40, minor: int = 100, **changes: object) -> UUID:
    due = date(2026, 3, 9) - timedelta(days=days) if days is not None else None
    parts = [(ComponentKind.PRINCIPAL, minor, due)]
    return (await make_debt(scope, client, parts, **changes)).id  # type: ignore[arg-type]


async def saved(scope: Scope, tree: Filter = LATE, name: str = "late") -> UUID:
    return (await save_segment(scope, SaveSegment(name=name, tree=tree))).segment_id


async def inside(scope: Scope, segment_id: UUID) -> dict[UUID, datetime]:
    """The stored members, as the database has them."""
    async with db.transaction(scope) as tx:
        rows = await tx.fetch("SELECT debt_id, since FROM segment_member WHERE segment_id = $1", segment_id)
    return {row["debt_id"]: row["since"] for row in rows}


async def counts(scope: Scope, segment_id: UUID) -> tuple[int, int, int]:
    done = await evaluate_segment(scope, segment_id)
    assert done.members == len(await inside(scope, segment_id)) == (await segment(scope, segment_id)).members
    return done.entered, done.left, done.members
