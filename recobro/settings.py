"""Settings, from the environment (`RECOBRO_…`). Every one has a default that works on a laptop."""

import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RECOBRO_", extra="ignore")

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
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = Field(None, description="The address that clients use; also the issuer of tokens.")
    pool_size: int = Field(10, ge=2, le=200)
    pooler: bool = Field(False, description="The database is reached through a pooler in transaction mode.")
    max_upload_bytes: int = Field(2 << 30, ge=1 << 20)
    plugins: Annotated[tuple[str, ...], NoDecode] = Field((), description="Allow-list of plugins. Empty: all installed.")
    plugins_strict: bool = Field(False, description="A plugin that cannot be loaded stops the program.")
    worker_in_process: bool = Field(True, description="`serve` also works the jobs, where no Redis is set.")

    @field_validator("secret_keys", "plugins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def issuer(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def embedded(self) -> bool:
        return self.database_url is None and self.app_database_url is None

    def keys(self) -> tuple[str, ...]:
        """The installation's secret keys: given, or made once and kept in the data folder (development only)."""
        if self.secret_keys:
            return tuple(key.get_secret_value() for key in self.secret_keys)
        if self.environment == "production":
            raise SettingsError("RECOBRO_SECRET_KEYS is not set; in production it must be, and must be kept safe.")
        path = self.data_dir / "secret_key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return (path.read_text().strip(),)


class SettingsError(RuntimeError):
    """A setting is missing or wrong; the message says which and what to do."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    return Settings()  # pyright: ignore[reportCallIssue]
