"""Every way in which a conversation over SSH can fail, as an error of the SDK; a deadline for each step of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from recobro_sdk import (
    AuthenticationFailed,
    InvalidConfiguration,
    ProviderTimeout,
    ProviderUnavailable,
)
from recobro_ygc.settings import YgcSettings


@asynccontextmanager
async def step(settings: YgcSettings, what: str) -> AsyncGenerator[None]:
    """One step, within the deadline of the settings. Raises `ProviderTimeout`."""
    try:
        async with asyncio.timeout(settings.timeout_ms / 1000):
            yield
    except TimeoutError as error:
        raise ProviderTimeout(f"the server did not answer in time: {what}") from error


@contextmanager
def translated(ssh: Any) -> Generator[None]:
    """Turns what the library raises into errors of the SDK, without its words: they may repeat what was sent."""
    try:
        yield
    except ssh.HostKeyNotVerifiable:
        words = "the server shows a key that is not among the host_keys of the settings"
        raise InvalidConfiguration(words, code="host_key_unknown") from None
    except ssh.PermissionDenied:
        raise AuthenticationFailed("the server does not accept the agency's name and key") from None
    except ssh.SFTPNoSuchFile:
        raise InvalidConfiguration("the server has not the folders of the settings", code="folder_missing") from None
    except ssh.SFTPPermissionDenied:
        raise AuthenticationFailed("the server does not let the agency do this in its folders") from None
    except (ssh.KeyExchangeFailed, ssh.ProtocolNotSupported):
        raise ProviderUnavailable("the server speaks no SSH that can be agreed on") from None
    except (ssh.Error, ssh.packet.PacketDecodeError, OSError, EOFError) as error:
        kind = type(error).__name__
        raise ProviderUnavailable(f"the connection to the server failed ({kind})") from None
