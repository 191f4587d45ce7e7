"""`recobro-sdk run`: one call of a plugin without a host, against a fake provider or a real one."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from pydantic import TypeAdapter

from recobro_sdk.bureau import Purpose
from recobro_sdk.cli.problems import CommandError
from recobro_sdk.cli.project import Project
from recobro_sdk.errors import InvalidConfiguration, PluginError
from recobro_sdk.hooks import Contract
from recobro_sdk.manifest import Capability
from recobro_sdk.offers import Offer, release


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("run", help="try one call without a host")
    parser.add_argument("path", nargs="?", type=Path, default=Path(), help="the plugin's folder (the current one)")
    parser.add_argument("--offer", help="which offer, when there are several")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; may be repeated")
    parser.add_argument("--document", metavar="TYPE:NUMBER", help="whom to ask a bureau about: CC:1000000123")
    parser.add_argument("--fault", help="how the provider fails: status_500, slow, half_answer, cut, ...")
    parser.add_argument("--key", default="run-1", help="idempotency key")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(act=_act)


def _act(given: argparse.Namespace) -> int:
    project = Project.at(given.path)
    contract, offer = _chosen(project, given.offer)
    with ExitStack() as stack:
        answer, error, logged = asyncio.run(_called(project, contract, offer, given, stack))
    outcome = {"outcome": type(error).__name__, "code": error.code, "message": error.safe_message} if error else answer
    if given.json:
        sys.stdout.write(json.dumps({"answer": outcome, "log": logged}, ensure_ascii=False, indent=2) + "\n")
    else:
        for name, value in _rows(outcome):
            sys.stdout.write(f"{name:32} {value}\n")
        for line in logged:
            sys.stdout.write(f"log {line}\n")
    return 1 if error else 0


def _chosen(project: Project, code: str | None) -> tuple[Contract, Offer[Any]]:
    offers = [one for one in project.offers() if code in (None, one[1].code)]
    if len(offers) != 1:
        names = ", ".join(offer.code for _, offer in project.offers())
        raise CommandError(f"say which one with --offer: {names}")
    return offers[0]


async def _called(
    project: Project, contract: Contract, offer: Offer[Any], given: argparse.Namespace, stack: ExitStack
) -> tuple[Any, PluginError | None, list[str]]:
    from recobro_sdk.testing import FakeContext, Fault

    values = _settings(offer, contract, given, stack)
    try:
        parsed = offer.parse_settings(values)
        hosts, sockets = (project.manifest.allowed_hosts(parsed, scheme) for scheme in ("http", "sftp"))
    except InvalidConfiguration as error:
        raise CommandError(f"settings: {error.safe_message}; give them with --set") from error
    async with FakeContext(hosts=hosts, sockets=sockets) as context:
        if given.fault is not None:
            if given.fault not in set(Fault):
                raise CommandError(f"no such fault; there are {', '.join(Fault)}")
            context.wire.always = Fault(given.fault)
        service = offer.create(values, context)
        try:
            answer, error = await _operation(contract, service, given), None
        except PluginError as problem:
            answer, error = None, problem
        except NotImplementedError as problem:
            raise CommandError(f"{problem} is not written yet") from problem
        finally:
            await release(service)
        return answer, error, [f"{level} {event} {fields}" for level, event, fields in context.log.records]


def _settings(offer: Offer[Any], contract: Contract, given: argparse.Namespace, stack: ExitStack) -> dict[str, object]:
    from recobro_sdk import testing

    servers = {
        Capability.BUREAU: testing.FakeBureauServer,
        Capability.LEGAL_CHANNEL: testing.FakeLawFirmServer,
        Capability.MESSAGE_CHANNEL: testing.FakeMessageServer,
        Capability.PAYMENT_GATEWAY: testing.FakeGatewayServer,
    }
    chosen = dict(pair.partition("=")[::2] for pair in given.set)
    fields = offer.settings.model_fields
    if "base_url" in fields and "base_url" not in chosen and contract.capability in servers:
        server = stack.enter_context(servers[contract.capability]())
        return {name: value for name, value in server.settings().items() if name in fields} | chosen
    return dict(chosen)


async def _operation(contract: Contract, service: Any, given: argparse.Namespace) -> Any:
    from recobro_sdk import testing

    if contract.capability is Capability.CLIENT_REPORT:
        sink = testing.FakeReportSink()
        params = service.describe().params.model_validate(dict(testing.ReportConformance.params))
        await service.build(testing.FakeReportData(), params, sink)
        return {name: f"{len(content)} bytes" for name, content in sink.files.items()}
    if contract.capability is Capability.BUREAU:
        known, consent = testing.BureauConformance.known, testing.BureauConformance.consent
        kind, _, number = (given.document or f"{known.document_type}:{known.document_number}").partition(":")
        subject = replace(known, document_type=kind, document_number=number)
        purpose = Purpose.REVIEW_OR_COLLECTION_OF_ACCOUNT
        answer = await service.fetch_report(subject, purpose=purpose, consent=consent, idempotency_key=given.key)
    elif contract.capability is Capability.LEGAL_CHANNEL:
        answer = await service.submit(testing.LegalConformance.complete, idempotency_key=given.key)
    elif contract.capability is Capability.MESSAGE_CHANNEL:
        kit = testing.MessageConformance
        answer = await service.send(kit.message, permit=kit.permit, idempotency_key=given.key)
    elif contract.capability is Capability.PAYMENT_GATEWAY:
        answer = await service.create_link(testing.GatewayConformance.intent, idempotency_key=given.key)
    elif contract.capability is Capability.BUREAU_FURNISHING:
        answer = await service.submit(testing.FurnishingConformance.batch, idempotency_key=given.key)
    elif contract.capability is Capability.SCORER:
        answer = await service.score(testing.ScorerConformance.debts)
    else:
        raise CommandError(f"there is no sample call for a {contract.capability.value}; use the kit")
    return TypeAdapter(type(answer)).dump_python(answer, mode="json")


def _rows(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        items = [(f"{path}.{key}" if path else str(key), item) for key, item in cast("dict[str, Any]", value).items()]
    elif isinstance(value, list):
        items = [(f"{path}[{place}]", item) for place, item in enumerate(cast("list[Any]", value))]
    else:
        return [(path or "answer", str(value))]
    return [row for name, item in items for row in _rows(item, name)]
