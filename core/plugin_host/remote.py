"""A provider as the host calls it: the functions of its contract, each a question to the plugin's process."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson

from core.kit import ids
from core.plugin_host.codec import ShapeError
from core.plugin_host.offers import LoadedOffer, operations_of
from core.plugin_host.peer import Given, Peer, Pending, PluginFaultError, Service
from core.plugin_host.plugin_log import LogLine
from core.plugin_host.problems import invalid_answer, misconfigured, safe_text
from core.plugin_host.store import Store
from core.plugin_host.tables import Tables
from recobro_sdk import PluginError
from recobro_sdk.table_rules import SCOPE

T = TypeVar("T")
_numbers = itertools.count(1)


class Instance:
    """A provider that was built for one agency, in the plugin's process as it runs now."""

    def __init__(self, loaded: LoadedOffer, peer: Peer) -> None:
        self.loaded, self.peer, self.number = loaded, peer, next(_numbers)
        self.operations = operations_of(loaded.kind)

    @property
    def lives(self) -> bool:
        return self.peer.gone is None

    @classmethod
    async def build(cls, loaded: LoadedOffer, agency_id: UUID, values: Mapping[str, Any]) -> "Instance":
        """Let the plugin build its provider. Raises: ProviderProblem (PROVIDER_MISCONFIGURED, PLUGIN_RESTARTING, …)."""
        made = cls(loaded, await loaded.link.peer())
        agency = ids.encode("agency", agency_id)
        made.peer.instances[made.number] = Given(
            Store.of(loaded.plugin, agency_id),
            Tables.of(loaded.plugin, agency_id, asked_for=loaded.asks_for(SCOPE)),
            LogLine(loaded.plugin, loaded.code, agency),
        )
        head = {"instance": made.number, "offer": loaded.code, "agency": agency}
        try:
            await made.peer.request("build", head, orjson.dumps(values))
        except BaseException as problem:
            made.forget()
            if isinstance(problem, PluginError):
                raise _refused(problem) from problem
            if isinstance(problem, PluginFaultError):
                raise misconfigured() from problem
            raise
        return made

    async def check(self) -> None:
        """Let the provider try its settings, where it can. Raises: ProviderProblem (PROVIDER_MISCONFIGURED, …)."""
        try:
            await self.peer.request("check", {"instance": self.number})
        except PluginError as problem:
            raise _refused(problem) from problem
        except PluginFaultError as problem:
            raise misconfigured() from problem

    async def close(self) -> None:
        """Let the plugin release what it holds. Raises: PluginError, PluginFaultError where it fails at that."""
        try:
            if self.lives:
                await self.peer.request("close", {"instance": self.number})
        finally:
            self.forget()

    def forget(self) -> None:
        self.peer.instances.pop(self.number, None)


def _refused(problem: PluginError) -> Exception:
    refused = misconfigured()
    refused.message = f"{refused.message[:-1]}: {safe_text(problem.safe_message)}"
    return refused


class Remote:
    """The contract of an instance, for one call. `acted` says whether anything left through what the host gave."""

    def __init__(self, instance: Instance, service: Service | None) -> None:
        self._instance, self._service = instance, service
        self.acted = False

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        operation = self._instance.operations.get(name)
        if operation is None:
            raise AttributeError(name)

        async def ask(*args: Any, **kwargs: Any) -> Any:
            peer = self._instance.peer
            pending = Pending(peer.loop.create_future(), self._service)
            head = {"instance": self._instance.number, "operation": name}
            try:
                reply = await peer.request("call", head, operation.encode_arguments(args, kwargs), pending=pending)
            finally:
                self.acted = self.acted or pending.acted
            try:
                return operation.result.decode(reply.body)
            except ShapeError as problem:
                raise invalid_answer() from problem

        return ask


async def plain(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """The answer of a function that is no coroutine in its contract; in the host's hands all of them are."""
    return await cast(Awaitable[T], function(*args, **kwargs))
