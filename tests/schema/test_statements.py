"""How many statements a read takes does not depend on how many rows it brings."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from core.kit.db import Tx
from core.kit.scope import Audience
from tenants.models import Role
from tests.core.house import make_debt
from tests.schema.conftest import Api

WORKLIST = """query($first: Int!) { debts(first: $first) { pageInfo { endCursor } nodes { id reference daysPastDue ageingBucket
  nextReason balance { formatted } creditor { name } mandate { name } portfolio { name } agency { name }
  components { kind balance { formatted } } payments(first: 3) { nodes { amount { formatted } allocations { amount { formatted } } } }
  movements(first: 3) { nodes { kind delta { formatted } } } legalHandoffs { state } bureauInquiries { state }
  debtor { name identifiers { number } contactPoints { value } addresses { city } } } } }"""


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements of the program's transactions, while the block lasts."""
    seen: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            original = getattr(Tx, name)

            async def counted(self: Tx, sql: str, *args: Any, _original: Any = original, **options: Any) -> Any:
                if self.scope.audience is Audience.AGENCY:  # the relay works beside
                    seen.append(sql)
                return await _original(self, sql, *args, **options)

            patch.setattr(Tx, name, counted)
        yield seen


async def test_a_worklist_of_forty_takes_the_statements_of_one(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    for number in range(40):
        await make_debt(
            api.house.north, api.house.bank, [("PRINCIPAL", 1_000 + number, date(2026, 3, 1))], reference=f"N-{number}"
        )
    await person.ask("{ viewer { id } }")  # the token is looked up once
    statements: dict[int, int] = {}
    for first in (1, 40):
        with counting(monkeypatch) as seen:
            page = await person.ask(WORKLIST, first=first)
        assert len(page["debts"]["nodes"]) == first
        statements[first] = len(seen)
    assert statements[40] == statements[1] <= 20, "\n".join(sql[:70] for sql in seen)
