"""A stranger's plugin in a host: made outside, installed, seen, enabled by one agency, asked over GraphQL, and gone."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.kit import crypto, db
from core.kit.db import Database
from core.kit.ids import encode
from core.kit.scope import agency_scope
from recobro import database as program
from recobro_sdk.testing import FakeBureauServer
from tenants import identity
from tenants.create_agency import CreateAgency, create_agency
from tenants.issue_token import IssueToken, issue_token
from tests.conftest import SECRET_KEY
from tests.core.house import COLLECTOR, EVERYTHING, make_client, make_debt, make_party

ROOT = Path(__file__).resolve().parents[2]
BODY = ROOT / "plugins" / "sdk" / "tests" / "bodies" / "bureau.txt"
PATIENCE_S = 180
KEY = "a secret key of these tests without a comma"
TAX_IDS = {"north": "860.034.313-7", "south": "860.003.020-1"}
PLUGINS = "{ plugins { name state version capabilities scopes { code reason } offers { code kind summary enabled } } }"


@dataclass(frozen=True)
class Agency:
    membership: UUID
    debt: str


class Installation:
    """The program of this checkout over one database, with what else can be imported in `site`."""

    def __init__(self, owner_url: str, data: Path, site: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("RECOBRO_", "PYTEST"))}
        path = os.pathsep.join(filter(None, (str(site), kept.get("PYTHONPATH"))))
        self._environment = kept | {
            "PYTHONPATH": path, "RECOBRO_DATABASE_URL": owner_url, "RECOBRO_SECRET_KEYS": KEY,
            "RECOBRO_DATA_DIR": str(data), "RECOBRO_PORT": "0", "PYTHONUNBUFFERED": "1", "COLUMNS": "200",
        }  # fmt: skip

    async def run(self, *arguments: str) -> str:
        """What a command says. Fails where it does."""
        done = await asyncio.to_thread(
            _run, sys.executable, "-m", "recobro", *arguments, cwd=ROOT, env=self._environment
        )
        return done.stdout

    @contextlib.asynccontextmanager
    async def serving(self, log: Path) -> AsyncIterator[str]:
        """A server until the block ends; yields its address."""
        process = self._started(log)
        try:
            yield await asyncio.to_thread(_address, process, log)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE_S)

    def _started(self, log: Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "recobro", "serve", "--no-demo"]
        with log.open("w") as out:
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=out, stderr=subprocess.STDOUT)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server answers, once it does."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := re.search(r"Explorer\s+(http://\S+)/explorer", log.read_text())) is None:
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[1]


def _run(*command: object, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _shipped(folder: Path) -> Path:
    """What a stranger does: a folder of `recobro-sdk new`, its one method written, and a wheel, which is installed."""
    _run(sys.executable, "-m", "recobro_sdk", "new", "bureau", "acme", cwd=folder)
    root, site = folder / "recobro-bureau-acme", folder / "site"
    file = root / "src" / "recobro_bureau_acme" / "provider.py"
    unwritten = '        raise NotImplementedError("fetch_report")\n'
    assert unwritten in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(unwritten, BODY.read_text("utf-8")), "utf-8")
    # The host lets nobody reach this machine whose manifest does not name it, whatever the settings say.
    hooks = root / "src" / "recobro_bureau_acme" / "plugin.py"
    scope = '        scopes=(\n            PluginScope("http:127.0.0.1", "Talks to the bureau of this test."),\n'
    written = hooks.read_text("utf-8").replace("        scopes=(\n", scope)
    assert scope in written
    hooks.write_text(written, "utf-8")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=root)
    (wheel,) = folder.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "-q", "--target", site, wheel)
    _run(*pip, cwd=folder)
    return site


async def _agency(slug: str) -> Agency:
    """An agency with its administrator, and one debt."""
    command = CreateAgency(
        name=slug.title(), slug=slug, tax_id=TAX_IDS[slug], admin_email=f"admin@{slug}.test.co", admin_name="Ana",
        admin_password="correct horse battery staple",
    )  # fmt: skip
    made = await create_agency(identity.installation_scope(), command)
    scope = agency_scope(made.agency_id, COLLECTOR, EVERYTHING)
    party = await make_party(scope, "Ana Peña", document="1000000123")
    debt = await make_debt(scope, await make_client(scope, "bank"), [("PRINCIPAL", 900, None)], party_id=party)
    async with identity.transaction("test") as tx:
        member = await tx.fetchval("SELECT id FROM membership WHERE agency_id = $1", made.agency_id)
    return Agency(UUID(str(member)), encode("debt", debt.id))


async def _client(address: str, agency: Agency) -> httpx.AsyncClient:
    identity.use_issuer(address)
    token = await issue_token(identity.installation_scope(), IssueToken(membership_id=agency.membership))
    return httpx.AsyncClient(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE_S)


async def _ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    body = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in body, body
    return body["data"]


async def _enable(client: httpx.AsyncClient, **settings: str) -> dict[str, Any]:
    mutation = "mutation($i: PluginEnableInput!) { done: pluginEnable(input: $i) { offer { enabled } errors { code message } } }"
    given = {"code": "bureau_acme", "settings": settings}
    return (await _ask(client, mutation, i=given))["done"]


async def _inquire(client: httpx.AsyncClient, agency: Agency, key: str = "first") -> dict[str, Any]:
    mutation = (
        "mutation($i: BureauInquireInput!) { done: bureauInquire(input: $i) "
        "{ inquiry { state score } errors { code field } } }"
    )
    consent = {
        "reference": "contract 17", "medium": "paper", "grantedAt": "2025-01-05T10:00:00Z", "textVersion": "3",
    }  # fmt: skip
    given = {
        "debtId": agency.debt, "provider": "bureau_acme", "idempotencyKey": key, "consent": consent,
        "purpose": "REVIEW_OR_COLLECTION_OF_ACCOUNT",
    }  # fmt: skip
    return (await _ask(client, mutation, i=given))["done"]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once: what is installed does not depend on the database."""
    return _shipped(tmp_path_factory.mktemp("stranger"))


