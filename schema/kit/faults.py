"""Errors on the wire: expected ones whole, with their code; faults of ours masked, logged with a reference."""

from typing import Any
from uuid import uuid4

import structlog
from graphql import GraphQLError
from strawberry.types import ExecutionContext

from core.kit.errors import DomainError

log = structlog.get_logger("recobro.graphql")


def on_the_wire(error: GraphQLError) -> dict[str, Any]:
    """The error as the client sees it. Never the text of an exception that is not meant for it."""
    original = error.original_error
    if isinstance(original, DomainError):
        extensions = {"code": original.code, "field": original.field, "remedy": original.remedy}
        return {**error.formatted, "message": original.message, "extensions": extensions}
    if original is None or isinstance(original, GraphQLError):
        return {**error.formatted, "extensions": {"code": "INVALID_REQUEST", **(error.extensions or {})}}
    reference = getattr(original, "recobro_reference", None) or uuid4().hex[:12]
    formatted = {key: value for key, value in error.formatted.items() if key in ("locations", "path")}
    message = f"The server failed; the operator finds it in the log under {reference}."
    return {**formatted, "message": message, "extensions": {"code": "FAULT", "reference": reference}}


def log_errors(errors: list[GraphQLError], context: ExecutionContext | None) -> None:
    """Faults go to the log with a reference; the failures of clients do not, and no query text or variables ever."""
    for error in errors:
        original = error.original_error
        if original is None or isinstance(original, DomainError | GraphQLError):
            continue
        reference = uuid4().hex[:12]
        original.recobro_reference = reference  # pyright: ignore[reportAttributeAccessIssue]
        log.error(
            "graphql fault",
            reference=reference,
            path=error.path,
            operation=context.operation_name if context else None,
            exc_info=original,
        )
