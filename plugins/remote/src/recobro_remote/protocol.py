"""The operations of the protocol, derived from the contracts' annotations: what travels, and how it is written as JSON.

A question is an object with the parameters of the function, an answer what the function returns, both as pydantic
writes the contract's types. What the host knows better (which offer this is, what time it is) is left out of answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, Final, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Discriminator, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticSerializationError

from recobro_sdk import (
    BureauFurnisher,
    BureauProvider,
    BureauReport,
    Capability,
    CaseFollower,
    CostAnswerReceiver,
    Delivery,
    HandoffReceipt,
    HandoffRef,
    JsonObject,
    LegalChannel,
    MessageChannel,
    MessageEvent,
    RejectedByProvider,
    Settled,
    Submission,
)

HOST_FIELDS: Final[Mapping[type, tuple[str, str]]] = {
    BureauReport: ("provider", "fetched_at"),
    HandoffReceipt: ("channel", "received_at"),
    Delivery: ("channel", "at"),
    Submission: ("bureau", "received_at"),
}
"""Fields of answers that the host fills in: the code of the offer, and the moment by its clock."""


class NotAnAnswer(ValueError):
    """What came is not of the shape that the contract says. The message names no value."""


class Callback(BaseModel):
    """What a server tells by itself: one event or several about messages that it took."""

    model_config = ConfigDict(strict=True)

    events: tuple[MessageEvent, ...]


class CaseCall(BaseModel):
    """What a server tells of its cases by itself: that there is news of these. What it is, is asked for."""

    model_config = ConfigDict(strict=True)

    handoffs: tuple[HandoffRef, ...] = Field(min_length=1, max_length=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One function of a contract, which is `POST {base_url}/v1/{contract}/{name}`.

    `question` is a model of its parameters, `answer` reads what it returns, `subject` is the type in it whose
    `HOST_FIELDS` the host fills in. An `effect` is done once for each idempotency key, which is its message id.
    `ability` is that of the optional part of the contract to which the function belongs.
    """

    contract: Capability
    name: str
    effect: bool
    summary: str
    question: type[BaseModel]
    answer: TypeAdapter[Any] = field(repr=False)
    subject: type | None
    outcome: bool
    ability: str | None = None

    @property
    def path(self) -> str:
        """The path below the server's address."""
        return f"/v1/{self.contract.value}/{self.name}"

    def write(self, arguments: Mapping[str, object]) -> bytes:
        """The question as JSON. Raises `RejectedByProvider` (`malformed_request`) before anything leaves."""
        try:
            question = self.question.model_validate(dict(arguments))
            return question.__pydantic_serializer__.to_json(question, warnings="error")
        except (ValidationError, PydanticSerializationError, ValueError):
            # `from None`: the original shows what was asked, which is personal data.
            raise RejectedByProvider(
                f"{self.name} was called with what its contract does not allow", code="malformed_request"
            ) from None

    def read(self, content: bytes, *, code: str, now: datetime) -> Any:
        """The answer, with the host's fields filled in. Raises `NotAnAnswer`."""
        body = as_object(content)
        if self.subject is not None:
            told = body.get("value") if self.outcome else body
            if isinstance(told, dict):
                if "" in (told.get("reference"), told.get("number")):
                    raise NotAnAnswer("it has no number")
                # Replaced where the server gives them: an answer does not choose which offer it comes from.
                told.update(zip(HOST_FIELDS[self.subject], (code, now.isoformat()), strict=True))
        try:
            return self.answer.validate_json(json.dumps(body), strict=True)
        except (ValueError, TypeError):
            raise NotAnAnswer("it is not of the shape that the contract says") from None


def as_object(content: bytes) -> JsonObject:
    """A JSON object. Numbers with a fraction come as texts, so that none is rounded. Raises `NotAnAnswer`."""
    try:
        body = json.loads(content, parse_float=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotAnAnswer("it is no JSON") from None
    if not isinstance(body, dict):
        raise NotAnAnswer("it is no JSON object")
    return cast("JsonObject", body)


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _operation(
    contract: Capability, function: Callable[..., Any], *, effect: bool, summary: str, ability: str | None = None
) -> Operation:
    hints = get_type_hints(function)
    returned = hints.pop("return")
    parts = get_args(returned)
    settled = next((part for part in parts if get_origin(part) is Settled), None)
    subject = get_args(settled)[0] if settled is not None else returned
    name = function.__name__
    fields: dict[str, Any] = {parameter: (hint, ...) for parameter, hint in hints.items()}
    title = "".join(word.capitalize() for word in (*contract.value.split("_"), *name.split("_"), "request"))
    # An outcome has to say which it is: two of them may look the same.
    told: Any = Annotated[returned, Discriminator("state")] if settled is not None else returned
    if returned is NoneType:
        told = dict[str, Any]  # every answer is an object: here any, and an empty one is enough
    return Operation(
        contract=contract,
        name=name,
        effect=effect,
        summary=summary,
        question=create_model(title, __config__=ConfigDict(strict=True, title=title), **fields),
        answer=TypeAdapter(told),
        subject=subject if subject in HOST_FIELDS else None,
        outcome=settled is not None,
        ability=ability,
    )


FETCH_REPORT: Final = _operation(
    Capability.BUREAU, BureauProvider.fetch_report, effect=True, summary="Ask about a debtor, once for each key"
)
SUBMIT: Final = _operation(
    Capability.LEGAL_CHANNEL, LegalChannel.submit, effect=True, summary="Hand a case over, once for each key"
)
HANDOFF_STATUS: Final = _operation(
    Capability.LEGAL_CHANNEL, LegalChannel.status, effect=False, summary="How far a case has come"
)
NEWS: Final = _operation(
    Capability.LEGAL_CHANNEL,
    CaseFollower.news,
    effect=False,
    summary="All that is known of a case: 500 events, 200 costs and 500 amounts at most, each under its own reference",
    ability="case_news",
)
ANSWER_COST: Final = _operation(
    Capability.LEGAL_CHANNEL,
    CostAnswerReceiver.answer_cost,
    effect=True,
    summary="Hear what was decided on a cost, once for each cost",
    ability="cost_answers",
)
SEND: Final = _operation(
    Capability.MESSAGE_CHANNEL, MessageChannel.send, effect=True, summary="Send a message, once for each key"
)
MESSAGE_STATUS: Final = _operation(
    Capability.MESSAGE_CHANNEL, MessageChannel.status, effect=False, summary="How a message stands"
)

SUBMIT_BATCH: Final = _operation(
    Capability.BUREAU_FURNISHING, BureauFurnisher.submit, effect=True, summary="Take a batch, once for each key"
)
BATCH_STATUS: Final = _operation(
    Capability.BUREAU_FURNISHING, BureauFurnisher.status, effect=False, summary="Which records of a batch were taken"
)

OPERATIONS: Final = (
    FETCH_REPORT, SUBMIT, HANDOFF_STATUS, NEWS, ANSWER_COST, SEND, MESSAGE_STATUS, SUBMIT_BATCH, BATCH_STATUS,
)  # fmt: skip
"""Every operation that has an answer. Each contract has `check` too: asked with an empty object, and answered
with one that names the abilities that are served."""

CONTRACTS: Final = tuple(dict.fromkeys(operation.contract for operation in OPERATIONS))
"""The contracts that are served."""


def abilities(contract: Capability) -> tuple[str, ...]:
    """The optional parts of a contract that a server may serve, and then names in its answer to `check`."""
    return tuple(one.ability for one in OPERATIONS if one.contract is contract and one.ability is not None)
