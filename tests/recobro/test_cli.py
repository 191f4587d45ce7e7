"""The command line: help for every command, what it does to a real database, and failures in one line."""

import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from argon2 import PasswordHasher

from core.kit import db
from core.kit.errors import Unauthenticated
from core.kit.scope import Actor, agency_scope
from core.plugin_host.settings import seal
from recobro import cli
from recobro.cli.common import console, with_database
from recobro.settings import settings
from tenants import identity, passwords
from tenants.accept_invitation import AcceptInvitation, accept_invitation
from tenants.sign_in import SignIn, sign_in

WORD, OTHER_WORD = "tres palabras largas", "otras tres palabras"
Run = Callable[..., "Outcome"]


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def error(self) -> str:
        """The one line of an expected failure."""
        lines = self.err.splitlines()
        assert self.code == 1 and len(lines) == 1 and lines[0].startswith("error: "), (self.code, self.out, self.err)
        return lines[0]


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


@pytest.fixture
def installation(owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of an installation on a database of its own."""
    monkeypatch.setenv("RECOBRO_DATABASE_URL", owner_url)
    monkeypatch.setenv("RECOBRO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RECOBRO_SECRET_KEYS", "a secret key of these tests without a comma")
    monkeypatch.setattr(console, "width", 200)
    settings.cache_clear()
    passwords.use_parameters(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    yield
    passwords.use_parameters(PasswordHasher())
    settings.cache_clear()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line as `python -m recobro` does."""

    def run(*arguments: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["recobro", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), said.out, said.err)

    return run


def test_every_command_has_help(run: Run) -> None:
    paths = list(_commands(typer.main.get_command(cli.app)))
    assert {("agency", "create"), ("user", "password"), ("demo", "token"), ("demo", "reset"), ("serve",)} <= set(paths)
    for path in paths:
        shown = run(*path, "--help")
        assert shown.code == 0 and "Usage:" in shown.out, path
        _, usage, told, *_ = re.split(r"\s*\n\s*\n\s*", f"\n\n{shown.out.strip()}")
        assert usage.startswith("Usage:") and len(told) > 15 and "╭" not in told, f"{path} says nothing of itself"


def _signs_in(email: str, password: str) -> bool:
    async def work() -> bool:
        try:
            return bool(await sign_in(SignIn(email=email, password=password, address="127.0.0.1")))
        except Unauthenticated:
            return False

    return with_database(work)


AGENCY = (
    "agency", "create", "Cobros Ñame", "--slug", "cobros", "--tax-id", "860.034.313-7",
    "--admin-email", "Ana@cobros.example", "--admin-name", "Ana Peña",
)  # fmt: skip


@pytest.mark.usefixtures("installation")
def test_an_agency_and_its_people(run: Run) -> None:
    made = run(*AGENCY, "--password-stdin", stdin=f"{WORD}\n")
    assert made.code == 0 and "Opened Cobros Ñame (cobros)" in made.out
    assert WORD not in made.out + made.err
    caps = run("agency", "rate-caps", "cobros")
    assert caps.code == 0 and caps.out.count("CO_CONSUMER") == 2 and caps.out.count("✓") == 2 and "28.17%" in caps.out
    assert run("agency", "rate-caps", "cobros").out.count("✓") == 0
    assert "agency" in run("agency", "rate-caps", "nobody").error
    listed = run("agency", "list")
    assert listed.code == 0 and "Cobros Ñame" in listed.out and "8600343137" in listed.out
    assert _signs_in("ana@cobros.example", WORD)

    added = run("user", "add", "luis@cobros.example", "--name", "Luis", "--role", "collector", "--agency", "cobros",
                "--password-stdin", stdin=f"{WORD}\n")  # fmt: skip
    assert added.code == 0 and "COLLECTOR" in added.out
    shown = run("user", "list", "--agency", "cobros")
    assert shown.code == 0 and shown.out.count("active") == 2

    changed = run("user", "password", "luis@cobros.example", "--password-stdin", stdin=f"{OTHER_WORD}\n")
    assert changed.code == 0
    assert _signs_in("luis@cobros.example", OTHER_WORD) and not _signs_in("luis@cobros.example", WORD)

    ended = run("user", "disable", "luis@cobros.example")
    assert ended.code == 0 and "disabled" in run("user", "list").out
    assert run("user", "disable", "ana@cobros.example").error.startswith("error: This is the last administrator.")
    closed = run("user", "disable", "ana@cobros.example", "--account")
    assert closed.code == 0 and not _signs_in("ana@cobros.example", WORD)


@pytest.mark.usefixtures("installation")
def test_an_invitation_is_passed_on(run: Run) -> None:
    assert run(*AGENCY, "--password-stdin", stdin=f"{WORD}\n").code == 0
    invited = run(
        "user", "add", "eva@cobros.example", "--name", "Eva", "--role", "auditor", "--agency", "cobros", "--invite"
    )
    assert invited.code == 0
    code = invited.out.strip().rpartition("code=")[2]
    assert "invited" in run("user", "list").out
    with_database(lambda: accept_invitation(AcceptInvitation(code=code, password=OTHER_WORD)))
    assert _signs_in("eva@cobros.example", OTHER_WORD)


@pytest.mark.usefixtures("installation")
def test_what_fails_says_so_in_one_line(run: Run) -> None:
    assert run(*AGENCY, "--password-stdin", stdin=f"{WORD}\n").code == 0
    eva = ("user", "add", "eva@cobros.example", "--name", "Eva")
    assert "short name or tax id" in run(*AGENCY, "--password-stdin", stdin=f"{WORD}\n").error
    assert "NIT" in run(*[("860034313-1" if one.startswith("860") else one) for one in AGENCY], "--invite").error
    assert "no agency 'nowhere'" in run(*eva, "--role", "auditor", "--agency", "nowhere", "--invite").error
    assert "no creditor" in run(*eva, "--role", "creditor_viewer", "--creditor", "1234", "--invite").error
    assert "cannot be given here" in run(*eva, "--role", "creditor_admin", "--agency", "cobros", "--invite").error
    assert "--password-stdin" in run(*eva, "--role", "auditor", "--agency", "cobros").error
    assert "12 to 256" in run(*eva, "--role", "auditor", "--agency", "cobros", "--password-stdin", stdin="kurz\n").error
    assert "no user" in run("user", "password", "nobody@x.example", "--password-stdin", stdin=f"{WORD}\n").error
    assert "no user" in run("user", "disable", "nobody@x.example").error
    assert run("user", "list", "--agency", "nowhere").error
    assert "The demo is not loaded here." in run("demo", "people").error
    unknown = run("demo", "token", "king").error
    assert "agency-admin" in unknown and "creditor-viewer" in unknown and "machine" in unknown
    assert run("demo", "token", "agency-admin").error
    assert "agencies here already" in run("demo", "load").error
    assert "embedded" in run("demo", "reset", "--yes").error


def test_a_demo_that_is_nowhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first `make run`: nothing is started, nothing is made."""
    monkeypatch.setenv("RECOBRO_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    assert "make run" in run("demo", "token", "agency-admin").error
    assert not (tmp_path / "data").exists()
    settings.cache_clear()


def test_reset_asks_first(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOBRO_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    refused = run("demo", "reset", stdin="n\n")
    assert refused.code == 1 and not (tmp_path / "data").exists()
    monkeypatch.setenv("RECOBRO_ENVIRONMENT", "production")
    settings.cache_clear()
    assert "development" in run("demo", "reset", "--yes").error
    settings.cache_clear()


@pytest.mark.usefixtures("installation")
def test_what_the_calls_of_plugins_came_to_and_their_secrets_sealed_anew(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(*AGENCY, "--password-stdin", stdin=f"{WORD}\n").code == 0

    async def enabled() -> None:
        async with identity.transaction("test", read_only=True) as tx:
            agency_id = await tx.fetchval("SELECT id FROM agency")
        async with db.transaction(agency_scope(agency_id, Actor("user", "u"))) as tx:
            await tx.execute(
                "INSERT INTO plugin_setting (agency_id, id, plugin, offer, enabled, sealed, updated_by) "
                "VALUES ($1, $1, 'acme', 'acme_bureau', true, $2, 'u')", agency_id, seal({"api_key": "x"}),
            )  # fmt: skip

    with_database(enabled)
    shown = run("plugins", "health")
    assert shown.code == 0 and "acme_bureau" in shown.out and "cobros" in shown.out
    assert "agency" in run("plugins", "health", "--agency", "nobody").error
    told = run("plugins", "health", "--openmetrics").out
    assert 'recobro_plugin_calls{agency="cobros",offer="acme_bureau",outcome="unknown"} 0\n' in told
    assert told.endswith("# EOF\n") and "call_duration_seconds{" not in told
    monkeypatch.setenv(
        "RECOBRO_SECRET_KEYS", "a newer key of these tests without a comma,a secret key of these tests without a comma"
    )
    settings.cache_clear()
    assert "cobros: 1 sealed anew, 0 as they should be" in run("plugins", "rotate-secrets").out
    assert "cobros: 0 sealed anew, 1 as they should be" in run("plugins", "rotate-secrets").out
    monkeypatch.setenv("RECOBRO_SECRET_KEYS", "a third key of these tests that opened nothing")
    settings.cache_clear()
    lost = run("plugins", "rotate-secrets")
    assert lost.code == 1 and "acme_bureau" in lost.out
