"""In front of the application: a document that has a plan, or can have one at once, is answered before routing, and
everything else passes on."""

from typing import Any, cast

import orjson
from graphql import GraphQLError, parse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.kit.errors import LimitExceeded, Unauthenticated
from schema.kit.bearer import bearer
from schema.kit.certain import certain
from schema.kit.context import Context
from schema.kit.faults import log_errors, on_the_wire
from schema.kit.limits import MAX_TOKENS
from schema.sql.plan import Answer, Plan, plans_of

MAX_QUERY_BYTES = 256 << 10
TROUBLES = "recobro.troubles"
"""Under this name the ASGI scope holds the `troubles` of a request that is passed on."""
_JSON, _RESPONSE = b"application/json", b"application/graphql-response+json"


class FromPlans:
    """An ASGI application around another one: POST requests to `path` whose document has a plan never reach it."""

    def __init__(self, app: ASGIApp, schema: Any, path: str = "/graphql") -> None:
        self._app, self._schema, self._plans, self._path = app, schema, plans_of(schema), path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self._path:
            return await self._app(scope, receive, send)
        headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # of several, the first counts
        length = headers.get(b"content-length", b"")
        if not headers.get(b"content-type", b"").startswith(_JSON) or not 0 < int(length or 0) <= MAX_QUERY_BYTES:
            return await self._app(scope, receive, send)
        body, messages = b"", list[Message]()
        while True:
            message = await receive()
            messages.append(message)
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        answer = await self._answer(scope, headers, body)
        if answer is None:
            return await self._app(scope, _again(messages, receive), send)
        await _send(send, answer, _RESPONSE if _RESPONSE in headers.get(b"accept", b"") else _JSON)

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> bytes | None:
        """None where the application must answer: no plan possible, or something is wrong."""
        try:
            asked: Any = orjson.loads(body)
            text, variables, name = asked["query"], asked.get("variables"), asked.get("operationName")
            extensions = asked.get("extensions")
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            return None
        if not isinstance(text, str) or not isinstance(name, str | None):
            return None
        if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
            return None
        plan = self._plans.get(text, name)
        try:
            found = await bearer(headers.get(b"authorization", b"").decode("latin-1"))
            plan = plan or self._planned(text, name)
            if plan is None:
                return None
            context = Context(bearer=found)
            answer = await plan.run(context, cast("dict[str, Any]", variables or {}))
            scope[TROUBLES] = context.troubles
        except (Unauthenticated, LimitExceeded):
            return None
        return None if answer is None else _written(answer)

    def _planned(self, text: str, name: str | None) -> Plan | None:
        """A plan for a document that comes for the first time; None where it is not plainly valid."""
        try:
            document = parse(text, max_tokens=MAX_TOKENS)
        except GraphQLError:
            return None
        if not certain(self._schema._schema, document):
            return None
        plan = Plan(self._schema, document, name)
        self._plans.add(text, name, plan)
        return plan


def _written(answer: Answer) -> bytes:
    if not answer.errors:
        return b'{"data":' + answer.data + b"}"
    log_errors(answer.errors, None)
    errors = orjson.dumps([on_the_wire(error) for error in answer.errors])
    return b'{"data":' + answer.data + b',"errors":' + errors + b"}"


def _again(messages: list[Message], receive: Receive) -> Receive:
    """What was received, once more, and then what follows."""
    waiting = iter(messages)

    async def replay() -> Message:
        return next(waiting, None) or await receive()

    return replay


async def _send(send: Send, body: bytes, kind: bytes) -> None:
    media = kind + b"; charset=utf-8" if kind is _RESPONSE else kind
    headers = [(b"content-type", media), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
