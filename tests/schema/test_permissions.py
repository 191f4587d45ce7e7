"""Who may do what: every root field times every role, made from the schema. A new field is covered without being named."""

from datetime import date
from importlib.metadata import EntryPoint
from typing import Any
from uuid import UUID

import pytest

from core.interest.models import PauseReason
from core.interest.pause_interest import PauseInterest, pause_interest
from core.kit import db
from core.kit.filters import EVERYTHING
from core.kit.ids import encode, new_id
from core.kit.scope import Scope
from core.permissions import Permission
from core.plugin_host.enable_offer import enable_offer
from core.segments.save_segment import SaveSegment, save_segment
from schema.kit.access import Requires
from tenants.models import Role
from tenants.permissions import ROLE_PERMISSIONS
from tests.schema.added import installed_and_acme, with_acme
from tests.schema.conftest import Api
from tests.schema.operations import operation, operations
from tests.schema.sql.furnish import insert

GRAPHQL = with_acme()._schema
FIELDS = [(root, name) for root in ("Query", "Mutation") for name, _ in operations(GRAPHQL, root)]
# Their input holds a file, which only a multipart request can bring; the upload has tests of its own.
NEEDS_A_FILE = {"placementUpload", "bankStatementImport", "furnishingAnswerUpload"}


@pytest.fixture
def plugins() -> list[EntryPoint]:
    """With a plugin that adds to the API: what it adds is swept like everything else."""
    return installed_and_acme()


@pytest.fixture
async def api(api: Api) -> Api:
    """The plugin is enabled at both agencies."""
    for scope in (api.house.north, api.house.south):
        await enable_offer(scope, "acme", {})
    return api


def _permission(root: str, name: str) -> Permission | None:
    definition = GRAPHQL.type_map[root].fields[name].extensions["strawberry-definition"]
    return next(e.permission for e in definition.extensions if isinstance(e, Requires))


async def _counts(api: Api) -> dict[str, int]:
    """How many rows each tenant table of the north has: what a refused request must not change."""
    async with db.transaction(api.house.north) as tx:
        tables = await tx.fetch(
            "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'recobro_agency' "
            "AND privilege_type = 'SELECT' AND table_schema = 'public' AND table_name NOT LIKE 'recovery\\_%'"
        )
        counts = {row[0]: await tx.fetchval(f'SELECT count(*) FROM "{row[0]}"') for row in tables}
        # The schedule works beside: what the program itself asks for, and tells, is not the caller's. It folds the totals
        # (recovery_…), too, which only follow from debts and payments.
        counts["event"] = await tx.fetchval("SELECT count(*) FROM event WHERE actor NOT LIKE 'system:%'")
        counts["job"] = await tx.fetchval("SELECT count(*) FROM job WHERE scope #>> '{actor,0}' <> 'system'")
        return counts


async def test_a_role_without_the_permission_is_refused_and_nothing_happens(api: Api) -> None:
    before = await _counts(api)
    for role in Role:
        person = await api.person(role)
        for root, name in FIELDS:
            permission = _permission(root, name)
            if permission is None or permission in ROLE_PERMISSIONS[role] or name in NEEDS_A_FILE:
                continue
            body = operation(root, name, GRAPHQL.type_map[root].fields[name], lambda kind: encode(kind, new_id()))
            answer = (await api.http.post("/graphql", json=body, headers=person.headers)).json()
            codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
            assert codes == ["FORBIDDEN"], (role, name, answer)
    assert await _counts(api) == before


async def test_a_role_with_the_permission_gets_past_the_guard(api: Api) -> None:
    for role in (Role.AGENCY_ADMIN, Role.CREDITOR_ADMIN, Role.COLLECTOR):
        person = await api.person(role)
        for root, name in FIELDS:
            permission = _permission(root, name)
            if permission not in ROLE_PERMISSIONS[role] or name in NEEDS_A_FILE:
                continue
            body = operation(root, name, GRAPHQL.type_map[root].fields[name], lambda kind: encode(kind, new_id()))
            answer = (await api.http.post("/graphql", json=body, headers=person.headers)).json()
            codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
            assert "FAULT" not in codes, (role, name, answer)


