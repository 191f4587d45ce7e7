"""What the server's refusals mean: one class of error for each way of recovering, as the SDK has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Final, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recobro_remote.protocol import as_object
from recobro_sdk import (
    AuthenticationFailed,
    InvalidConfiguration,
    PluginError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RejectedByProvider,
    SubjectNotFound,
)

_KINDS: Final = (
    ProviderUnavailable,
    ProviderTimeout,
    RateLimited,
    AuthenticationFailed,
    SubjectNotFound,
    RejectedByProvider,
    InvalidConfiguration,
)
CLASSES: Final[Mapping[str, type[PluginError]]] = {kind.default_code: kind for kind in _KINDS}
"""The classes that a refusal may name, and the SDK's error for each."""

_WORD: Final = re.compile(r"\w{3,}")
_NUMBER: Final = re.compile(r"\d(?:[\s.\-]?\d){3,}")


class Refusal(BaseModel):
    """Why there is no answer. `class` is a way of recovering; `code` is stable; `retryAfter` whole seconds to wait."""

    model_config = ConfigDict(strict=True)

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    recovery: str = Field(alias="class", json_schema_extra={"enum": list(CLASSES)})
    message: Annotated[str, StringConstraints(max_length=300)] = ""
    retry_after: Annotated[int, Field(ge=0, le=86_400)] | None = Field(default=None, alias="retryAfter")


class RefusalBody(BaseModel):
    """The body of every answer that is none."""

    model_config = ConfigDict(strict=True)

    error: Refusal


def signed_refusal(content: bytes, question: bytes) -> PluginError:
    """The error of a refusal whose signature fits; what is no refusal, or of no known class, is retryable."""
    try:
        told = RefusalBody.model_validate_json(content).error
    except ValidationError:
        return ProviderUnavailable("the server's refusal cannot be read", code="malformed_answer")
    kind = CLASSES.get(told.recovery)
    if kind is None:
        return ProviderUnavailable("the server refuses in a way that nobody knows", code="malformed_answer")
    words = told.message if _is_safe(told.message, question) else f"the server refuses: {told.code}"
    if kind is RateLimited:
        wait = None if told.retry_after is None else timedelta(seconds=told.retry_after)
        return RateLimited(words, after=wait, code=told.code)
    return kind(words, code=told.code)


def unsigned_refusal(status: int, retry_after: str) -> PluginError:
    """The error of an answer that nobody signed, such as a proxy's: its status counts, and nothing final but 401."""
    if status in (401, 403):
        return AuthenticationFailed("the server does not accept the agency's signature")
    if status == 429:
        wait = timedelta(seconds=int(retry_after)) if re.fullmatch(r"\d{1,5}", retry_after, re.ASCII) else None
        return RateLimited("the server asks to slow down", after=wait)
    if status in (408, 504):
        return ProviderTimeout("the server did not get an answer in time")
    if status >= 500:
        return ProviderUnavailable(f"the server failed with status {status}")
    return ProviderUnavailable(f"an answer with status {status} is not signed by the server", code="answer_not_signed")


def _is_safe(message: str, question: bytes) -> bool:
    # People and logs see it: it may repeat no word of what was asked, and no number that identifies somebody.
    if not message.strip() or not message.isprintable() or _NUMBER.search(message):
        return False
    asked = {word for text in _texts(as_object(question)) for word in _WORD.findall(text.casefold())}
    return asked.isdisjoint(_WORD.findall(message.casefold()))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, object]", value).values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _texts(item)
