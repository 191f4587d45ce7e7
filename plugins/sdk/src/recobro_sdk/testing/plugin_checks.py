"""Checks of a plugin as such: what it says of itself, its settings, its imports, its life."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any, ClassVar, Final, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from recobro_sdk.hooks import HookSpecs
from recobro_sdk.manifest import SDK_VERSION
from recobro_sdk.offers import release
from recobro_sdk.scopes import scope_text
from recobro_sdk.testing import seal
from recobro_sdk.testing.base import Kit, Seen, assert_not_in, capability_of, is_plain
from recobro_sdk.testing.checks import HOST_PACKAGES, float_conversions, forbidden_imports, signature_differences
from recobro_sdk.testing.context import FakeContext
from recobro_sdk.testing.imports import LARGEST_IMPORT_MS, imported

T = TypeVar("T")

_SECRET_NAME: Final = re.compile(r"(^|_)(key|secret|password|passphrase|token)(_|$)")


class SourceConformance(Kit[T]):
    """What holds for every plugin, whatever it offers: its scopes, its imports, and that the kit is whole."""

    def test_kit_is_whole(self) -> None:
        """Every check of the kit is there as the kit has it, is collected and is run; the missing ones are named."""
        assert seal.ACTIVE, (
            "the kit's pytest plugin is switched off: install recobro-sdk, or use -p recobro_sdk.pytest_plugin"
        )
        assert seal.broken(type(self)) == [], "parts of the kit were replaced, hidden or are passed over"
        assert seal.SHORTFALL.get(type(self), []) == [], "checks of the kit were deselected"

    def test_scopes_can_be_approved(self) -> None:
        """Each scope is one that the host knows, is asked for once, and has a reason of several words."""
        scopes = self.manifest().scopes
        assert len({scope.code for scope in scopes}) == len(scopes), "a scope is asked for twice"
        unknown = [scope.code for scope in scopes if scope_text(scope.code) is None]
        assert unknown == [], f"the host knows no such scope: {unknown}"
        terse = [scope.code for scope in scopes if len(scope.reason.split()) < 3]
        assert terse == [], f"nobody can approve this on these words: {terse}"

    def test_imports_only_the_sdk(self) -> None:
        """No file of the package imports anything of Recobro but the SDK (read from the source, not executed)."""
        assert forbidden_imports(self.package(), self.package_name()) == []

    def test_import_works_alone(self) -> None:
        """The module can be imported in a fresh process, prints nothing, and loads none of the host's packages."""
        seen = imported(self.plugin.__name__)
        assert seen.problem is None, f"importing it ends with {seen.problem}"
        assert seen.printed == "", "importing it prints something"
        assert sorted(seen.loaded & HOST_PACKAGES) == [], "importing it loads the host"

    def test_import_is_fast(self) -> None:
        """Importing the plugin takes less than 300 ms beyond the SDK's own: the host waits for it at its start."""
        seen = imported(self.plugin.__name__)
        assert seen.ms < LARGEST_IMPORT_MS, f"importing it takes {seen.ms} ms"

    def test_import_has_no_side_effects(self) -> None:
        """Importing the plugin starts no thread or process, opens no socket, writes no file, sets no environment."""
        assert list(imported(self.plugin.__name__).effects) == []

    def test_never_names_float(self) -> None:
        """No file of the package converts to `float`."""
        assert float_conversions(self.package()) == []


