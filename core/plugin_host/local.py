"""A plugin inside this process, reached as any other: every frame is encoded and decoded on its way.

For playgrounds and tests, whose plugins are objects and no distributions. It is not isolated.
"""

import asyncio
from collections.abc import Callable

from core.plugin_host.discovery import LoadedPlugin
from core.plugin_host.inside.servant import Servant
from core.plugin_host.peer import Peer
from core.plugin_host.wire import Frame, Frames


class LocalLink:
    """A link to a plugin that was read here."""

    resting: str | None = None

    def __init__(self, name: str, plugin: LoadedPlugin) -> None:
        self._name, self._plugin = name, plugin
        self._peer: Peer | None = None

    async def peer(self) -> Peer:
        loop = asyncio.get_running_loop()
        if self._peer is None or self._peer.loop is not loop:
            self._peer = self._connected(loop)
        return self._peer

    def _connected(self, loop: asyncio.AbstractEventLoop) -> Peer:
        servant = Servant(self._plugin, lambda frame: self._carried(loop, peer.receive, frame))
        peer = Peer(self._name, lambda frame: self._carried(loop, servant.receive, frame))
        return peer

    def _carried(self, loop: asyncio.AbstractEventLoop, receive: Callable[[Frame], None], frame: Frame) -> None:
        for whole in Frames().feed(frame.encoded()):
            loop.call_soon(receive, whole)
