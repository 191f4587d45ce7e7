"""The Colombian furnisher, whose process ends when it is given a file to die of."""

import os

from recobro_co_bureau import plugin
from recobro_co_bureau.furnisher import CoBureauFurnisher
from recobro_co_bureau.plugin import recobro_manifest
from recobro_sdk import Artifact, BureauFurnisher, FurnishingAcknowledgement, Offer, hookimpl

__all__ = ["recobro_bureau_furnishers", "recobro_manifest"]


class _Mortal(CoBureauFurnisher):
    async def read_acknowledgement(self, file: Artifact) -> FurnishingAcknowledgement:
        if file.name == "deadly.txt":
            os._exit(9)
        return await super().read_acknowledgement(file)


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """As the plugin's."""
    (offer,) = plugin.recobro_bureau_furnishers()
    return [
        Offer(
            code=offer.code, summary=offer.summary, build=_Mortal, settings=offer.settings, abilities=offer.abilities,
            countries=offer.countries,
        )
    ]  # fmt: skip
