"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_co_bureau import answers
from recobro_co_bureau.contract import RESOURCE
from recobro_co_bureau.furnisher import OFFER_CODE, CoBureauFurnisher
from recobro_co_bureau.rules import PACKAGE
from recobro_co_bureau.settings import CoBureauSettings
from recobro_sdk import Capability, Offer, PluginManifest, PluginScope, Text, hookimpl
from recobro_sdk.files import FileLayout, LayoutKind
from recobro_sdk.furnishing import BureauFurnisher


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="co_bureau",
        version=version("recobro-co-bureau"),
        summary="Furnishes debts to the credit bureaus of Colombia, under Ley 1266 and in the contract's layout",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/co_bureau",
        capabilities=frozenset({Capability.BUREAU_FURNISHING, Capability.FILE_LAYOUT}),
        scopes=(
            PluginScope("debtor:identity:read", "Writes names and document numbers of each debtor into the file."),
            PluginScope("debtor:contact:read", "Writes addresses and telephones where the contract's layout has them."),
            PluginScope("debt:balance:read", "Writes balances, payments and dates of each debt into the file."),
            PluginScope("debt:status:furnish", "Makes the file by which the bureaus are told how each debt is paid."),
            PluginScope(
                "store:dossier:write",
                "Keeps each file that was made, and which debts it told of, inside this installation.",
            ),
        ),
    )


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """The one furnisher."""
    return [
        Offer(
            code=OFFER_CODE,
            summary="File for a credit bureau in Colombia, in the layout of your contract",
            build=CoBureauFurnisher,
            settings=CoBureauSettings,
            abilities={"file_only", "acknowledgement_files"},
            countries={"CO"},
        )
    ]


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """The default layouts: of what is sent, and of the answer."""
    return [
        FileLayout(
            code="co_bureau",
            version=1,
            kind=LayoutKind.BUREAU,
            title=Text("Reporte a operadores de información, Colombia", "Credit bureau reporting, Colombia"),
            package=PACKAGE,
            resource=RESOURCE,
        ),
        FileLayout(
            code="co_bureau_answer",
            version=1,
            kind=LayoutKind.BUREAU,
            title=Text(
                "Respuesta del operador a un reporte, Colombia", "A credit bureau's answer to a report, Colombia"
            ),
            package=PACKAGE,
            resource=answers.RESOURCE,
        ),
    ]
