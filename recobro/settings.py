"""Settings, from the environment (`RECOBRO_…`). Every one has a default that works on a laptop."""

import contextlib
import os
import secrets
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "RECOBRO_"
MIN_KEY = 32


class SettingsError(RuntimeError):
    """A setting is missing or wrong; the message says which and what to do."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore")

    environment: Literal["development", "production"] = Field(
        "development", description="production switches the explorer and introspection off and asks for real secrets."
    )
    data_dir: Path = Field(ROOT / ".recobro", description="Embedded database, files and generated secrets.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15+, as the owner of the database. Unset: the embedded PostgreSQL."
    )
    app_database_url: SecretStr | None = Field(
        None, description="The login role's own address, where the owner's is kept away from the servers."
    )
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey. Unset: inside the process.")
    secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Comma-separated, at least 32 characters each; the first one encrypts. Unset: made and kept."
    )
    host: str = Field("127.0.0.1", min_length=1)
    port: int = Field(8000, ge=0, le=65535, description="0: one that is free.")
    public_url: str | None = Field(None, description="The address that clients use; also the issuer of tokens.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma-separated addresses or networks whose X-Forwarded headers are believed. Empty: nobody's."
    )
    pool_size: int = Field(10, ge=2, le=200)
    pooler: bool = Field(False, description="The database is reached through a pooler in transaction mode.")
    max_upload_bytes: int = Field(2 << 30, ge=1 << 20)
    plugins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Allow-list of plugins. Empty: all installed."
    )
    plugins_strict: bool = Field(False, description="A plugin that cannot be loaded stops the program.")
    plugin_memory_bytes: int = Field(
        2 << 30, ge=0, description="Address space of each plugin's process. 0: no limit, as on macOS in any case."
    )
    worker_in_process: bool = Field(True, description="`serve` also works the jobs, where no Redis is set.")

    @classmethod
    def read(cls, **given: Any) -> "Settings":
        """From the environment and what is given beside it. Raises: SettingsError, naming every wrong setting."""
        try:
            return cls(**given)
        except ValidationError as error:
            # Neither the values, which may be secrets, nor pydantic's many lines.
            wrong = [
                f"{PREFIX}{str(problem['loc'][0]).upper()}: {problem['msg'].removeprefix('Value error, ')}"
                for problem in error.errors(include_input=False, include_url=False, include_context=False)
            ]
            raise SettingsError("; ".join(dict.fromkeys(wrong)) + ".") from None

    @field_validator("secret_keys", "plugins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("database_url", "app_database_url", "redis_url", "public_url", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("database_url", "app_database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme.partition("+")[0] not in ("postgresql", "postgres") or not parts.path.strip("/"):
                raise ValueError("must look like postgresql://user:password@host:5432/database")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must look like redis://host:6379/0")
        return value

    @field_validator("secret_keys")
    @classmethod
    def _long_enough(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < MIN_KEY for key in value):
            raise ValueError(f"each key needs at least {MIN_KEY} characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _an_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError("must look like https://host, without a path")
        if parts.scheme == "http" and not _this_machine(parts.hostname):
            raise ValueError("must be https, because tokens and passwords travel over it")
        return value.rstrip("/")

    @property
    def issuer(self) -> str:
        """The address that clients use. Raises: SettingsError where it must be told, or must be another."""
        if self.environment == "production" and not (self.public_url or "").startswith("https://"):
            raise SettingsError(
                f"{PREFIX}PUBLIC_URL must be an https address in production: the one that clients use, without a path."
            )
        if self.public_url is not None:
            return self.public_url
        if not _this_machine(self.host):
            raise SettingsError(
                f"{PREFIX}HOST is {self.host}, which no client can use as an address: set {PREFIX}PUBLIC_URL to the "
                f"one that clients use (https://host; or http://localhost:{self.port} where only this machine does)."
            )
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def embedded(self) -> bool:
        return self.database_url is None and self.app_database_url is None

    def keys(self) -> tuple[str, ...]:
        """The installation's secret keys: given, or made once and kept in the data folder (development only)."""
        if self.secret_keys:
            return tuple(key.get_secret_value() for key in self.secret_keys)
        if self.environment == "production":
            raise SettingsError(f"{PREFIX}SECRET_KEYS is not set; in production it must be, and must be kept safe.")
        path = self.data_dir / "secret_key"
        try:
            if not path.exists():
                _keep(path, secrets.token_urlsafe(48))
            return (path.read_text().strip(),)
        except OSError as problem:
            raise SettingsError(f"{PREFIX}DATA_DIR: {path} cannot be used: {problem.strerror}.") from problem


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _keep(path: Path, text: str) -> None:
    """Write a file in one step, whoever else does so or dies at the same time: the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Those of the environment. Raises: SettingsError."""
    return Settings.read()
