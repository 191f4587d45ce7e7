"""The settings of an offer at one agency: checked by the plugin's model, sealed at rest, shown without secrets."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import orjson

from core.kit import crypto, db, listen
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.scope import Scope
from core.plugin_host import host
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.peer import PluginFaultError, problems_of
from core.plugin_host.problems import misconfigured, safe_text, timed_out
from core.plugin_host.remote import Instance
from core.plugin_host.runtime import Built, Enabled, Lease
from core.plugin_host.turns import turn

MAX_SETTINGS_BYTES = 64 << 10
MASK = "**********"
ASK_S = 10.0
"""How long a plugin may take to look at its settings, or to build a provider: it does neither by asking anybody."""
_LOOK_S = 60.0
_UNKNOWN = {"writeOnly": True}
"""What the form has no field for: nobody can tell that it is no secret."""


async def require_enabled(tx: Tx, loaded: LoadedOffer) -> Enabled:
    """The agency's settings of an offer. Raises: Conflict (OFFER_NOT_ENABLED)."""
    row = await tx.fetchrow(_ENABLED, tx.scope.agency, loaded.code, loaded.plugin)
    if row is None:
        raise not_enabled(loaded)
    return Enabled(row["version"], row["sealed"])


async def enabled_settings(scope: Scope, loaded: LoadedOffer, lease: Lease) -> Enabled:
    """As `require_enabled`, from what the lease knows, or in one statement of its own."""
    known = lease.holds()
    if known is not None:
        return known
    asked = time.monotonic()
    async with turn(), db.single(scope) as reader:
        rows = await reader.fetch(_ENABLED, scope.agency, loaded.code, loaded.plugin)
    if not rows:
        raise not_enabled(loaded)
    enabled = Enabled(rows[0]["version"], rows[0]["sealed"])
    lease.set(enabled, asked)
    return enabled


NOTIFY_CHANNEL = "recobro_plugins"


def tell(tx: Tx) -> None:
    """Settings are changed: when it commits, let every process read them anew."""
    tx.at_commit("SELECT pg_notify('recobro_plugins', '')")


async def follow() -> None:
    """Have this process read settings anew when others have changed any, again and again."""
    while True:
        mark = listen.mark(NOTIFY_CHANNEL)
        await listen.wait(NOTIFY_CHANNEL, _LOOK_S, mark)
        host.runtime().doubt()


_ENABLED = "SELECT version, sealed FROM plugin_setting WHERE agency_id = $1 AND offer = $2 AND plugin = $3 AND enabled"


def not_enabled(loaded: LoadedOffer) -> Conflict:
    return Conflict(
        f"The {loaded.kind.noun} '{loaded.code}' is not enabled for this agency.", code="OFFER_NOT_ENABLED",
        field=loaded.kind.field, remedy="Ask an administrator of the agency to enable it with its settings.",
    )  # fmt: skip


async def check_settings(loaded: LoadedOffer, values: Mapping[str, Any]) -> None:
    """Have the plugin's model check settings.

    Raises: InvalidInput (SETTINGS_INVALID) that names the first field at fault, and never what it contains;
    ProviderProblem where the plugin's process does not answer.
    """
    try:
        body = orjson.dumps(values)
    except TypeError as problem:
        raise _invalid("settings", "they are not a JSON object") from problem
    if len(body) > MAX_SETTINGS_BYTES:
        raise _invalid("settings", "they are too large")
    peer = await loaded.link.peer()
    try:
        async with asyncio.timeout(ASK_S):
            reply = await peer.request("settings", {"offer": loaded.code}, body)
    except TimeoutError as problem:
        raise timed_out("The plugin does not look at its settings in time.") from problem
    except PluginFaultError as problem:
        raise misconfigured() from problem
    found = problems_of(reply)
    if found:
        told = [f"{field or 'settings'}: {safe_text(words)}" for field, words in found]
        raise _invalid(f"settings.{found[0][0]}" if found[0][0] else "settings", "; ".join(told))


def _invalid(field: str, words: str) -> InvalidInput:
    return InvalidInput(
        f"The settings cannot be used: {words}.", code="SETTINGS_INVALID", field=field,
        remedy="Correct the field; the offer's JSON Schema describes it.",
    )  # fmt: skip


def seal(values: Mapping[str, Any]) -> bytes:
    return crypto.encrypt(orjson.dumps(values))


def unseal(sealed: bytes) -> dict[str, Any]:
    """Raises: DomainError (SECRET_UNREADABLE)."""
    return orjson.loads(crypto.decrypt(sealed))


def with_kept_secrets(loaded: LoadedOffer, given: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, with the stored secret wherever a secret is left out, or given back as it was shown: masked."""
    properties: dict[str, Any] = loaded.settings_schema.get("properties", {})
    kept = {
        name: stored[name]
        for name, schema in properties.items()
        if name in stored and is_secret(schema) and given.get(name) in (None, MASK)
    }
    return {**given, **kept}


def is_secret(schema: object) -> bool:
    """Whether the JSON Schema of a field is that of a secret."""
    if isinstance(schema, Mapping):
        node = cast("Mapping[str, object]", schema)
        return node.get("writeOnly") is True or any(is_secret(part) for part in node.values())
    return isinstance(schema, list) and any(is_secret(part) for part in cast("list[object]", schema))


def masked(loaded: LoadedOffer, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with their defaults, and a mask where a secret is."""
    properties: dict[str, Any] = loaded.settings_schema.get("properties", {})
    defaults = {name: schema["default"] for name, schema in properties.items() if "default" in schema}
    whole = {**defaults, **values}
    ordered = {name: whole[name] for name in (*properties, *(set(whole) - set(properties))) if name in whole}
    return {
        name: MASK if is_secret(properties.get(name, _UNKNOWN)) and value else value for name, value in ordered.items()
    }


async def build(loaded: LoadedOffer, agency_id: UUID, version: int, values: Mapping[str, Any]) -> Built:
    """Let the plugin build its provider. Raises: ProviderProblem (PROVIDER_MISCONFIGURED, …)."""
    try:
        async with asyncio.timeout(ASK_S):
            return Built(version, await Instance.build(loaded, agency_id, values))
    except TimeoutError as problem:
        raise timed_out("The plugin is not built in time.") from problem


async def build_from(loaded: LoadedOffer, agency_id: UUID, enabled: Enabled) -> Built:
    """As `build`, from what is kept. Raises: ProviderProblem; DomainError (SECRET_UNREADABLE)."""
    return await build(loaded, agency_id, enabled.version, unseal(enabled.sealed))
