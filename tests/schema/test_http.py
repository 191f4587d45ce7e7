"""GraphQL over HTTP and WebSocket as clients meet it: tokens, errors, limits, uploads, subscriptions."""

import asyncio
import json
from typing import Any

import pytest
import websockets

from core.kit import db
from core.kit.events import emit
from schema import http as schema_http
from tenants.models import Role
from tests.schema.conftest import Api


async def _post(api: Api, body: Any, **headers: str) -> Any:
    person = await api.person(Role.AGENCY_ADMIN)
    return await api.http.post("/graphql", json=body, headers=person.headers | headers)


async def test_a_token_that_is_not_good_is_401(api: Api) -> None:
    for header in ("Bearer nonsense", "Basic abc", "Bearer"):
        answer = await api.http.post("/graphql", json={"query": "{ viewer { id } }"}, headers={"authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["errors"][0]["extensions"]["code"] == "TOKEN_INVALID"


async def test_errors_tell_the_client_what_is_its_own_and_nothing_of_ours(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = (await _post(api, {"query": "{ nonsense }"})).json()
    assert wrong["errors"][0]["extensions"]["code"] == "INVALID_REQUEST"
    bad_id = (await _post(api, {"query": '{ debt(id: "creditor_1") { id } }'})).json()
    assert bad_id["errors"][0]["extensions"]["code"] == "INVALID_ID"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("schema.queries.debts.worklist_listing", broken)
    fault = (await _post(api, {"query": "{ debts { nodes { id } } }"})).json()
    assert "hunter2" not in json.dumps(fault)
    assert fault["errors"][0]["extensions"]["code"] == "FAULT"
    assert len(fault["errors"][0]["extensions"]["reference"]) == 12


async def test_what_asks_for_too_much_is_refused_before_it_runs(api: Api) -> None:
    deep = "{ debt(id: 1) " + "{ payments { nodes { debt " * 20 + "{ id }" + " } } }" * 20 + "}"
    many = "{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(60)) + "}"
    tokens = "{ viewer {" + " id" * 3000 + " } }"
    for query, word in ((deep, "levels"), (many, "aliases"), (tokens, "token")):
        answer = (await _post(api, {"query": query})).json()
        assert answer.get("data") is None
        assert word in answer["errors"][0]["message"].lower(), answer
    huge = await _post(api, {"query": "{ viewer { id } }", "x": "y" * (schema_http.MAX_QUERY_BYTES + 1)})
    assert huge.status_code == 413


async def test_the_media_type_of_graphql_over_http(api: Api) -> None:
    accept = {"accept": "application/graphql-response+json"}
    good = await _post(api, {"query": "{ viewer { id } }"}, **accept)
    assert (good.status_code, good.headers["content-type"].split(";")[0]) == (200, accept["accept"])
    invalid = await _post(api, {"query": "{ nonsense }"}, **accept)
    assert invalid.status_code == 400
    assert "data" not in invalid.json()
    plain = await _post(api, {"query": "{ nonsense }"})
    assert (plain.status_code, plain.json()["data"]) == (200, None)


async def test_of_several_operations_one_must_be_named(api: Api) -> None:
    """GraphQL, GetOperation; GraphQL over HTTP: what cannot be executed is the client's error."""
    accept, several = (
        {"accept": "application/graphql-response+json"},
        "query A { viewer { id } } query B { viewer { id } }",
    )
    refused = await _post(api, {"query": several}, **accept)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["message"] == (
        "Must provide operation name if query contains multiple operations."
    )
    for name in ("A", "B"):
        assert (await _post(api, {"query": several, "operationName": name}, **accept)).json()["data"]["viewer"]
    invalid = await _post(api, {"query": several + " query B { viewer { id } }"}, **accept)
    assert "only one operation named" in invalid.json()["errors"][0]["message"]


async def test_a_mutation_does_not_go_by_get(api: Api) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    query = 'mutation { portfolioCreate(input: {mandateId: "x", name: "y"}) { errors { code } } }'
    answer = await api.http.get("/graphql", params={"query": query}, headers=person.headers)
    assert answer.status_code == 400


async def test_a_file_comes_by_the_multipart_request(api: Api) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    from core.kit.ids import encode

    mandate = encode("mandate", api.house.bank.mandate_id)
    layout = {
        "columns": {"reference": "ref", "debtor_name": "name", "components": [{"kind": "PRINCIPAL", "column": "owed"}]}
    }
    await person.do("fileLayoutSave", {"mandateId": mandate, "kind": "NEW", "layout": layout}, "layout { id }")
    operations = {
        "query": "mutation($input: PlacementUploadInput!) { placementUpload(input: $input) "
        "{ batch { id state fileName } repeated errors { code message } } }",
        "variables": {
            "input": {
                "mandateId": mandate,
                "portfolioId": encode("portfolio", api.house.bank.portfolio_id),
                "kind": "NEW",
                "file": None,
            }
        },
    }
    form = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.input.file"]})}
    file = {"0": ("new.csv", b"ref,name,owed\nA-1,Ana,10.00\n", "text/csv")}
    answer = await api.http.post("/graphql", data=form, files=file, headers=person.headers)
    payload = answer.json()["data"]["placementUpload"]
    assert payload["errors"] == []
    assert payload["batch"]["fileName"] == "new.csv"
    batch = await person.until(
        "query($id: ID!) { placement(id: $id) { state rowsAccepted errorCode } }", "placement",
        {"VALIDATED", "REJECTED"}, id=payload["batch"]["id"],
    )  # fmt: skip
    assert (batch["rowsAccepted"], batch["errorCode"]) == ("1", None)


class Socket:
    """A graphql-transport-ws client, just enough of one."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return json.loads(await self.connection.recv())


def _connect(api: Api) -> Any:
    return websockets.connect(f"{api.address.replace('http', 'ws')}/graphql", subprotocols=["graphql-transport-ws"])


async def test_a_subscription_gets_what_happens_to_its_own_agency(api: Api) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    async with _connect(api) as connection:
        socket = Socket(connection)
        await socket.send(type="connection_init", payload={"Authorization": f"Bearer {person.token}"})
        assert (await socket.receive())["type"] == "connection_ack"
        query = 'subscription { events(names: ["debt.tested"]) { name cursor data } }'
        await socket.send(type="subscribe", id="1", payload={"query": query})
        await asyncio.sleep(0.3)
        for scope, number in ((api.house.south, 1), (api.house.north, 2), (api.house.north, 3)):
            async with db.transaction(scope) as tx:
                await emit(tx, "debt.tested", api.debt.id, {"number": number})
        first, second = await socket.receive(), await socket.receive()
        assert [m["payload"]["data"]["events"]["data"]["number"] for m in (first, second)] == [2, 3]

    cursor = first["payload"]["data"]["events"]["cursor"]
    missed = await person.ask(
        'query($after: String) { events(after: $after, names: ["debt.tested"]) { data } }', after=cursor
    )
    assert [event["data"]["number"] for event in missed["events"]] == [3]


async def test_a_creditor_is_told_of_its_own_debts_only(api: Api) -> None:
    vera = await api.person(Role.CREDITOR_VIEWER)
    async with db.transaction(api.house.north) as tx:
        await emit(tx, "debt.tested", api.debt.id, {"whose": "bank"}, creditor_id=api.house.bank.creditor_id)
        await emit(tx, "debt.tested", api.rival.id, {"whose": "shop"}, creditor_id=api.house.shop.creditor_id)
        await emit(tx, "debt.tested", api.debt.id, {"whose": "agency"})
    seen: list[str] = []
    async with asyncio.timeout(20):
        while not seen:  # an event is shown once every transaction before it, of any database here, has ended
            answer = await vera.ask('{ events(names: ["debt.tested"]) { data } }')
            seen = [event["data"]["whose"] for event in answer["events"]]
            await asyncio.sleep(0.05)
    assert seen == ["bank"]


async def test_a_socket_without_a_good_token_gets_nothing(api: Api) -> None:
    async with _connect(api) as connection:
        socket = Socket(connection)
        await socket.send(type="connection_init", payload={"Authorization": "Bearer nonsense"})
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.receive()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
    async with _connect(api) as connection:
        socket = Socket(connection)
        await socket.send(type="connection_init")
        assert (await socket.receive())["type"] == "connection_ack"
        await socket.send(type="subscribe", id="1", payload={"query": "subscription { events { name } }"})
        answer = await socket.receive()
        assert "This needs an access token." in json.dumps(answer)


@pytest.mark.parametrize("body", [b"null", b"7", b'"x"', b"true"])
async def test_a_body_that_is_no_object_is_the_clients_mistake(api: Api, body: bytes) -> None:
    person = await api.person(Role.AGENCY_ADMIN)
    headers = {**person.headers, "content-type": "application/json"}
    answer = await api.http.post("/graphql", content=body, headers=headers)
    assert (answer.status_code, answer.text) == (400, "The body is a JSON object with a `query`.")
