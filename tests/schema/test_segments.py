"""Segments over HTTP: saved, evaluated by a job, read with their members, used in a list of debts; and their walls."""

import asyncio
from typing import Any

import pytest

from core.kit.ids import encode, new_id
from tenants.models import Role
from tests.journey.client import Person
from tests.schema.conftest import Api

ALL: dict[str, Any] = {"and": []}
SEGMENT = "id name tree words version evaluatedAt memberCount stale"
MEMBERS = "query($id: ID!) { segment(id: $id) { members { totalCount nodes { debtId since debt { id reference } } } } }"
IN_SEGMENT = "query($id: ID!) { debts(filter: {segmentId: $id}) { totalCount nodes { id } } }"


async def _save(person: Person, tree: Any = ALL, name: str = "late", **more: Any) -> dict[str, Any]:
    given = {"name": name, "tree": tree, **more}
    return await person.do("segmentSave", given, f"changed segment {{ {SEGMENT} }}")


async def _evaluated(person: Person, segment_id: str) -> None:
    asked = await person.do("segmentEvaluate", {"segmentId": segment_id}, "segment { id stale } job { id name }")
    assert (asked["segment"]["id"], asked["job"]["name"]) == (segment_id, "segments.evaluate")
    await person.job_done(asked["job"]["id"])


async def _codes(person: Person, mutation: str, **given: Any) -> list[tuple[str, str | None]]:
    payload = await person.attempt(mutation, given, "__typename")
    return [(error["code"], error["field"]) for error in payload["errors"]]


def _bank(api: Api) -> dict[str, Any]:
    return {"field": "creditor", "op": "eq", "value": encode("creditor", api.house.bank.creditor_id)}


