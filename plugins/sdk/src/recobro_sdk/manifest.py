"""Who a plugin is, what it offers and what it asks to be allowed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from recobro_sdk.errors import InvalidConfiguration

SDK_VERSION: Final = "0.1.0"
"""Version of the contracts in this package; what `PluginManifest.sdk` is compared with."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,62}")
_SCOPE: Final = re.compile(r"[a-z]+(?::[a-z0-9_.{}\-]+)+")
_CLAUSE: Final = re.compile(r"(>=|<)(\d+(?:\.\d+)*)")


class Capability(StrEnum):
    """What a plugin can offer; one for each hook that returns offers."""

    BUREAU = "bureau"
    BUREAU_FURNISHING = "bureau_furnishing"
    LEGAL_CHANNEL = "legal_channel"
    CLIENT_REPORT = "client_report"
    MESSAGE_CHANNEL = "message_channel"
    PAYMENT_GATEWAY = "payment_gateway"
    JURISDICTION = "jurisdiction"
    SCORER = "scorer"
    FILE_LAYOUT = "file_layout"
    IDENTIFIER_VALIDATOR = "identifier_validator"
    EVENT_SUBSCRIBER = "event_subscriber"
    EXTENSION = "extension"


class ContributionKind(StrEnum):
    """What a plugin can add to the host itself, beyond its offers. All of it is gone after uninstalling."""

    GRAPHQL = "graphql"
    """Types, fields, queries and mutations under the plugin's prefix."""
    JOBS = "jobs"
    """Work in the background, on a schedule or on demand."""
    TABLES = "tables"
    """Tables of its own, with the agency's walls; exported before they are dropped."""
    CALLBACKS = "callbacks"
    """An address at which its provider calls the host."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """Something that a plugin adds to the host, and what for, in the words that an operator reads."""

    kind: ContributionKind
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"contribution {self.kind!r} says no reason")


@dataclass(frozen=True, slots=True)
class PluginScope:
    """One permission that an agency's administrator grants when enabling the plugin.

    `code` is what the host enforces: `<thing>:<part>:<action>` such as `debtor:document:read`, or `http:<host>`, or
    `http:{field}` for the host of the URL in that field of the settings, and likewise `sftp:` for hosts of
    `PluginContext.connect`. `reason` is the sentence the administrator reads, in plain words: what leaves the agency
    and what for.
    """

    code: str
    reason: str

    def __post_init__(self) -> None:
        if _SCOPE.fullmatch(self.code) is None:
            raise ValueError(f"malformed scope {self.code!r}")
        if not self.reason.strip():
            raise ValueError(f"scope {self.code!r} says no reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginManifest:
    """The identity card of a plugin, checked by the host before anything else of it is used.

    `name` is the prefix of everything the plugin owns; `sdk` the range of SDK versions it works with, as
    comma-separated `>=` and `<` clauses, and is never left open by accident: the default follows this SDK. `scopes` are
    what every agency's administrator approves; `contributions` what the operator does, once for the installation.
    """

    name: str
    version: str
    summary: str
    maintainer: str
    homepage: str
    capabilities: frozenset[Capability]
    scopes: tuple[PluginScope, ...] = ()
    sdk: str = ">=0.1,<0.2"
    contributions: tuple[Contribution, ...] = ()

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(f"malformed plugin name {self.name!r}")
        for clause in self.sdk.split(","):
            if _CLAUSE.fullmatch(clause.strip()) is None:
                raise ValueError(f"malformed SDK range {self.sdk!r}")

    @property
    def is_closed(self) -> bool:
        """Whether the SDK range ends somewhere: an open one promises what nobody can know."""
        return any(clause.strip().startswith("<") for clause in self.sdk.split(","))

    def accepts_sdk(self, version: str = SDK_VERSION) -> bool:
        """Whether an SDK version such as `0.1.0` is in the plugin's range."""
        have = _numbers(version)
        for clause in self.sdk.split(","):
            match = _CLAUSE.fullmatch(clause.strip())
            assert match is not None  # checked when the manifest was made
            bound = _numbers(match[2])
            if not (have >= bound if match[1] == ">=" else have < bound):
                return False
        return True

    def allowed_hosts(self, settings: BaseModel, scheme: str = "http") -> frozenset[str]:
        """Hosts that this agency's client may reach: those of the `http:` (or `sftp:`) scopes.

        `{field}` is filled in from the settings. A field that is empty, or that another offer of the plugin has and
        this one has not, adds no host. Raises `InvalidConfiguration` when a field holds no URL of the scheme.
        """
        hosts: set[str] = set()
        for scope in self.scopes:
            target = scope.code.removeprefix(f"{scheme}:")
            if target == scope.code:
                continue
            host = _host_in_field(settings, target[1:-1], scheme) if target.startswith("{") else target
            if host:
                hosts.add(host.lower())
        return frozenset(hosts)


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in re.findall(r"\d+", version)[:3]]
    return tuple(parts + [0] * (3 - len(parts)))


def _host_in_field(settings: BaseModel, field: str, scheme: str) -> str | None:
    value = getattr(settings, field, None)
    if not value:
        return None
    url = urlsplit(str(value))
    if url.scheme not in ((scheme, "https") if scheme == "http" else (scheme,)) or not url.hostname:
        words = "an http or https" if scheme == "http" else f"an {scheme}"
        raise InvalidConfiguration(f"the setting {field} is not {words} address")
    return url.hostname
