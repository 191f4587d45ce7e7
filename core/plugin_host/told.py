"""Errors on their way between the host and a plugin's process: by the SDK's classes and codes, never as objects."""

import inspect
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import recobro_sdk
from recobro_sdk import PluginError, RateLimited

_CLASSES: Mapping[str, type[PluginError]] = {
    name: member
    for name, member in vars(recobro_sdk).items()
    if inspect.isclass(member) and issubclass(member, PluginError)
}
_MOST_TEXT = 2000


def told(error: PluginError) -> dict[str, Any]:
    """An error of the SDK, or of a class that a plugin derived from one: as the nearest class of the SDK."""
    known = next(kind.__name__ for kind in type(error).__mro__ if _CLASSES.get(kind.__name__) is kind)
    head: dict[str, Any] = {
        "class": known,
        "code": str(error.code)[:80],
        "message": str(error.safe_message)[:_MOST_TEXT],
        "retryable": bool(error.retryable),
    }
    if isinstance(error, RateLimited) and isinstance(error.after, timedelta):
        head["after"] = error.after.total_seconds()
    return head


def raised(head: Mapping[str, Any]) -> PluginError:
    """The error that was told; what is not of the agreed shape is an error of no particular kind."""
    kind, code, message = (str(head.get(name, "")) for name in ("class", "code", "message"))
    after = head.get("after")
    if kind == RateLimited.__name__:
        wait = timedelta(seconds=after) if isinstance(after, int | float) and 0 <= after < 86_400 else None
        return RateLimited(message, after=wait, code=code or None)
    error = _CLASSES.get(kind, PluginError)(message, code=code or None)
    if type(error) is PluginError:
        error.retryable = head.get("retryable") is True  # pyright: ignore[reportAttributeAccessIssue]
    return error
