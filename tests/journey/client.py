"""A real client over real HTTP: signs people in with code and PKCE, sends GraphQL, uploads and downloads."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any

import httpx
import uvicorn
from authlib.integrations.httpx_client import AsyncOAuth2Client
from pydantic import SecretStr

from core.plugin_host import host
from recobro.app import build_app
from recobro.settings import Settings

CALLBACK = "https://app.test/callback"


@asynccontextmanager
async def serving(app_url: str, *, plugins: Iterable[EntryPoint] | None = None, **options: Any) -> AsyncIterator[str]:
    """The whole program on a loopback port, its worker included; yields its address. `plugins` instead of those that
    are installed."""
    # asyncio turns Nagle's algorithm off only where the socket names TCP: else each answer waits 40 ms for the client.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = Settings(app_database_url=SecretStr(app_url), public_url=address, **options)
    config = uvicorn.Config(build_app(settings, app_url, plugins=plugins), log_config=None, ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(0.02)
        if task.done():
            task.result()
    try:
        yield address
    finally:
        server.should_exit = True
        with _plugins_stay():
            await task


@contextmanager
def _plugins_stay() -> Iterator[None]:
    """The plugins' processes outlive the server, for the next one to use: to start them takes longer than most tests."""

    async def stays() -> None:
        return None

    ends, host.stop_all = host.stop_all, stays
    try:
        yield
    finally:
        host.stop_all = ends


@dataclass
class Person:
    """Somebody with an access token."""

    http: httpx.AsyncClient
    token: str
    sent: int = field(default=0)

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails on top-level errors."""
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def do(self, mutation: str, input: dict[str, Any], selection: str) -> dict[str, Any]:
        """The payload of a mutation; fails on its errors."""
        payload = await self.attempt(mutation, input, selection)
        assert payload["errors"] == [], payload["errors"]
        return payload

    async def attempt(self, mutation: str, input: dict[str, Any], selection: str) -> dict[str, Any]:
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation Do($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} errors {{ code message field remedy }} }} }}"
        return (await self.ask(query, input=input))[mutation]

    async def upload(self, content: bytes, **query: str) -> dict[str, Any]:
        """A placement file over the streaming upload."""
        answer = await self.http.post("/placements/files", params=query, content=content, headers=self.headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def job_done(self, job_id: str) -> dict[str, Any]:
        """Wait for a job, as a client that polls would."""
        async with asyncio.timeout(60):
            while True:
                job = (await self.ask("query($id: ID!) { job(id: $id) { state errorCode errorMessage } }", id=job_id))[
                    "job"
                ]
                if job["state"] in ("DONE", "FAILED"):
                    assert job["state"] == "DONE", job
                    return job
                await asyncio.sleep(0.05)

    async def until(self, query: str, path: str, states: set[str], **variables: Any) -> dict[str, Any]:
        """Ask until the object at `path` is in one of the states."""
        async with asyncio.timeout(60):
            while True:
                found = (await self.ask(query, **variables))[path]
                if found["state"] in states:
                    return found
                await asyncio.sleep(0.05)


async def sign_in(address: str, client_id: str, email: str, password: str) -> Person:
    """Authorization code with PKCE, through the sign-in page as a browser sees it."""
    verifier = "journey-" + "v" * 60
    async with (
        httpx.AsyncClient(base_url=address) as browser,
        AsyncOAuth2Client(
            client_id, redirect_uri=CALLBACK, token_endpoint_auth_method="none", code_challenge_method="S256"
        ) as oauth,
    ):
        url, _ = oauth.create_authorization_url(f"{address}/oauth/authorize", code_verifier=verifier)
        to_page = await browser.get(url)
        page = await browser.get(to_page.headers["location"])
        form = {
            "csrf": hidden(page.text, "csrf"),
            "next": hidden(page.text, "next"),
            "email": email,
            "password": password,
        }
        signed_in = await browser.post("/sign-in", data=form)
        assert signed_in.status_code == 303, signed_in.text
        back = await browser.get(signed_in.headers["location"])
        assert back.status_code == 303, back.text
        token = await oauth.fetch_token(
            f"{address}/oauth/token", authorization_response=back.headers["location"], code_verifier=verifier
        )
    return Person(httpx.AsyncClient(base_url=address, timeout=30), token["access_token"])


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, html
    return found[1].replace("&amp;", "&")
