"""What the entry point names: the plugin's hooks."""

from __future__ import annotations

from importlib.metadata import version

from recobro_metro2.forms import PACKAGE, RESOURCE
from recobro_metro2.furnisher import OFFER_CODE, Metro2Furnisher
from recobro_metro2.settings import Metro2Settings
from recobro_sdk import Capability, Offer, PluginManifest, PluginScope, Text, hookimpl
from recobro_sdk.files import FileLayout, LayoutKind
from recobro_sdk.furnishing import BureauFurnisher


@hookimpl
def recobro_manifest() -> PluginManifest:
    """Who the plugin is."""
    return PluginManifest(
        name="metro2",
        version=version("recobro-metro2"),
        summary="Furnishes accounts to the credit bureaus of the United States as Metro 2 files",
        maintainer="Recobro",
        homepage="https://recobro.example/plugins/metro2",
        capabilities=frozenset({Capability.BUREAU_FURNISHING, Capability.FILE_LAYOUT}),
        scopes=(
            PluginScope("debtor:identity:read", "Writes names, birth dates and Social Security numbers into the file."),
            PluginScope("debtor:contact:read", "Writes addresses and telephones into the file."),
            PluginScope("debt:balance:read", "Writes balances, payments and dates of each debt into the file."),
            PluginScope("debt:status:furnish", "Makes the file by which the bureaus are told how each debt is paid."),
            PluginScope("store:dossier:write", "Keeps each file that was made inside this installation."),
        ),
    )


@hookimpl
def recobro_bureau_furnishers() -> list[Offer[BureauFurnisher]]:
    """The one furnisher."""
    return [
        Offer(
            code=OFFER_CODE,
            summary="Metro 2 file for Equifax, Experian, Innovis and TransUnion",
            build=Metro2Furnisher,
            settings=Metro2Settings,
            abilities={"file_only"},
            countries={"US"},
        )
    ]


@hookimpl
def recobro_file_layouts() -> list[FileLayout]:
    """The layout, in every form."""
    return [
        FileLayout(
            code="metro2",
            version=1,
            kind=LayoutKind.BUREAU,
            title=Text("Reporte de crédito Metro 2", "Metro 2 credit reporting"),
            package=PACKAGE,
            resource=RESOURCE,
        )
    ]
