"""Settings of the sandbox bureau, filled in by an agency's administrator."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator


class SandboxBureauSettings(BaseModel):
    """How to reach the sandbox bureau."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_key: SecretStr = Field(min_length=8, description="Key that the bureau gave the agency; sent with every inquiry")
    base_url: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        default="",
        description="Address of a running sandbox bureau; empty starts one inside this process, for demonstrations",
    )
    timeout_ms: int = Field(default=5000, ge=50, le=60_000, description="Longest wait for an answer, in milliseconds")

    @model_validator(mode="after")
    def _address_is_http(self) -> Self:
        url = urlsplit(self.base_url)
        if self.base_url and (url.scheme not in ("http", "https") or not url.hostname):
            raise ValueError("base_url must be an http or https address")
        return self