async def test_a_segment_from_its_first_save_to_its_end(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    saved = await _save(admin, _bank(api))
    segment = saved["segment"]
    assert saved["changed"]
    assert (segment["version"], segment["stale"], segment["memberCount"], segment["evaluatedAt"]) == (
        1,
        True,
        "0",
        None,
    )
    assert segment["tree"]["value"] == str(api.house.bank.creditor_id)
    assert segment["words"] == f"creditor is {api.house.bank.creditor_id}"
    assert not (await _save(admin, _bank(api)))["changed"]

    await _evaluated(admin, segment["id"])
    found = (
        await admin.ask(
            f"query($id: ID!) {{ segment(id: $id) {{ {SEGMENT} jobs {{ name state }} }} }}", id=segment["id"]
        )
    )["segment"]
    assert (found["stale"], found["memberCount"]) == (False, "1")
    assert found["jobs"] == [{"name": "segments.evaluate", "state": "DONE"}]
    members = (await admin.ask(MEMBERS, id=segment["id"]))["segment"]["members"]
    assert members["totalCount"] == 1
    [member] = members["nodes"]
    assert (member["debtId"], member["debt"]["id"]) == (api.debt_id, api.debt_id)
    assert member["since"] == found["evaluatedAt"]
    assert (await admin.ask(IN_SEGMENT, id=segment["id"]))["debts"] == {"totalCount": 1, "nodes": [{"id": api.debt_id}]}

    changed = await _save(admin, ALL, "everything", segmentId=segment["id"], version=1)
    assert (changed["segment"]["version"], changed["segment"]["stale"], changed["segment"]["memberCount"]) == (
        2,
        True,
        "1",
    )
    await _evaluated(admin, segment["id"])
    assert (await admin.ask(IN_SEGMENT, id=segment["id"]))["debts"]["totalCount"] == 2

    gone = await admin.do("segmentDelete", {"segmentId": segment["id"]}, "segmentId memberCount")
    assert (gone["segmentId"], gone["memberCount"]) == (segment["id"], "2")
    assert await admin.ask(f"query($id: ID!) {{ segment(id: $id) {{ {SEGMENT} }} }}", id=segment["id"]) == {
        "segment": None
    }
    assert (await admin.ask(IN_SEGMENT, id=segment["id"]))["debts"]["totalCount"] == 0
    told: list[tuple[str, dict[str, int]]] = []
    async with asyncio.timeout(30):
        # Events are told when everything that began before them has ended, in other tests' databases, too.
        while not told or told[-1][0] != "segment.deleted":
            events = (await admin.ask("{ events(first: 100) { name data } }"))["events"]
            told = [(event["name"], event["data"]) for event in events if event["name"].startswith("segment.")]
    assert [name for name, _ in told] == [
        "segment.saved", "segment.evaluated", "segment.saved", "segment.evaluated", "segment.deleted",
    ]  # fmt: skip
    assert told[1][1] == {"version": 1, "entered": 1, "left": 0, "members": 1}
    assert told[3][1] == {"version": 2, "entered": 1, "left": 0, "members": 2}


async def test_pages_of_segments_and_of_members(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    ids = {name: (await _save(admin, name=name))["segment"]["id"] for name in ("b", "c", "a")}
    query = "query($after: String) { segments(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { name } } }"
    first = (await admin.ask(query))["segments"]
    rest = (await admin.ask(query, after=first["pageInfo"]["endCursor"]))["segments"]
    assert [node["name"] for page in (first, rest) for node in page["nodes"]] == ["a", "b", "c"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (3, True, False)

    await _evaluated(admin, ids["a"])
    query = "query($id: ID!, $after: String) { segment(id: $id) { members(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { debtId } } } }"
    first = (await admin.ask(query, id=ids["a"]))["segment"]["members"]
    rest = (await admin.ask(query, id=ids["a"], after=first["pageInfo"]["endCursor"]))["segment"]["members"]
    found = [node["debtId"] for page in (first, rest) for node in page["nodes"]]
    assert found == sorted([api.debt_id, encode("debt", api.rival.id)])
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_what_cannot_be_saved_is_told_as_data(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    one = (await _save(admin))["segment"]["id"]
    await _save(admin, _bank(api), "taken")
    for given, code in (
        ({"name": "x", "tree": {}}, ("FILTER_SHAPE", "filter")),
        ({"name": "x", "tree": [1]}, ("FILTER_SHAPE", "filter")),
        ({"name": "x", "tree": {"field": "nonsense", "op": "eq", "value": 1}}, ("FILTER_FIELD", "filter")),
        ({"name": "x", "tree": {"field": "balance", "op": "eq", "value": "1"}}, ("FILTER_VALUE", "filter")),
        ({"name": "x", "tree": {"field": "stage", "op": "gt", "value": "EARLY"}}, ("FILTER_OPERATOR", "filter")),
        # Who is in a segment would hang on when another was last evaluated.
        ({"name": "x", "tree": {"field": "segment", "op": "eq", "value": one}}, ("FILTER_FIELD", "filter")),
        ({"name": "taken", "tree": ALL}, ("NAME_TAKEN", "name")),
        ({"name": "x", "tree": ALL, "segmentId": one, "version": 7}, ("SEGMENT_CHANGED", "version")),
        ({"name": "x", "tree": ALL, "segmentId": api.debt_id}, ("ID_OF_ANOTHER_KIND", "segmentId")),
    ):  # fmt: skip
        assert await _codes(admin, "segmentSave", **given) == [code], given
    assert (await admin.ask("{ segments { nodes { name version } } }"))["segments"]["nodes"] == [
        {"name": "late", "version": 1}, {"name": "taken", "version": 1},
    ]  # fmt: skip


async def test_a_list_of_debts_asks_for_segments_with_everything_else(api: Api) -> None:
    admin = await api.person(Role.AGENCY_ADMIN)
    bank, everything = (await _save(admin, _bank(api), "bank"))["segment"]["id"], (await _save(admin))["segment"]["id"]
    for one in (bank, everything):
        await _evaluated(admin, one)
    rival = encode("debt", api.rival.id)
    query = "query($where: JSON, $id: ID) { debts(filter: {where: $where, segmentId: $id}) { nodes { id } } }"

    async def asked(where: Any, segment_id: str | None = None) -> set[str]:
        found = await admin.ask(query, where=where, id=segment_id)
        return {node["id"] for node in found["debts"]["nodes"]}

    def inside(op: str, value: Any) -> dict[str, Any]:
        return {"field": "segment", "op": op, "value": value}

    assert await asked(inside("eq", bank)) == {api.debt_id}
    assert await asked({"not": inside("eq", bank)}) == {rival}
    assert await asked(
        {"or": [inside("eq", bank), {"field": "creditor", "op": "ne", "value": str(api.house.bank.creditor_id)}]}
    ) == {api.debt_id, rival}
    assert await asked(inside("in", [bank, everything])) == {api.debt_id, rival}
    assert await asked(inside("in", [])) == set()
    assert await asked({"not": inside("eq", bank)}, everything) == {rival}
    answer = await api.http.post(
        "/graphql", headers=admin.headers, json={"query": query, "variables": {"where": inside("ne", bank)}}
    )
    assert answer.json()["errors"][0]["extensions"]["code"] == "FILTER_OPERATOR"


OPERATIONS = [
    f"query($id: ID!) {{ segment(id: $id) {{ {SEGMENT} members {{ totalCount nodes {{ debtId }} }} }} }}",
    f"query($id: ID!) {{ node(id: $id) {{ id ... on Segment {{ {SEGMENT} }} }} }}",
    IN_SEGMENT,
    'mutation($id: ID!) { segmentSave(input: {segmentId: $id, name: "x", tree: {and: []}}) { changed segment { id } errors { code message field } } }',
    "mutation($id: ID!) { segmentEvaluate(input: {segmentId: $id}) { segment { id } job { id } errors { code message field } } }",
    "mutation($id: ID!) { segmentDelete(input: {segmentId: $id}) { memberCount errors { code message field } } }",
]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_another_agencys_segment_answers_as_one_that_nobody_has(api: Api, operation: str) -> None:
    owner, stranger = await api.person(Role.AGENCY_ADMIN, south=True), await api.person(Role.AGENCY_ADMIN)
    theirs = (await _save(owner))["segment"]["id"]
    await _evaluated(owner, theirs)
    answers: list[tuple[int, str]] = []
    for given in (theirs, encode("segment", new_id())):
        body = {"query": operation, "variables": {"id": given}}
        answer = await api.http.post("/graphql", json=body, headers=stranger.headers)
        answers.append((answer.status_code, answer.text.replace(given, "ID")))
    assert answers[0] == answers[1]
    assert "FAULT" not in answers[0][1]
    assert (await stranger.ask("{ segments { totalCount } }"))["segments"]["totalCount"] == 0
    found = (await owner.ask(f"query($id: ID!) {{ segment(id: $id) {{ {SEGMENT} }} }}", id=theirs))["segment"]
    assert (found["name"], found["version"], found["memberCount"]) == ("late", 1, "1")


async def test_a_creditor_has_no_segments_and_cannot_filter_by_one(api: Api) -> None:
    admin, bank = await api.person(Role.AGENCY_ADMIN), await api.person(Role.CREDITOR_ADMIN)
    segment_id = (await _save(admin))["segment"]["id"]
    await _evaluated(admin, segment_id)
    where = 'query($id: String!) { debts(filter: {where: {field: "segment", op: "eq", value: $id}}) { nodes { id } } }'
    for query, code in (
        (OPERATIONS[0], "FORBIDDEN"), (OPERATIONS[1], "FORBIDDEN"), ("query { segments { nodes { id } } }", "FORBIDDEN"),
        *((mutation, "FORBIDDEN") for mutation in OPERATIONS[3:]), (IN_SEGMENT, "FILTER_FIELD"), (where, "FILTER_FIELD"),
    ):  # fmt: skip
        body = {"query": query, "variables": {"id": segment_id} if "$id" in query else {}}
        answer = (await api.http.post("/graphql", json=body, headers=bank.headers)).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code], (query, answer)


async def test_a_collector_reads_segments_and_changes_none(api: Api) -> None:
    admin, collector = await api.person(Role.AGENCY_ADMIN), await api.person(Role.COLLECTOR)
    segment_id = (await _save(admin))["segment"]["id"]
    await _evaluated(admin, segment_id)
    assert (await collector.ask(MEMBERS, id=segment_id))["segment"]["members"]["totalCount"] == 2
    assert (await collector.ask(IN_SEGMENT, id=segment_id))["debts"]["totalCount"] == 2
    for mutation in OPERATIONS[3:]:
        body = {"query": mutation, "variables": {"id": segment_id}}
        answer = (await api.http.post("/graphql", json=body, headers=collector.headers)).json()
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
