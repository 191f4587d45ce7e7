"""Settings are told wrong in one line that names them, and logs keep personal data to themselves."""

import json
import logging
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import structlog

from recobro import logs
from recobro.logs import plain_traceback, set_up_logs
from recobro.settings import Settings, SettingsError

KEY = "a secret key of the test suite without a comma"
PRODUCTION = {"RECOBRO_ENVIRONMENT": "production", "RECOBRO_SECRET_KEYS": KEY}
HTTPS = "https://recobro.example"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECOBRO_DATA_DIR", str(tmp_path / "data"))
    for name in ("HOST", "PORT", "PUBLIC_URL", "DATABASE_URL", "SECRET_KEYS", "ENVIRONMENT", "REDIS_URL"):
        monkeypatch.delenv(f"RECOBRO_{name}", raising=False)


def _read(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RECOBRO_PORT", "eighty"),
        ("RECOBRO_PORT", "70000"),
        ("RECOBRO_ENVIRONMENT", "staging"),
        ("RECOBRO_POOL_SIZE", "1"),
        ("RECOBRO_POOLER", "perhaps"),
        ("RECOBRO_DATABASE_URL", "mysql://owner:SECRET@host/recobro"),
        ("RECOBRO_DATABASE_URL", "postgresql://owner:SECRET@host"),
        ("RECOBRO_APP_DATABASE_URL", "SECRET"),
        ("RECOBRO_REDIS_URL", "host:6379/SECRET"),
        ("RECOBRO_SECRET_KEYS", "SECRET"),
        ("RECOBRO_SECRET_KEYS", f"{KEY},SECRET"),
        ("RECOBRO_PUBLIC_URL", "recobro.example"),
        ("RECOBRO_PUBLIC_URL", "https://recobro.example/api"),
        ("RECOBRO_PUBLIC_URL", "http://recobro.example"),
        ("RECOBRO_PUBLIC_URL", "http://10.0.0.7:8000"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(monkeypatch, **{name: value})
    text = str(refused.value)
    assert text.startswith(f"{name}: ") and "\n" not in text and "Value error" not in text
    assert "SECRET" not in text.replace("RECOBRO_SECRET_KEYS", "")


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError) as refused:
        _read(monkeypatch, RECOBRO_PORT="x", RECOBRO_POOL_SIZE="y")
    assert "RECOBRO_PORT: " in str(refused.value) and "; RECOBRO_POOL_SIZE: " in str(refused.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "recobro.internal"])
def test_an_address_for_others_needs_a_public_one(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    with pytest.raises(SettingsError, match=f"^RECOBRO_HOST is {host}, .* RECOBRO_PUBLIC_URL"):
        _ = _read(monkeypatch, RECOBRO_HOST=host).issuer
    assert _read(monkeypatch, RECOBRO_PUBLIC_URL=f"{HTTPS}/").issuer == HTTPS


@pytest.mark.parametrize(
    ("host", "issuer"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_this_machine_alone_needs_nothing(monkeypatch: pytest.MonkeyPatch, host: str, issuer: str) -> None:
    assert _read(monkeypatch, RECOBRO_HOST=host).issuer == issuer


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:8000", "http://localhost"])
def test_production_is_https(monkeypatch: pytest.MonkeyPatch, url: str | None) -> None:
    environment = PRODUCTION | ({"RECOBRO_PUBLIC_URL": url} if url else {})
    with pytest.raises(SettingsError, match="^RECOBRO_PUBLIC_URL must be an https address in production"):
        _ = _read(monkeypatch, **environment).issuer
    assert _read(monkeypatch, RECOBRO_PUBLIC_URL=HTTPS).issuer == HTTPS


def test_production_wants_keys_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="^RECOBRO_SECRET_KEYS is not set"):
        _read(monkeypatch, RECOBRO_ENVIRONMENT="production").keys()


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Settings.read().keys(), range(16)))
    path = tmp_path / "data/secret_key"
    assert len(made) == 1 and made == {(path.read_text(),)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["secret_key"]


def test_a_data_folder_that_cannot_be_one_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsError, match="^RECOBRO_DATA_DIR: "):
        _read(monkeypatch, RECOBRO_DATA_DIR=str(tmp_path / "file")).keys()


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _read(monkeypatch, RECOBRO_TRUSTED_PROXIES="10.0.0.1, 10.1.0.0/16,", RECOBRO_PLUGINS="a,b")
    assert (read.trusted_proxies, read.plugins) == (("10.0.0.1", "10.1.0.0/16"), ("a", "b"))
    assert _read(monkeypatch, RECOBRO_TRUSTED_PROXIES="", RECOBRO_DATABASE_URL="").trusted_proxies == ()


@pytest.fixture(params=["development", "production"])
def told(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Iterator[tuple[str, pytest.CaptureFixture[str]]]:
    """The program's logs, in each environment."""
    before, uvicorns = structlog.get_config(), logging.getLogger("uvicorn.error").level
    set_up_logs(Settings(environment=request.param))
    set_up_logs(Settings(environment=request.param))
    yield request.param, capsys
    logging.getLogger().removeHandler(logs._handler)
    logging.getLogger("uvicorn.error").setLevel(uvicorns)
    structlog.configure(**before)


def _fail(document: str) -> None:
    raise ValueError(f"a fault with {len(document)} digits")


@pytest.mark.parametrize("name", ["recobro.test", "uvicorn.error", "asyncio"])
def test_a_traceback_shows_no_variables(told: tuple[str, pytest.CaptureFixture[str]], name: str) -> None:
    environment, capsys = told
    logger = structlog.get_logger(name) if name == "recobro.test" else logging.getLogger(name)
    personal = "52345678"
    try:
        _fail(personal)
    except ValueError:
        logger.exception("it failed")
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("it failed") == 1
    assert "ValueError: a fault with 8 digits" in said.err and "in _fail" in said.err
    assert personal not in said.err
    if environment == "production":
        line = json.loads(said.err)
        assert (line["event"], line["level"], line["logger"]) == ("it failed", "error", name)
        assert "in _fail" in line["exception"]


def test_libraries_talk_less_than_we_do(told: tuple[str, pytest.CaptureFixture[str]]) -> None:
    _, capsys = told
    logging.getLogger("uvicorn.error").info("small talk")
    logging.getLogger("arq.worker").info("small talk")
    structlog.get_logger("recobro.test").info("ours", done=3)
    said = capsys.readouterr().err
    assert "small talk" not in said and "ours" in said and "\x1b" not in said


def test_a_row_that_the_database_refuses_is_not_told() -> None:
    refused = psycopg.errors.UniqueViolation(
        'duplicate key value violates unique constraint "party_identifier_key"\n'
        "DETAIL:  Key (number, name)=(52345678, María\nPeña) already exists.\nHINT:  Look."
    )
    try:
        try:
            raise refused
        except psycopg.Error as problem:
            raise RuntimeError("it failed") from problem
    except RuntimeError as problem:
        shown = plain_traceback(problem)
    assert "party_identifier_key" in shown and "HINT" in shown and "RuntimeError: it failed" in shown
    assert "52345678" not in shown and "Peña" not in shown
