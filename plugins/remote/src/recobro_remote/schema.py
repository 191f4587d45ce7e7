"""The protocol as an OpenAPI 3.1 document, generated from the contracts' annotations."""

from __future__ import annotations

from typing import Any, Final, Literal, cast

from pydantic import TypeAdapter

from recobro_remote.protocol import CONTRACTS, HOST_FIELDS, OPERATIONS, Callback, CaseCall, abilities
from recobro_remote.refusals import RefusalBody
from recobro_sdk import Capability

_REF: Final = "#/components/schemas/{model}"
_HEADERS: Final = {
    "webhook-id": "The idempotency key of an effect; of an answer: answer- and the question's id",
    "webhook-timestamp": "Seconds since 1970, at most 300 from the receiver's clock",
    "webhook-signature": "v1, and the base64 of HMAC-SHA256 over id.timestamp.body; several with a space between",
}
_ABOUT: Final = (
    "What Recobro asks an integrator's server. Questions, answers and callbacks are signed as Standard Webhooks 1.0 "
    "says. An answer is status 200 and the shape below; whatever else is a refusal. Amounts are integers of minor "
    "units; a number with a fraction is refused where an integer is meant."
)


def protocol_document() -> dict[str, Any]:
    """The whole document, as JSON values in a stable order."""
    shapes, components = _shapes()
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        asked, answered = shapes[operation.path, "serialization"], shapes[operation.path, "validation"]
        name = f"{operation.contract.value}.{operation.name}"
        paths[operation.path] = {"post": _post(name, operation.summary, asked, answered)}
    empty: dict[str, Any] = {"type": "object"}
    for contract in CONTRACTS:
        summary = "Say whether this contract is served for whoever signs; without an effect or a charge"
        paths[f"/v1/{contract.value}/check"] = {
            "post": _post(f"{contract.value}.check", summary, empty, _checked(contract))
        }
    told = _told("What became of a message", shapes["message", "validation"])
    news = _told("There is news of these cases: the host asks for it at once", shapes["case", "validation"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Recobro remote plugins", "version": "1.0.0", "description": _ABOUT},
        "paths": paths,
        "webhooks": {"message_channel.event": {"post": told}, "legal_channel.news": {"post": news}},
        "components": {"schemas": components},
    }


def _told(summary: str, shape: Any) -> dict[str, Any]:
    taken = {"2XX": {"description": "Taken"}, "default": {"description": "Send it again later"}}
    return {"summary": summary, "parameters": _parameters(), "requestBody": _body(shape), "responses": taken}


def _checked(contract: Capability) -> dict[str, Any]:
    parts = abilities(contract)
    if not parts:
        return {"type": "object"}
    about = "The optional parts that are served; without them the offer that asks for them is not enabled"
    items = {"type": "string", "enum": list(parts)}
    return {"type": "object", "properties": {"abilities": {"type": "array", "items": items, "description": about}}}


def _shapes() -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    # A question is described as it is written, an answer and a callback as they are read.
    inputs: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[Any]]] = [
        ("message", "validation", TypeAdapter(Callback)),
        ("case", "validation", TypeAdapter(CaseCall)),
        ("refusal", "validation", TypeAdapter(RefusalBody)),
    ]
    for operation in OPERATIONS:
        inputs.append((operation.path, "serialization", TypeAdapter(operation.question)))
        inputs.append((operation.path, "validation", operation.answer))
    found, document = TypeAdapter.json_schemas(inputs, ref_template=_REF)
    shapes = cast("dict[tuple[str, str], Any]", found)
    components = cast("dict[str, Any]", document["$defs"])
    for schema in components.values():
        _require_states(schema)
    _leave_out_host_fields(components)
    components["RefusalAnswer"] = shapes["refusal", "validation"]
    return shapes, dict(sorted(components.items()))


def _leave_out_host_fields(components: dict[str, Any]) -> None:
    for kind, names in HOST_FIELDS.items():
        for name, schema in components.items():
            if name.partition("-")[0] == kind.__name__:
                schema["properties"] = {key: one for key, one in schema["properties"].items() if key not in names}
                schema["required"] = [key for key in schema["required"] if key not in names]


def _require_states(schema: dict[str, Any]) -> None:
    # Python has a default for what tells the outcomes apart; on the wire it has to be there.
    if "const" in schema.get("properties", {}).get("state", {}):
        schema["required"] = [*schema.get("required", []), "state"]


def _post(name: str, summary: str, asked: Any, answered: Any) -> dict[str, Any]:
    refusal = _REF.format(model="RefusalAnswer")
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _parameters(),
        "requestBody": _body(asked),
        "responses": {
            "200": {"description": "The answer, signed", "headers": _header_objects(), **_content(answered)},
            "default": {"description": "Refused, signed", "headers": _header_objects(), **_content({"$ref": refusal})},
        },
    }


def _parameters() -> list[dict[str, Any]]:
    text = {"type": "string"}
    return [
        {"name": name, "in": "header", "required": True, "description": about, "schema": text}
        for name, about in _HEADERS.items()
    ]


def _header_objects() -> dict[str, Any]:
    return {
        name: {"required": True, "description": about, "schema": {"type": "string"}} for name, about in _HEADERS.items()
    }


def _body(schema: Any) -> dict[str, Any]:
    return {"required": True, **_content(schema)}


def _content(schema: Any) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}
