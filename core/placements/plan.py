"""One statement reads all rows of a file: text, then typed values, then checks. A plan collects its pieces.

`staged` (text) becomes `entry`: one row for each record that is not blank, with typed values (NULL where they can not
be read) and a bit set in `flags…` for each check that it fails. Rows without a fault cost nothing more.
"""

# ruff: noqa: S608 - what is put together here are names and expressions of the program; values are bound

from dataclasses import dataclass, field

from core.kit.db import Tx
from core.kit.pages import Args
from core.placements.kinds import RowOutcome
from core.placements.layout import Layout, Source
from core.placements.staging import Staged

_BITS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """`fails` is a condition on the values of a row; `code` a SQL expression on its text (mostly a constant)."""

    outcome: RowOutcome
    code: str
    label: str
    given: str
    fails: str


@dataclass(slots=True)
class Plan:
    """Values by name, in three layers: each may use the ones before by their names. `hidden` ones are not kept."""

    staged: Staged
    layout: Layout
    args: Args = field(default_factory=Args)
    texts: dict[str, str] = field(default_factory=dict[str, str])
    typed: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    derived: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    checks: list[Check] = field(default_factory=list[Check])
    hidden: set[str] = field(default_factory=set[str])

    def raw(self, source: Source) -> str:
        """What stands in the file for a source, blanks around it removed; '' for a constant."""
        return f"btrim(s.{self.staged.column(source.column)}, E' \\t\\r\\n\\u00a0')" if source.column else "''"

    def text(self, name: str, source: Source) -> str:
        """Add the text of a source, its values translated, NULL where blank; returns its name in the next layer."""
        found = f"NULLIF({self.raw(source)}, '')" if source.column else f"{self.args.add(source.constant)}::text"
        if source.values:
            cases = " ".join(
                f"WHEN {self.args.add(given.casefold())}::text THEN {self.args.add(meant)}::text"
                for given, meant in source.values.items()
            )
            found = f"NULLIF(CASE lower({found}) {cases} ELSE {found} END, '')"
        self.texts[f"t_{name}"] = found
        return f"t_{name}"

    def check(self, source: Source | None, code: str, fails: str, outcome: RowOutcome = RowOutcome.REJECTED) -> None:
        """A check with a constant code; without a source it is about the row."""
        self.check_as(source, f"'{code}'", fails, outcome)

    def check_as(self, source: Source | None, code: str, fails: str, outcome: RowOutcome = RowOutcome.REJECTED) -> None:
        """A check whose code depends on what stands there: `code` is SQL on the text of `raw(source)`."""
        label = (source.column or "") if source is not None else ""
        given = self.raw(source) if source is not None else "''"
        self.checks.append(Check(outcome, code, label, given, fails))

    def flags(self) -> list[str]:
        return [f"flags{group}" for group in range((len(self.checks) - 1) // _BITS + 1)]

    def fine(self, alias: str) -> str:
        """The condition that a row of `entry` fails no check that refuses it."""
        conditions: list[str] = []
        for group, name in enumerate(self.flags()):
            checks = self.checks[group * _BITS : (group + 1) * _BITS]
            mask = sum(1 << place for place, check in enumerate(checks) if check.outcome is not RowOutcome.WARNING)
            conditions.append(f"{alias}.{name} & {mask} = 0")
        return " AND ".join(conditions)

    def _flag(self, group: int) -> str:
        checks = self.checks[group * _BITS : (group + 1) * _BITS]
        return " | ".join(
            f"CASE WHEN {one.fails} THEN {1 << place}::bigint ELSE 0 END" for place, one in enumerate(checks)
        )


async def read_entries(tx: Tx, plan: Plan) -> None:
    """Make `entry` from `staged`."""
    staged = plan.staged
    columns = {name: value for name, value in {**plan.typed, **plan.derived}.items() if name not in plan.hidden}
    await _line_table(tx, staged)
    line = "l.line" if staged.broken else f"s.n + {staged.header.lines}"
    lines = " JOIN line_of l ON l.n = s.n" if staged.broken else ""
    every = ", ".join(f"s.c{place + 1}" for place in range(len(staged.header.names)))
    texts = ", ".join(f"{sql} AS {name}" for name, sql in plan.texts.items())
    typed = ", ".join(f"{sql} AS {name}" for name, (_, sql) in plan.typed.items())
    derived = "".join(f", {sql} AS {name}" for name, (_, sql) in plan.derived.items())
    flags = ", ".join(plan._flag(group) for group in range(len(plan.flags())))  # pyright: ignore[reportPrivateUsage]
    defined = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
    await tx.execute(
        f"CREATE TEMP TABLE entry (n bigint, line bigint, {defined}, "
        f"{', '.join(f'{one} bigint' for one in plan.flags())}) "
        "ON COMMIT DROP"
    )
    await tx.execute(
        f"INSERT INTO entry (n, line, {', '.join(columns)}, {', '.join(plan.flags())}) "
        f"SELECT n, line, {', '.join(columns)}, {flags} FROM ("
        f"SELECT b.*{derived} FROM (SELECT a.*, {typed} FROM ("
        f"SELECT s.n, {line} AS line, {texts} FROM staged s{lines} WHERE COALESCE({every}) IS NOT NULL "
        "OFFSET 0) a OFFSET 0) b OFFSET 0) c",
        *plan.args.values,
    )
    await tx.execute("ANALYZE entry (n, reference)")


async def _line_table(tx: Tx, staged: Staged) -> None:
    """`line_of`, where values hold line breaks: the line in which each record begins."""
    if not staged.broken:
        return
    columns = [
        f"COALESCE(length(c{n}) - length(replace(c{n}, E'\\n', '')), 0)" for n in range(1, len(staged.header.names) + 1)
    ]
    await tx.execute("CREATE TEMP TABLE line_of (n bigint, line bigint) ON COMMIT DROP")
    await tx.execute(
        "INSERT INTO line_of SELECT n, n + $1::int + sum(breaks) OVER (ORDER BY n) - breaks "
        f"FROM (SELECT n, {' + '.join(columns)} AS breaks FROM staged) b",
        staged.header.lines,
    )
    await tx.execute("ANALYZE line_of")


async def collect_issues(tx: Tx, plan: Plan) -> None:
    """Make `issue` and write into it what the checks found."""
    await tx.execute(
        "CREATE TEMP TABLE issue (n bigint, line bigint, outcome text, code text, label text, given text, "
        "reference text) "
        "ON COMMIT DROP"
    )
    rows: list[str] = []
    for number, check in enumerate(plan.checks):
        hit = f"e.flags{number // _BITS} & {1 << number % _BITS}"
        rows.append(f"({hit}, '{check.outcome.value}', {check.code}, {_label(check.label)}, {check.given})")
    marked = " OR ".join(f"e.{name} <> 0" for name in plan.flags())
    await tx.execute(
        "INSERT INTO issue SELECT e.n, e.line, v.outcome, v.code, v.label, left(v.given, 200), left(e.reference, 80) "
        f"FROM entry e JOIN staged s ON s.n = e.n CROSS JOIN LATERAL (VALUES {', '.join(rows)}) "
        f"AS v (hit, outcome, code, label, given) WHERE ({marked}) AND v.hit <> 0"
    )


def _label(label: str) -> str:
    return "'" + label[:120].replace("'", "''") + "'"