class Conformance(SourceConformance[T]):
    """Base of the kits: subclass a kit in a test file, set the class attributes, and pytest does the rest.

    `plugin` is the module that the entry point names; `settings` are raw settings that work in a test; `offer_code`
    picks one offer when the plugin makes several; `server` is a fake server of `recobro_sdk.testing` for the kit to
    start, whose address and key are put into the settings `base_url`, `api_key` and `signing_secret` where the offer
    has them. A subclass adds tests and does not replace the kit's: what is redefined, hidden or skipped is refused when
    the class is made, and found by `test_kit_is_whole`.
    """

    capability: ClassVar[str] = ""

    def test_manifest_fits_this_sdk(self) -> None:
        """The plugin registers with known hooks only, and its manifest accepts the SDK it is tested with."""
        manifest = self.manifest()
        assert manifest.accepts_sdk(), f"the manifest refuses SDK {SDK_VERSION}"
        assert manifest.is_closed, "the SDK range has no end: a later SDK may change what the plugin rests on"
        self.hosts()

    def test_manifest_is_complete(self) -> None:
        """The manifest says who, what and why: a summary, a maintainer, a homepage, and the hook's capability."""
        manifest = self.manifest()
        assert manifest.version and manifest.summary.strip() and manifest.maintainer.strip(), "something is empty"
        assert manifest.homepage.startswith("https://"), "the homepage is not an https address"
        assert capability_of(self.hook) in manifest.capabilities, "the capability of the offer is not named"
        assert self.offer().summary.strip(), "the offer has no summary"

    def test_hooks_only_register(self) -> None:
        """The hooks are plain functions that take nothing, and give the same every time."""
        names = [name for name in vars(HookSpecs) if name.startswith("recobro_") and hasattr(self.plugin, name)]
        assert [name for name in names if not is_plain(getattr(self.plugin, name))] == []
        assert self.manifest() == self.manifest(), "two manifests differ"
        assert self.offer().code == self.offer().code

    def test_code_starts_with_the_plugin(self) -> None:
        """The offer's code is the plugin's name, or begins with it: codes share one list in an installation."""
        name, code = self.manifest().name, self.offer().code
        assert code == name or code.startswith(f"{name}_"), f"{code} does not begin with {name}"

    def test_satisfies_the_protocol(self) -> None:
        """What `build` returns has every method of the contract, with the same parameters and the same kind of def."""

        async def scenario(service: T, _: FakeContext) -> list[str]:
            return signature_differences(service, self.protocol)

        assert self.run(scenario) == []

    def test_settings_are_described(self) -> None:
        """Every field of the settings says what it is for, because the agency's form is made from it."""
        silent = [name for name, field in self._fields() if not field.description]
        assert silent == [], f"fields without a description: {silent}"

    def test_settings_forbid_unknown(self) -> None:
        """An unknown setting is refused, so that a misspelt one is not taken for set, and a form can be drawn."""
        settings, problems = self.offer().settings, ""
        try:
            settings.model_validate({**self.given(), "surely_nobody_has_this": 1})
        except ValidationError as error:
            problems = str(error.errors(include_input=False))
        assert "surely_nobody_has_this" in problems, "an unknown setting is accepted"
        assert settings.model_json_schema()["type"] == "object"

    def test_secrets_are_secret(self) -> None:
        """Fields named like a secret are `SecretStr`, and no secret has a default that works."""
        for name, field in self._fields():
            secret = "SecretStr" in str(field.annotation)
            assert secret or not _SECRET_NAME.search(name), f"{name} must be a SecretStr"
            default = field.get_default(call_default_factory=False)
            assert not (isinstance(default, SecretStr) and default.get_secret_value()), f"{name} has a default"

    def test_repr_keeps_secrets(self) -> None:
        """No secret shows in the `repr` of the settings or of the service, which ends up in tracebacks."""

        async def scenario(service: T, _: FakeContext) -> str:
            held: dict[str, Any] = getattr(service, "__dict__", {})
            return f"{service!r} {service!s} {held!r}"

        text = f"{self.run(scenario)} {self.offer().parse_settings(self.given())!r}"
        assert_not_in(self.secret_values(), text, "a repr")

    def test_build_does_no_work(self) -> None:
        """Building the offer sends nothing, writes nothing and needs no network: it happens when settings are saved."""

        async def scenario(_: T, context: FakeContext) -> tuple[int, int]:
            return len(context.wire.sent), len(context.store.documents)

        seen = Seen()
        assert self.run(scenario, offline=True, seen=seen) == (0, 0)
        assert seen.connections.abroad + seen.connections.beside == []

    def test_close_can_be_repeated(self) -> None:
        """Closing twice, or without ever having been called, is no error."""

        async def scenario(service: T, _: FakeContext) -> None:
            await release(service)
            await release(service)

        self.run(scenario)

    def test_building_prints_nothing(self) -> None:
        """Building and closing write nothing to standard output or error: what is worth telling goes to the log."""

        async def scenario(_: T, __: FakeContext) -> None:
            return None

        told = io.StringIO()
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            self.run(scenario)
        assert told.getvalue() == ""

    def _fields(self) -> list[tuple[str, FieldInfo]]:
        return list(self.offer().settings.model_fields.items())
