"""What every offer has to pass, whatever its contract."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, Final, Generic, TypeVar

import pluggy
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from recobro_sdk.hooks import HookSpecs
from recobro_sdk.manifest import SDK_VERSION, PluginManifest
from recobro_sdk.offers import Offer, release
from recobro_sdk.testing.checks import float_conversions, forbidden_imports, signature_differences
from recobro_sdk.testing.context import FakeContext

T = TypeVar("T")
R = TypeVar("R")

_SECRET_NAME: Final = re.compile(r"(^|_)(key|secret|password|passphrase|token)(_|$)")


class Conformance(Generic[T]):
    """Base of the kits: subclass a kit in a test file, set the class attributes, and pytest does the rest.

    `plugin` is the module that the entry point names; `settings` are raw settings that work in a test; `offer_code`
    picks one offer when the plugin makes several. The checks are plain functions, so no pytest plugin is needed. A
    subclass adds tests and does not replace the kit's: a check that is redefined is refused when the class is made.
    """

    plugin: ClassVar[ModuleType]
    settings: ClassVar[Mapping[str, object]] = {}
    offer_code: ClassVar[str | None] = None

    hook: ClassVar[str]
    protocol: ClassVar[type]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        replaced = [name for name in vars(cls) if name.startswith("test_") and hasattr(super(cls, cls), name)]
        if replaced:
            raise TypeError(f"{cls.__name__} replaces checks of the kit: {', '.join(sorted(replaced))}")

    def hooks(self) -> Any:
        """The plugin's hooks, registered as a host does."""
        manager = pluggy.PluginManager("recobro")
        manager.add_hookspecs(HookSpecs)
        manager.register(self.plugin)
        manager.check_pending()
        return manager.hook

    def manifest(self) -> PluginManifest:
        """The plugin's manifest."""
        return self.hooks().recobro_manifest()[0]

    def offer(self) -> Offer[T]:
        """The offer under test."""
        offers = [offer for group in getattr(self.hooks(), self.hook)() for offer in group]
        chosen = [offer for offer in offers if self.offer_code in (None, offer.code)]
        assert len(chosen) == 1, f"set offer_code to one of {[offer.code for offer in offers]}"
        return chosen[0]

    def package(self) -> Path:
        """The folder of the plugin's package."""
        assert self.plugin.__file__ is not None, "the plugin has no files"
        return Path(self.plugin.__file__).parent

    def run(self, scenario: Callable[[T, FakeContext], Awaitable[R]], *, offline: bool = False) -> R:
        """Build the offer for a fresh agency, run `scenario`, close the offer."""

        async def body() -> R:
            async with FakeContext(offline=offline) as context:
                service = self.offer().create(self.settings, context)
                try:
                    return await scenario(service, context)
                finally:
                    await release(service)

        return asyncio.run(body())

    def secret_values(self) -> list[str]:
        """The secrets among the test's settings."""
        parsed = self.offer().parse_settings(self.settings)
        return [value.get_secret_value() for _, value in parsed if isinstance(value, SecretStr)]

    def test_manifest_fits_this_sdk(self) -> None:
        """The plugin registers with known hooks only, and its manifest accepts the SDK it is tested with."""
        manifest = self.manifest()
        assert manifest.accepts_sdk(), f"the manifest refuses SDK {SDK_VERSION}"
        assert manifest.capabilities, "the manifest names no capability"
        manifest.allowed_hosts(self.offer().parse_settings(self.settings))

    def test_satisfies_the_protocol(self) -> None:
        """What `build` returns has every method of the contract, with the same parameters and the same kind of def."""

        async def scenario(service: T, _: FakeContext) -> list[str]:
            return signature_differences(service, self.protocol)

        assert self.run(scenario) == []

    def test_settings_are_described(self) -> None:
        """Every field of the settings says what it is for, because the agency's form is made from it."""
        silent = [name for name, field in self._fields() if not field.description]
        assert silent == [], f"fields without a description: {silent}"

    def test_secrets_are_secret(self) -> None:
        """Fields named like a secret are `SecretStr`, and no secret has a default that works."""
        for name, field in self._fields():
            secret = "SecretStr" in str(field.annotation)
            assert secret or not _SECRET_NAME.search(name), f"{name} must be a SecretStr"
            default = field.get_default(call_default_factory=False)
            assert not (isinstance(default, SecretStr) and default.get_secret_value()), f"{name} has a default"

    def test_imports_only_the_sdk(self) -> None:
        """No file of the package imports anything of Recobro but the SDK (read from the source, not executed)."""
        assert forbidden_imports(self.package()) == []

    def test_never_names_float(self) -> None:
        """No file of the package converts to `float`."""
        assert float_conversions(self.package()) == []

    def test_close_can_be_repeated(self) -> None:
        """Closing twice, or without ever having been called, is no error."""

        async def scenario(service: T, _: FakeContext) -> None:
            await release(service)
            await release(service)

        self.run(scenario)

    def _fields(self) -> list[tuple[str, FieldInfo]]:
        return list(self.offer().settings.model_fields.items())


def assert_not_in(forbidden: list[str], text: str, where: str) -> None:
    """Fail, without repeating the text, when one of the forbidden values is in it."""
    for position, value in enumerate(forbidden):
        assert value not in text, f"{where} contains personal data or a secret (value {position})"
