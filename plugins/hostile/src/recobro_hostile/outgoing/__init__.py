"""The hooks of a hostile plugin that writes to debtors and takes payments: an offer for each defect, and one without
any of each kind."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from recobro_hostile import made
from recobro_hostile.outgoing import channels, charges, gateways
from recobro_hostile.outgoing.charges import HonestCharger
from recobro_hostile.outgoing.honest import HonestChannel, HonestGateway, OutgoingSettings
from recobro_sdk import Capability, MessageChannel, Offer, PaymentGateway, PluginManifest, PluginScope, hookimpl


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is; nothing is wrong with that."""
    return made.manifest(
        capabilities=frozenset({Capability.MESSAGE_CHANNEL, Capability.PAYMENT_GATEWAY}),
        scopes=(
            PluginScope("debtor:contact:read", "Sends the debtor's address and the message to the provider."),
            PluginScope("debtor:message:send", "Writes to debtors for the agency."),
            PluginScope("payment:link:create", "Asks debtors for payments."),
            PluginScope("payment:refund:create", "Gives back what was paid twice."),
            PluginScope("http:{base_url}", "Talks to the provider at the address in the settings."),
        ),
    )


@hookimpl
def recobro_message_channels() -> list[Offer[MessageChannel]]:
    """Every channel, each with one defect."""
    return [_offer(kind) for kind in (HonestChannel, *_kinds(channels, HonestChannel))]


@hookimpl
def recobro_payment_gateways() -> list[Offer[PaymentGateway]]:
    """Every gateway, each with one defect."""
    return [
        *(_offer(kind) for kind in (HonestGateway, *_kinds(gateways, HonestGateway))),
        *(_offer(kind, "charge") for kind in _kinds(charges, HonestCharger)),
    ]


def _offer(kind: Any, *abilities: str) -> Offer[Any]:
    summary = kind.__doc__ or kind.code
    return Offer(code=kind.code, summary=summary, build=kind, settings=OutgoingSettings, abilities=abilities)


def _kinds(module: ModuleType, honest: type[Any]) -> list[type[Any]]:
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, honest) and kind.__module__ == module.__name__
    ]
