"""Settings of the channels, filled in by an agency's administrator."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from recobro_sdk import CaseEventKind, DocumentKind

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
ANSWERS: Final = frozenset({"acknowledged", "accepted", "refused"})
"""What a code may mean beside the things that happen in a lawsuit."""
_HAPPENS: Final = frozenset(CaseEventKind) - {CaseEventKind.HEARING_SET, CaseEventKind.AUCTION_SET}
"""A record 39 has no room for the day that was set."""

_NETWORK_ID: Final = r"^[A-Z0-9]{2,10}(\.[A-Z0-9]{1,7})?$"
_MEANING: Final = re.compile(r"(\*CC:[A-Z][0-9]{0,3})=([a-z_]+)")
_HOST_KEY: Final = re.compile(r"[a-z0-9@.\-]+ [A-Za-z0-9+/=]+( .*)?")

Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Folder = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\x00\r\n]+$")
]
NetworkId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10, pattern=_NETWORK_ID)]


class YgcSettings(BaseModel):
    """Who is who, what the firm needs, and what its codes mean; whichever way the files go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    forwarder_id: NetworkId = Field(
        description="The agency's id in the network, with its portfolio after a point: VA07.CBANK"
    )
    firm_id: NetworkId = Field(description="The law firm's id in the network")
    country: str = Field(
        default="US", pattern=r"^[A-Z]{2}$", description="Country whose cases the firm takes, ISO 3166 alpha-2"
    )
    currency: str = Field(
        default="USD", pattern=r"^[A-Z]{3}$", description="Currency of all amounts, ISO 4217: records carry none"
    )
    commission: str = Field(default="", max_length=4, description="The firm's commission as records 01 state it")
    suit_fee: str = Field(default="", max_length=4, description="The firm's fee of a suit as records 01 state it")
    note_code: str = Field(
        default="*CC:W122", pattern=r"^\*CC:[A-Z][0-9]{3}$", description="Code under which notes to the firm are sent"
    )
    required_documents: tuple[DocumentKind, ...] = Field(
        default=(DocumentKind.CONTRACT,), max_length=20, description="Documents without which the firm takes no case"
    )
    meanings: tuple[str, ...] = Field(
        default=("*CC:S101=acknowledged", "*CC:C=terminated"),
        max_length=300,
        description="What the firm's codes mean, as CODE=meaning: acknowledged, accepted, refused, or what happened in "
        "the lawsuit (filed, served, judgment, terminated, ...); a code may be cut short, the longest that fits counts",
    )
    timeout_ms: int = Field(
        default=8000, ge=50, le=30_000, description="Longest wait for each step of an exchange, in milliseconds"
    )

    @field_validator("meanings")
    @classmethod
    def _meanings_are_known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            found = _MEANING.fullmatch(line)
            if found is None or found[2] not in ANSWERS | _HAPPENS:
                raise ValueError("a meaning is written as *CC:S101=acknowledged, with a meaning that there is")
        return value

    @property
    def timeout_s(self) -> int:
        """The wait in whole seconds, at least one: for clients that count in seconds."""
        return max(1, -(-self.timeout_ms // 1000))

    def meaning(self, code: str) -> str | None:
        """What a code of the firm means; None for a note like any other."""
        fitting = [line.partition("=") for line in self.meanings if code.startswith(line.partition("=")[0])]
        return max(fitting, key=lambda found: len(found[0]))[2] if fitting else None


class YgcSftpSettings(YgcSettings):
    """Files over SFTP."""

    address: Address = Field(description="Address of the server: sftp://files.firm.example or with a port after it")
    username: str = Field(min_length=1, max_length=120, description="Name of the agency's account at the server")
    password: SecretStr | None = Field(default=None, description="Password of that account, where it has one")
    private_key: SecretStr | None = Field(
        default=None,
        description="Private key of that account in OpenSSH or PEM form, without passphrase: it is kept sealed here",
    )
    host_keys: tuple[str, ...] = Field(
        min_length=1,
        max_length=10,
        description="The server's public keys, one a line as in its .pub files; nobody else is believed to be it",
    )
    outbox: Folder = Field(default="to_firm", description="Folder on the server into which files to the firm are put")
    inbox: Folder = Field(default="from_firm", description="Folder on the server in which the firm puts its files")
    quiet_s: int = Field(
        default=60,
        ge=0,
        le=86_400,
        description="Seconds for which a file of the firm has not changed before it is read; 0 where it renames them",
    )

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        url = urlsplit(self.address)
        if url.scheme != "sftp" or not url.hostname or url.path.strip("/") or url.query or url.username or url.password:
            raise ValueError("address is sftp://host or sftp://host:port, without a folder, name or password")
        if self.password is None and self.private_key is None:
            raise ValueError("give a private_key, or a password")
        if any(_HOST_KEY.fullmatch(line) is None for line in self.host_keys):
            raise ValueError("a host key is a type and base64, as in 'ssh-ed25519 AAAA...'")
        if self.outbox == self.inbox:
            raise ValueError("outbox and inbox are two folders")
        return self

    @property
    def host(self) -> str:
        """The server's name or address."""
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        """The server's port."""
        return urlsplit(self.address).port or 22


class YgcHttpSettings(YgcSettings):
    """Files over HTTP."""

    base_url: Address = Field(description="Address of the network's gateway, https; /v1/files and /v1/inbox are below")
    api_key: SecretStr = Field(min_length=8, description="Key by which the gateway knows the agency")

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        url = urlsplit(self.base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError("base_url must be an http or https address")
        if url.query or url.fragment or url.username or url.password:
            raise ValueError("base_url has no query, fragment, name or password")
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            raise ValueError("base_url must be https: the files hold personal data")
        return self
