"""The SQL of nested selections, as files to read and to compare. RECOBRO_WRITE_SNAPSHOTS=1 writes them anew."""

import os
import re
from pathlib import Path

import pytest
from graphql import parse

from core.kit.db import Database
from core.kit.ids import encode, new_id
from core.kit.scope import Scope
from schema.kit.context import Context
from schema.schema import build_schema
from schema.sql.plan import Plan
from tests.core.house import House, house
from tests.schema.sql.driver import listening

FOLDER = Path(__file__).parent / "snapshots"
SCHEMA = build_schema()
_LINES = re.compile(r" (?=(?:FROM|WHERE|ORDER BY|LEFT JOIN|CROSS JOIN|HAVING|LIMIT) )")
NESTED = """id reference balance { minorUnits formatted } nextReason assignee { name } creditor { name } mandate { name }
  components { kind balance { amount } }
  payments(first: 3, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    edges { cursor node { amount { formatted } paidOn allocations { componentKind amount { minorUnits } } } } }
  older: movements(last: 2) { nodes { kind delta { minorUnits } component { kind } } }"""
CREDITORS = NESTED.replace("nextReason assignee { name }", "")
OPERATIONS = {
    "debt_360": f"query($after: String) {{ debt(id: $id) {{ {NESTED} debtor {{ name identifiers {{ number }} }} }} }}",
    "worklist": f"query($after: String) {{ debts(first: 20, after: $start) {{ totalCount pageInfo {{ endCursor }} nodes {{ {NESTED} }} }} }}",
    "creditors_debts": f"query($after: String) {{ debts(first: 20) {{ nodes {{ {CREDITORS} agency {{ name }} }} }} }}",
}


async def _sql(scope: Scope, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    text = text.replace("$id", f'"{encode("debt", new_id())}"').replace(", after: $start", "")
    with listening(monkeypatch) as heard:
        answer = await Plan(SCHEMA, parse(text), None).run(Context(bearer=scope), {})
    assert answer is not None, "the operation is not compiled"
    (sql,) = heard.statements
    return _LINES.sub("\n", sql.strip()) + "\n"


def _scope(furnished: House, name: str) -> Scope:
    return furnished.bank_scope if name.startswith("creditor") else furnished.north


@pytest.mark.parametrize("name", OPERATIONS)
async def test_the_sql_of_a_nested_selection(database: Database, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = await _sql(_scope(await house(database), name), OPERATIONS[name], monkeypatch)
    file = FOLDER / f"{name}.sql"
    if os.environ.get("RECOBRO_WRITE_SNAPSHOTS") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(found)
    assert found == file.read_text()


def test_every_snapshot_is_of_an_operation() -> None:
    assert {file.stem for file in FOLDER.glob("*.sql")} == set(OPERATIONS)
