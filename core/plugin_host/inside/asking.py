"""How a plugin's process asks the host: for documents of the store, for the data of a report, to write its files."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from core.plugin_host.problems import HostFaultError
from core.plugin_host.told import raised


class Ask(Protocol):
    """A question to the host about the running call; waits until it is answered."""

    async def __call__(self, what: str, head: Mapping[str, Any], body: bytes = b"") -> tuple[dict[str, Any], bytes]:
        """Raises: PluginError, ValueError, HostFaultError as the host says."""
        ...


asking: ContextVar[Ask] = ContextVar("recobro_plugin_ask")
"""The running call's."""


def refusal(head: Mapping[str, Any]) -> Exception:
    """What to raise where the host refuses or cannot."""
    error = head["error"]
    if error == "plugin":
        return raised(head)
    if error == "value":
        return ValueError(str(head.get("message")))
    return HostFaultError("the host could not do it")