async def test_a_strangers_bureau_is_installed_used_by_one_agency_and_gone(
    own_url: str, shipped: Path, tmp_path: Path
) -> None:
    site = Path(shutil.copytree(shipped, tmp_path / "site"))
    here = Installation(own_url, tmp_path / "data", site)
    crypto.use_keys((KEY,))
    opened = await Database.connect(program.app_url(own_url, crypto.derived("database")))
    db.use(opened)
    try:
        north, south = await _agency("north"), await _agency("south")
        async with here.serving(tmp_path / "first.log") as address:
            await _used(address, north, south)
        _asks_for_more(site)
        async with here.serving(tmp_path / "upgraded.log") as address, await _client(address, north) as ana:
            await _waits_for_a_grant(ana, north)
        said = await here.run("plugins", "uninstall", "bureau_acme", "--yes", "--export", str(tmp_path / "acme.jsonl"))
        assert "'bureau_acme' is forgotten" in said
        exported = (tmp_path / "acme.jsonl").read_text()
        assert "bureau_acme" in exported and FakeBureauServer.api_key not in exported
        shutil.rmtree(site)
        assert "up to date" in await here.run("db", "upgrade")
        assert "agree" in await here.run("db", "check")
        async with here.serving(tmp_path / "second.log") as address, await _client(address, north) as ana:
            assert "bureau_acme" not in str(await _ask(ana, PLUGINS))
            gone = await _inquire(ana, north, "second")
            assert [error["code"] for error in gone["errors"]] == ["NOT_FOUND"], gone
    finally:
        crypto.use_keys((SECRET_KEY,))
        db.use(None)
        await opened.close()


def _asks_for_more(site: Path) -> None:
    hooks = site / "recobro_bureau_acme" / "plugin.py"
    scope = '        scopes=(\n            PluginScope("debt:facts:read", "Learns from debts."),\n'
    text = hooks.read_text("utf-8")
    assert text.count("        scopes=(\n") == 1
    hooks.write_text(text.replace("        scopes=(\n", scope), "utf-8")


async def _waits_for_a_grant(client: httpx.AsyncClient, agency: Agency) -> None:
    """An upgrade that wants more is not called until an administrator has seen what it wants, and enables it again."""
    offers = "{ plugins { name scopes { code meaning { en es } } offers { enabled problem } } }"
    (acme,) = [one for one in (await _ask(client, offers))["plugins"] if one["name"] == "bureau_acme"]
    (offer,) = acme["offers"]
    assert not offer["enabled"] and "debt:facts:read" in offer["problem"]
    meanings = {scope["code"]: scope["meaning"] for scope in acme["scopes"]}
    assert meanings["debt:facts:read"]["en"] == "Sees facts about debts without knowing whose they are."
    refused = await _inquire(client, agency, "upgraded")
    assert [error["code"] for error in refused["errors"]] == ["OFFER_NOT_ENABLED"]


async def _used(address: str, north: Agency, south: Agency) -> None:
    with FakeBureauServer() as bureau:
        async with await _client(address, north) as ana, await _client(address, south) as rosa:
            (acme,) = [one for one in (await _ask(ana, PLUGINS))["plugins"] if one["name"] == "bureau_acme"]
            assert (acme["state"], acme["capabilities"]) == ("ACTIVE", ["bureau"])
            (offer,) = acme["offers"]
            assert (offer["code"], offer["kind"], offer["enabled"]) == ("bureau_acme", "bureau", False)
            assert offer["summary"] == "Acme: a credit bureau"
            assert all(scope["reason"] for scope in acme["scopes"])
            wrong = await _enable(ana, base_url="nowhere", api_key="an-api-key")
            assert [error["code"] for error in wrong["errors"]] == ["SETTINGS_INVALID"]
            enabled = await _enable(ana, base_url=bureau.base_url, api_key=bureau.api_key)
            assert enabled == {"offer": {"enabled": True}, "errors": []}

            answered = await _inquire(ana, north)
            assert answered["errors"] == [] and answered["inquiry"]["state"] == "ANSWERED"
            assert 150 <= answered["inquiry"]["score"] <= 950 and bureau.effects == 1
            refused = await _inquire(rosa, south)
            assert [error["code"] for error in refused["errors"]] == ["OFFER_NOT_ENABLED"]
            assert bureau.effects == 1, "nobody was asked for the agency that has not enabled it"
            (theirs,) = [one for one in (await _ask(rosa, PLUGINS))["plugins"] if one["name"] == "bureau_acme"]
            assert [(one["code"], one["enabled"]) for one in theirs["offers"]] == [("bureau_acme", False)]
