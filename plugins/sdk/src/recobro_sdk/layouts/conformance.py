"""Conformance of the layouts that a plugin brings along."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import ModuleType
from typing import ClassVar, Final

from recobro_sdk.files import FileLayout
from recobro_sdk.layouts.layout import Layout
from recobro_sdk.layouts.loading import parse_layout, variants
from recobro_sdk.layouts.samples import sample_file
from recobro_sdk.layouts.testing import check_identity

_FILES: Final = 25
_DAMAGED: Final = 40


class LayoutConformance:
    """Subclass it in a test file and set `plugin` to the module with the hooks: every layout of
    `recobro_file_layouts` is checked, in every variant. Needs pytest and no plugin of it. No check can be replaced."""

    plugin: ClassVar[ModuleType]

    def __init_subclass__(cls) -> None:
        replaced = [name for name in vars(cls) if name.startswith("test_") and name in vars(LayoutConformance)]
        if replaced:
            raise TypeError(f"{cls.__name__} replaces a check: {', '.join(replaced)}")

    def offered(self) -> list[FileLayout]:
        """What the plugin's hook answers."""
        return list(self.plugin.recobro_file_layouts())

    def layouts(self) -> Iterator[Layout]:
        """Every layout in every variant."""
        for offered in self.offered():
            text = offered.read()
            form = "json" if offered.resource.endswith(".json") else "toml"
            for variant in (None, *(variants(text) if form == "toml" else ())):
                yield parse_layout(text, variant, form=form)

    def test_code_is_the_plugin_s(self) -> None:
        """Each layout's code begins with the plugin's name, and no code is given twice."""
        name = self.plugin.recobro_manifest().name
        codes = [offered.code for offered in self.offered()]
        assert codes, "the plugin offers no layout"
        assert len(set(codes)) == len(codes) and all(code.startswith(name) for code in codes), codes

    def test_reading_undoes_writing(self) -> None:
        """A file made from the schema is read as the records it was made of, and written to the same bytes."""
        for layout in self.layouts():
            for seed in range(_FILES):
                check_identity(layout, Random(seed), records=4)  # noqa: S311 - a test repeats itself

    def test_no_byte_is_lost(self) -> None:
        """A damaged file is written back byte for byte, checking it never raises, and each reject says what to do."""
        for layout in self.layouts():
            for seed in range(_DAMAGED):
                random = Random(seed)  # noqa: S311 - a test repeats itself
                data = bytearray(layout.dump(sample_file(layout, random, 3)))
                for _ in range(random.randint(1, 4)):
                    place = random.randrange(len(data))
                    data[place : place + random.randint(0, 3)] = random.randbytes(random.randint(0, 3))
                items = list(layout.read(bytes(data)))
                assert layout.dump(items) == bytes(data), f"{layout.spec.name} loses bytes of file {seed}"
                assert all(problem.why and problem.remedy for problem in layout.check(items))

    def test_document_names_every_field(self) -> None:
        """The document has a line for each field of each record and segment."""
        for layout in self.layouts():
            text = layout.document()
            for part in (*layout.spec.records, *layout.spec.segments):
                assert all(f"| `{field.name}` |" in text for field in part.fields), part.name
