"""Requests as bytes, and their answers with status, body and headers: what a plan answers, and what comes without."""

import json
from itertools import count
from typing import Any

import httpx
import pytest

from schema.sql import front
from tests.journey.client import Person
from tests.schema.conftest import Api

_fresh = count()


def answer_of(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    """Everything of an answer but its moment."""
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, answer.content, headers


async def send(api: Api, body: Any, headers: Any) -> tuple[int, Any, dict[str, str]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer_of(await api.http.post("/graphql", content=content, headers=headers))


def unseen(text: str) -> str:
    """The same document, which nobody has sent before."""
    return f"{text} # {next(_fresh):06d}"


class Seen:
    """How many requests were answered from a plan, in front of the application."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answered = 0
        original = front.FromPlans._answer

        async def counted(this: Any, scope: Any, headers: Any, body: bytes) -> bytes | None:
            found = await original(this, scope, headers, body)
            self.answered += found is not None
            return found

        monkeypatch.setattr(front.FromPlans, "_answer", counted)


async def learned(api: Api, person: Person, text: str, seen: Seen, **variables: Any) -> None:
    """Send a document until it is answered from its plan."""
    for _ in range(3):
        before = seen.answered
        await person.ask(text, **variables)
    assert seen.answered == before + 1, "the document has no plan"
