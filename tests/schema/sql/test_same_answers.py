"""The read compiler and the executor give the same answer to the same operation, for every role."""

from functools import cache, lru_cache
from random import Random
from typing import Any

import orjson
import pytest
from graphql import DocumentNode, parse, validate

from core.kit import clock, db
from core.kit.db import Database
from core.kit.ids import encode
from core.kit.scope import Scope
from schema.kit import validation
from schema.kit.context import Context
from schema.kit.fields import Mapped
from schema.kit.limits import check
from schema.kit.node import REGISTER
from schema.schema import Schema, build_schema
from schema.sql import plan as plan_module
from schema.sql.plan import Plan
from tenants.authenticate import authenticate
from tenants.models import Role
from tests.schema.conftest import Api
from tests.schema.sql.furnish import furnish
from tests.schema.sql.generator import Operation

pytestmark = pytest.mark.both_servers

SCHEMA = build_schema()
ROOTS = sorted(SCHEMA._schema.query_type.fields)
OPERATIONS = 4 * len(ROOTS)
# All roles ask for the same documents; to validate each anew would be most of what these tests cost.
validated = lru_cache(maxsize=2 * OPERATIONS)(validation._validated.__wrapped__)


@cache
def _document(text: str) -> DocumentNode:
    document = parse(text)
    assert not validate(SCHEMA._schema, document), text
    return document


async def _executed(text: str, variables: dict[str, Any], scope: Scope) -> Any:
    found = await SCHEMA.execute(text, variable_values=variables, context_value=Context(bearer=scope, compiled=False))
    return {"data": found.data, "errors": [(str(error.message), error.path) for error in found.errors or ()]}


async def _compiled(schema: Schema, text: str, variables: dict[str, Any], scope: Scope) -> Any:
    plan = Plan(schema, _document(text), None)
    found = await plan.run(Context(bearer=scope), variables)
    return None if found is None else {"data": orjson.loads(found.data), "errors": found.errors}


async def _both(text: str, variables: dict[str, Any], scope: Scope) -> tuple[Any, Any]:
    """The compiler's answer, and the executor's, which was the same before and after: what others do on this server
    decides which events may be read already."""
    for _ in range(20):
        before = await _executed(text, variables, scope)
        one = await _compiled(SCHEMA, text, variables, scope)
        if one is None or "events" not in text or before == await _executed(text, variables, scope):
            return one, before
    raise AssertionError("the events do not come to rest")


async def _ids(api: Api) -> dict[str, list[str]]:
    """Ids of every kind: the north's own, and somebody else's."""
    found: dict[str, list[str]] = {"user": []}
    for scope in (api.house.north, api.house.south):
        async with db.transaction(scope, read_only=True) as tx:
            for prefix, kind in REGISTER.items():
                rows = await tx.fetch(f"SELECT id FROM {kind.type.table.name} ORDER BY id LIMIT 4")
                found.setdefault(prefix, []).extend(encode(prefix, row["id"]) for row in rows)
    found["user"] = [encode("user", api.house.north.agency)]
    return found


@pytest.mark.parametrize("role", list(Role))
async def test_what_is_compiled_is_what_the_executor_says(
    api: Api, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(*_: object, **__: object) -> None:
        raise AssertionError("the compiled read failed, and the executor would have hidden it")

    monkeypatch.setattr(plan_module.log, "exception", failed)
    monkeypatch.setattr(validation, "_validated", validated)
    await furnish(api.house)
    scope = await authenticate((await api.person(role)).token)
    ids, compared, cursors = await _ids(api), 0, list[str]()
    for seed in range(OPERATIONS):
        random = Random(seed)
        names = [ROOTS[seed % len(ROOTS)], *random.sample(ROOTS, random.choice([0, 0, 0, 1]))]
        made = Operation(SCHEMA._schema, seed, ids, cursors)
        text = made.text(names)
        document = _document(text)
        try:
            check(SCHEMA._schema, document, None, made.variables)
        except Exception:
            continue
        with clock.at(clock.now()):
            one, other = await _both(text, made.variables, scope)
        if one is None:
            continue
        assert one == orjson.loads(orjson.dumps(other)), (text, made.variables)
        compared += 1
        cursors += _cursors(one["data"])[:2]
    permitted = role not in (Role.OPERATOR,)
    assert compared >= (15 if permitted else 3), f"{role}: only {compared} were compiled"


def _cursors(data: Any) -> list[str]:
    """The cursors in an answer, for later operations to go on from."""
    if isinstance(data, list):
        return [cursor for one in data for cursor in _cursors(one)]
    if isinstance(data, dict):
        found = [value for key, value in data.items() if key in ("endCursor", "startCursor", "cursor") and value]
        return found + [cursor for value in data.values() for cursor in _cursors(value)]
    return []


async def test_every_relation_names_a_column_of_its_table(database: Database) -> None:
    """A mapping that names a column that is not there fails here, and not on somebody's first query."""
    from strawberry.types.base import get_object_definition

    from schema.kit.fields import FromRow, Many, MappedField, One, Pages, columns_of
    from schema.kit.loading import target_of

    seen = 0
    todo = [kind.type for kind in REGISTER.values()]
    done: set[type[Mapped]] = set()
    while todo:
        kind = todo.pop()
        if kind in done:
            continue
        done.add(kind)
        own = {*database.columns[kind.table.name]}
        for field in get_object_definition(kind, strict=True).fields:
            if not isinstance(field, MappedField):
                continue
            mapping = field.mapping
            if isinstance(mapping, FromRow):
                assert {name for name in columns_of(mapping) if "." not in name} <= own, (kind, field.python_name)
            elif isinstance(mapping, One):
                assert mapping.key in own, (kind, field.python_name)
                todo.append(target_of(field))
            elif isinstance(mapping, Many | Pages):
                assert mapping.parent in database.columns[target_of(field).table.name], (kind, field.python_name)
                todo.append(target_of(field))
            seen += 1
    assert seen > 100
