"""A client of the API in a page: GraphQL, uploads and waiting. Needs httpx and nothing of Recobro.

The address is RECOBRO_URL (http://127.0.0.1:8000), the access token TOKEN: `python -m recobro demo token agency-admin`.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx

URL = os.environ.get("RECOBRO_URL", "http://127.0.0.1:8000")


class Client:
    def __init__(self) -> None:
        token = os.environ.get("TOKEN") or sys.exit("Set TOKEN to an access token.")
        self.http = httpx.Client(base_url=URL, headers={"authorization": f"Bearer {token}"}, timeout=60)

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an operation."""
        answer = self.http.post("/graphql", json={"query": query, "variables": variables})
        body = answer.json()
        if "errors" in body:
            sys.exit(f"{body['errors'][0]['message']} {body['errors'][0].get('extensions')}")
        return body["data"]

    def do(self, mutation: str, selection: str, **input: Any) -> Any:
        """The payload of a mutation."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} errors {{ code message remedy }} }} }}"
        payload = self.ask(query, input=input)[mutation]
        for error in payload["errors"]:
            sys.exit(f"{error['code']}: {error['message']} {error['remedy'] or ''}")
        return payload

    def take_in(self, path: Path, **query: str) -> dict[str, Any]:
        """Upload a file, look at its dry run, accept it; the batch as it then stands."""
        answer = self.http.post("/placements/files", params={"name": path.name, **query}, content=path.open("rb"))
        if answer.is_error:
            sys.exit(answer.text)
        batch_id = answer.json()["batchId"]
        dry = self._wait(batch_id, {"VALIDATED", "REJECTED", "ACTIVE"})
        print(
            f"{path.name}: dry run {dry['rowsAccepted']} accepted, {dry['rowsDuplicate']} duplicate, {dry['rowsRejected']} rejected"
        )
        if dry["state"] == "REJECTED":
            sys.exit(f"{dry['errorCode']}: {dry['errorMessage']}")
        self.do("placementAccept", "batch { id }", batchId=batch_id)
        batch = self._wait(batch_id, {"ACTIVE", "REJECTED"})
        print(
            f"{path.name}: {batch['state']}, {batch['rowsAccepted']} rows, {batch['sumAccepted']['amount']} {batch['sumAccepted']['currency']}"
        )
        return batch

    def _wait(self, batch_id: str, states: set[str]) -> dict[str, Any]:
        query = """query($id: ID!) { placement(id: $id) { state rowsTotal rowsAccepted rowsDuplicate rowsRejected errorCode
                   errorMessage sumAccepted { amount currency } issueCounts { code rows } } }"""
        for _ in range(600):
            batch = self.ask(query, id=batch_id)["placement"]
            if batch["state"] in states:
                return batch
            time.sleep(0.1)
        sys.exit("The job does not end; is a worker running?")

    def mandate(
        self, name: str, code: str, tax_id: str, *, country: str, currency: str, **terms: Any
    ) -> tuple[str, str, str]:
        """A creditor with a mandate and a portfolio: their ids."""
        made = self.do("creditorRegister", "creditor { id }", name=name, code=code, taxId=tax_id, country=country)
        creditor = made["creditor"]["id"]
        made = self.do("mandateCreate", "mandate { id }", creditorId=creditor, name="first", currency=currency, **terms)
        mandate = made["mandate"]["id"]
        made = self.do("portfolioCreate", "portfolio { id }", mandateId=mandate, name="all")
        return creditor, mandate, made["portfolio"]["id"]
