"""Settings of the remote offers, filled in by an agency's administrator."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from recobro_sdk import DocumentKind

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class RemoteSettings(BaseModel):
    """How to reach the integrator's server, and how both sides sign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = Field(
        description="Address of the integrator's server, https unless it runs on this machine; /v1/... is appended"
    )
    secret: SecretStr = Field(
        description="Secret of Standard Webhooks (whsec_ and base64) that signs questions, answers and callbacks"
    )
    connect_timeout_ms: int = Field(
        default=3000, ge=50, le=30_000, description="Longest wait for a connection, in milliseconds"
    )
    timeout_ms: int = Field(default=10_000, ge=50, le=60_000, description="Longest wait for an answer, in milliseconds")

    @field_validator("secret")
    @classmethod
    def _secret_is_long_enough(cls, value: SecretStr) -> SecretStr:
        try:
            key = base64.b64decode(value.get_secret_value().removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            # `from None`: the original shows what it could not read.
            raise ValueError("the secret is whsec_ and base64") from None
        if not 24 <= len(key) <= 64:
            raise ValueError("the secret has 24 to 64 bytes (Standard Webhooks 1.0)")
        return value

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("base_url must be an http or https address")
        if url.query or url.fragment or url.username or url.password:
            raise ValueError("base_url has no query, fragment, name or password")
        # A signature proves who speaks and hides nothing.
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise ValueError("base_url must be https: what is asked holds personal data")
        return self


class NeededField(StrEnum):
    """What a furnishing server may insist on."""

    ADDRESS = "address"
    BORN_ON = "born_on"
    PHONE = "phone"
    EMAIL = "email"


class RemoteFurnishingSettings(RemoteSettings):
    """Settings of the furnisher: what the server would refuse too, which has to be answered without asking it."""

    needed_fields: tuple[NeededField, ...] = Field(
        default=(), max_length=4, description="What every debtor needs, or the server refuses the record"
    )


class RemoteLegalSettings(RemoteSettings):
    """Settings of the legal channel: its checklist too, which has to be answered without asking the server."""

    required_documents: tuple[DocumentKind, ...] = Field(
        default=(DocumentKind.POWER_OF_ATTORNEY,),
        max_length=20,
        description="Documents without which the server refuses a case; a case that lacks one is not sent",
    )
    wanted_documents: tuple[DocumentKind, ...] = Field(
        default=(), max_length=20, description="Documents that a case should have; it is sent without them all the same"
    )
