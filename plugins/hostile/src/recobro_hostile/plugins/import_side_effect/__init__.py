"""Starts a thread and changes the environment when it is imported."""

from __future__ import annotations

import os
import threading
import time

from recobro_hostile import made
from recobro_sdk import BureauProvider, Offer, PluginManifest, hookimpl

os.environ["HOSTILE"] = "1"
threading.Thread(target=time.sleep, args=(1,), daemon=True).start()


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return made.manifest()


@hookimpl
def recobro_bureaus() -> list[Offer[BureauProvider]]:
    """The honest bureau."""
    return made.offers()
