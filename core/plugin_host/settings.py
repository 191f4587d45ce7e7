"""The settings of an offer at one agency: checked by the plugin's model, sealed at rest, shown without secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import orjson
from pydantic import BaseModel, ValidationError

from core.kit import crypto, db
from core.kit.db import Tx
from core.kit.errors import Conflict, InvalidInput
from core.kit.scope import Scope
from core.plugin_host.context import HostContext
from core.plugin_host.offers import LoadedOffer
from core.plugin_host.problems import misconfigured, safe_text
from core.plugin_host.runtime import Built
from recobro_sdk import PluginError

MAX_SETTINGS_BYTES = 64 << 10
MASK = "**********"


@dataclass(frozen=True, slots=True)
class Enabled:
    """What an agency has enabled: the version of its settings, and the settings as they are kept."""

    version: int
    sealed: bytes


async def require_enabled(tx: Tx, loaded: LoadedOffer) -> Enabled:
    """The agency's settings of an offer. Raises: Conflict (OFFER_NOT_ENABLED)."""
    row = await tx.fetchrow(
        "SELECT version, sealed FROM plugin_setting WHERE agency_id = $1 AND offer = $2 AND plugin = $3 AND enabled",
        tx.scope.agency, loaded.code, loaded.plugin,
    )  # fmt: skip
    if row is None:
        raise Conflict(
            f"The {loaded.kind.noun} '{loaded.code}' is not enabled for this agency.", code="OFFER_NOT_ENABLED",
            field=loaded.kind.field, remedy="Ask an administrator of the agency to enable it with its settings.",
        )  # fmt: skip
    return Enabled(row["version"], row["sealed"])


async def enabled_settings(scope: Scope, loaded: LoadedOffer) -> Enabled:
    """As `require_enabled`, in a transaction of its own."""
    async with db.transaction(scope, read_only=True) as tx:
        return await require_enabled(tx, loaded)


def check_settings(loaded: LoadedOffer, values: Mapping[str, Any]) -> BaseModel:
    """Raises: InvalidInput (SETTINGS_INVALID) that names the first field at fault, and never what it contains."""
    try:
        if len(orjson.dumps(values)) > MAX_SETTINGS_BYTES:
            raise _invalid("settings", "they are too large")
    except TypeError as problem:
        raise _invalid("settings", "they are not a JSON object") from problem
    try:
        return loaded.offer.settings.model_validate(dict(values))
    except ValidationError as error:
        # `from None`: the original carries the rejected values, which may be secrets.
        raise _from_validation(error) from None


def _from_validation(error: ValidationError) -> InvalidInput:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    told = [f"{'.'.join(map(str, item['loc'])) or 'settings'}: {safe_text(item['msg'])}" for item in found[:10]]
    first = ".".join(["settings", *map(str, found[0]["loc"])])
    return _invalid(first, "; ".join(told))


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


def masked(model: BaseModel) -> dict[str, Any]:
    """The settings as JSON with a mask where a secret is."""
    return model.model_dump(mode="json")


def build(loaded: LoadedOffer, agency_id: UUID, version: int, model: BaseModel) -> Built:
    """Let the plugin build its provider. Raises: ProviderProblem (PROVIDER_MISCONFIGURED)."""
    try:
        context = HostContext(loaded.manifest, loaded.code, agency_id, model)
        provider = loaded.offer.build(model, context)
    except PluginError as problem:
        refused = misconfigured()
        refused.message = f"{refused.message[:-1]}: {safe_text(problem.safe_message)}"
        raise refused from problem
    except (Exception, SystemExit) as problem:
        raise misconfigured() from problem
    if not isinstance(provider, loaded.kind.contract):
        raise misconfigured()
    return Built(loaded, version, provider, context)


def build_from(loaded: LoadedOffer, agency_id: UUID, enabled: Enabled) -> Built:
    """As `build`, from what is kept. Raises: ProviderProblem; DomainError (SECRET_UNREADABLE)."""
    try:
        model = check_settings(loaded, unseal(enabled.sealed))
    except InvalidInput as problem:  # a newer version of the plugin may ask for more than was given
        raise misconfigured() from problem
    return build(loaded, agency_id, enabled.version, model)