async def test_without_a_token_everything_asks_for_one(api: Api) -> None:
    for root, name in FIELDS:
        if name in NEEDS_A_FILE:
            continue
        body = operation(root, name, GRAPHQL.type_map[root].fields[name], lambda kind: encode(kind, new_id()))
        answer = (await api.http.post("/graphql", json=body)).json()
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["TOKEN_MISSING"], (name, answer)


async def _foreign_ids(api: Api) -> dict[str, str]:
    south, there = api.house.south, api.house.bank_south
    paused = await pause_interest(
        south,
        PauseInterest(debt_id=api.foreign.id, first_on=date(2026, 3, 1), last_on=None, reason=PauseReason.DISPUTE),
    )
    segment = await save_segment(south, SaveSegment(name="theirs", tree=EVERYTHING))
    return {
        "debt": encode("debt", api.foreign.id),
        "component": encode("component", api.foreign.components[0]),
        "mandate": encode("mandate", there.mandate_id),
        "portfolio": encode("portfolio", there.portfolio_id),
        "agency": encode("agency", south.agency),
        "segment": encode("segment", segment.segment_id),
        "pause": encode("pause", paused.pause_id),
        **await _case_ids(south, there.creditor_id, api.foreign.id),
    }


async def _case_ids(scope: Scope, creditor_id: UUID, debt_id: UUID) -> dict[str, str]:
    """A case at court with an open deadline, and a cost and money that wait for a decision."""
    async with db.transaction(scope) as tx:
        mine = {"creditor_id": creditor_id}
        handoff = await insert(
            tx, "legal_handoff", **mine, debt_id=debt_id, state="ACCEPTED", dossier={"case": {"country": "CO"}}
        )
        of = {**mine, "handoff_id": handoff}
        event = await insert(tx, "legal_event", **of, kind="INADMITTED")
        deadline = await insert(tx, "legal_deadline", **of, event_id=event, code="correct_claim", party="OURS")
        cost = await insert(tx, "legal_cost", **of, kind="BOND", currency="COP", approver="AGENCY", charged=True)
        told = await insert(tx, "legal_money", **of, event_id=event, kind="DIRECT", currency="COP")
    return {
        "handoff": encode("handoff", handoff),
        "deadline": encode("deadline", deadline),
        "cost": encode("cost", cost),
        "legal_money": encode("legal_money", told),
    }


@pytest.mark.parametrize("role", [Role.AGENCY_ADMIN, Role.CREDITOR_VIEWER, Role.CREDITOR_APPROVER])
async def test_somebody_elses_id_answers_as_an_id_that_nobody_has(api: Api, role: Role) -> None:
    """The agency of the north with ids of the south; the bank with ids of the shop. Byte for byte, but for the id."""
    person = await api.person(role)
    if role is Role.AGENCY_ADMIN:
        foreign = await _foreign_ids(api)
    else:
        shop = api.house.shop
        foreign = {
            "debt": encode("debt", api.rival.id),
            "component": encode("component", api.rival.components[0]),
            "creditor": encode("creditor", shop.creditor_id),
            "mandate": encode("mandate", shop.mandate_id),
            "portfolio": encode("portfolio", shop.portfolio_id),
            **await _case_ids(api.house.north, shop.creditor_id, api.rival.id),
        }
    compared = 0
    for root, name in FIELDS:
        if name in NEEDS_A_FILE or _permission(root, name) not in {None, *ROLE_PERMISSIONS[role]}:
            continue
        if name in ("sessionsRevoke", "passwordChange"):
            continue  # they are about the caller itself
        for kind, theirs in foreign.items():
            nobodys = encode(kind, new_id())
            answers: list[Any] = []
            for given in (theirs, nobodys):
                ids = {kind: given}
                field = GRAPHQL.type_map[root].fields[name]
                body = operation(root, name, field, lambda k, ids=ids: ids.get(k) or encode(k, new_id()))
                if given not in str(body["variables"]):
                    break
                answer = await api.http.post("/graphql", json=body, headers=person.headers)
                answers.append((answer.status_code, answer.text.replace(given, "ID")))
            if len(answers) == 2:
                compared += 1
                assert answers[0] == answers[1], (name, kind, answers)
    assert compared >= 10, "the sweep sent nothing worth comparing"
