"""Rounding of exact sums: what each way promises, and that the database does the same to the last unit."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from core.kit import db
from core.kit.db import Database
from core.kit.money import MAX_STEP, Rounding, rounded
from tests.core.house import house

D, R = Decimal, Rounding
exacts = st.one_of(
    st.decimals(-(10**15), 10**15, places=12),
    st.integers(-(10**9), 10**9).map(lambda halves: D(halves) / 2),
)
steps = st.sampled_from([1, 2, 3, 7, 50, 100, 5_000]) | st.integers(1, MAX_STEP)
ways = st.sampled_from(list(R))


@given(exacts, ways, steps)
def test_each_way_keeps_its_promise(exact: Decimal, way: Rounding, step: int) -> None:
    found, given_ = rounded(exact, way, step), Fraction(exact)
    assert found % step == 0
    off = abs(found - given_)
    if way is R.DOWN:
        assert off < step and abs(found) <= abs(given_)
        return
    assert 2 * off <= step
    if 2 * off == step:
        assert abs(found) > abs(given_) if way is R.HALF_UP else (found // step) % 2 == 0


async def test_the_database_rounds_the_same(database: Database) -> None:
    north = (await house(database)).north
    cases: list[tuple[Decimal, str, int]] = []

    @settings(max_examples=1_500, database=None)
    @given(exacts, ways, steps)
    def collect(exact: Decimal, way: Rounding, step: int) -> None:
        cases.append((exact, way.value, step))

    collect()
    for tie in ("0.5", "1.5", "-0.5", "-2.5", "50", "150", "250", "-150"):
        cases += [(D(tie), way.value, step) for way in R for step in (1, 100)]
    async with db.transaction(north) as tx:
        rows = await tx.fetch(
            "SELECT exact, way, step, money_rounded(exact, way, step) AS found "
            "FROM unnest($1::numeric[], $2::text[], $3::bigint[]) AS c (exact, way, step)",
            *map(list, zip(*cases, strict=True)),
        )
    assert len(rows) == len(cases) > 1_000
    for row in rows:
        assert row["found"] == rounded(row["exact"], R(row["way"]), row["step"]), dict(row)
