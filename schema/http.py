"""GraphQL over HTTP and over WebSocket (graphql-transport-ws), as an ASGI application of Starlette."""

from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from core.kit.errors import Unauthenticated
from schema.kit.bearer import bearer
from schema.kit.context import Context
from schema.kit.faults import on_the_wire
from schema.schema import Schema
from schema.sql.front import MAX_QUERY_BYTES, TROUBLES

MAX_MULTIPART_BYTES = 32 << 20
_RESPONSE = "application/graphql-response+json"


class GraphQLApp(GraphQL[Context, None]):
    """Strawberry's view with our tokens, our JSON, and the media type of GraphQL over HTTP."""

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        if isinstance(request, WebSocket):
            return SocketContext(bearer=None, request=request)
        return Context(bearer=request.state.bearer, request=request, troubles=request.scope.get(TROUBLES, {}))

    async def on_ws_connect(self, context: Context) -> Any:
        """The token comes in `connection_init`: {"Authorization": "Bearer …"}."""
        assert isinstance(context, SocketContext)
        try:
            context.bearer = await bearer((context.connection_params or {}).get("Authorization"))
        except Unauthenticated as problem:
            raise ConnectionRejectionError({"code": problem.code, "message": problem.message}) from problem
        return await super().on_ws_connect(context)

    async def run(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(request, Request):
            length = request.headers.get("content-length", "0")
            if "multipart" not in request.headers.get("content-type", "") and int(length or 0) > MAX_QUERY_BYTES:
                return Response(f"A query has at most {MAX_QUERY_BYTES} bytes.", status_code=413)
            try:
                request.state.bearer = await bearer(request.headers.get("authorization"))
            except Unauthenticated as problem:
                return _unauthenticated(problem)
        return await super().run(request, *args, **kwargs)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        response = await super().get_sub_response(request)
        response.recobro_request = request  # pyright: ignore[reportAttributeAccessIssue]
        return response

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        data: GraphQLHTTPResponse = {"data": result.data}
        if result.errors:
            data["errors"] = [on_the_wire(error) for error in result.errors]
        # GraphQL over HTTP: an operation that was never executed has no `data`, and is a client's error.
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            request.state.never_executed = True
            if _RESPONSE in request.headers.get("accept", ""):
                del data["data"]
        return data

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        response = super().create_response(response_data, sub_response)
        request = getattr(sub_response, "recobro_request", None)
        if isinstance(request, Request) and _RESPONSE in request.headers.get("accept", ""):
            response.headers["content-type"] = f"{_RESPONSE}; charset=utf-8"
            if getattr(request.state, "never_executed", False):
                response.status_code = 400
        return response

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def parse_json(self, data: str | bytes) -> Any:
        found: Any = super().parse_json(data)
        if not isinstance(found, dict | list):
            raise HTTPException(400, "The body is a JSON object with a `query`.")
        return found  # pyright: ignore[reportUnknownVariableType]

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)


class SocketContext(Context):
    """The context of a WebSocket: the token arrives after the connection, in `connection_init`."""

    connection_params: dict[str, Any] | None = None


def _unauthenticated(problem: Unauthenticated) -> Response:
    body = {"errors": [{"message": problem.message, "extensions": {"code": problem.code, "remedy": problem.remedy}}]}
    return Response(
        orjson.dumps(body),
        status_code=401,
        media_type="application/json",
        headers={"www-authenticate": 'Bearer error="invalid_token"'},
    )


class _ForSockets(GraphQLApp):
    """Over a WebSocket the JSON goes out as text frames, as the protocol wants."""

    def encode_json(self, data: object) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return orjson.dumps(data).decode()


def graphql_routes(schema: Schema, *, path: str = "/graphql", allowed_origins: tuple[str, ...] = ()) -> list[BaseRoute]:
    """`path` for POST, GET (queries) and multipart uploads, and as a WebSocket."""
    options: dict[str, Any] = {
        "graphql_ide": None,
        "multipart_uploads_enabled": True,
        "subscription_protocols": (GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        "max_subscriptions_per_connection": 20,
        "allowed_origins": allowed_origins,
    }
    over_http = GraphQLApp(schema, **options)
    return [
        Route(path, over_http, max_body_size=MAX_MULTIPART_BYTES),
        WebSocketRoute(path, _ForSockets(schema, **options)),
    ]
