"""Conformance of the layouts that a plugin brings along."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Final

from recobro_sdk.files import FileLayout
from recobro_sdk.hooks import HookSpecs
from recobro_sdk.layouts.comparing import compare
from recobro_sdk.layouts.layout import Layout
from recobro_sdk.layouts.loading import parse_layout, variants
from recobro_sdk.layouts.plain import as_json
from recobro_sdk.layouts.records import Problem, Record
from recobro_sdk.layouts.samples import sample_file
from recobro_sdk.layouts.schema import FieldSpec, Kind, PartSpec
from recobro_sdk.layouts.testing import check_identity
from recobro_sdk.manifest import SDK_VERSION, Capability
from recobro_sdk.testing.base import assert_not_in, is_plain
from recobro_sdk.testing.plugin_checks import SourceConformance

_FILES: Final = 25
_DAMAGED: Final = 40
_LEAST_TELLING: Final = 6
"""A personal text of fewer letters may be in a sentence by chance."""


class LayoutConformance(SourceConformance[object]):
    """Subclass it in a test file and set `plugin` to the module with the hooks: every layout of
    `recobro_file_layouts` is checked, in every variant, on files that are made from its schema and on damaged ones."""

    hook = "recobro_file_layouts"

    def offered(self) -> list[FileLayout]:
        """What the plugin's hook answers."""
        return [layout for group in self.hooks().recobro_file_layouts() for layout in group]

    def layouts(self) -> Iterator[Layout]:
        """Every layout in every variant."""
        for offered in self.offered():
            text = offered.read()
            form = "json" if offered.resource.endswith(".json") else "toml"
            names = variants(text) if form == "toml" else sorted(json.loads(text).get("variants", {}))
            for variant in (None, *names):
                yield parse_layout(text, variant, form=form)

    def samples(self, files: int) -> Iterator[tuple[Layout, Random, bytes]]:
        """Files made from each layout's schema, the same at every run."""
        for layout in self.layouts():
            for seed in range(files):
                random = Random(seed)  # noqa: S311 - a test repeats itself
                yield layout, random, layout.dump(sample_file(layout, random, 3))

    def damaged(self) -> Iterator[tuple[Layout, bytes]]:
        """Such files with a few bytes replaced, added or lost."""
        for layout, random, whole in self.samples(_DAMAGED):
            data = bytearray(whole)
            for _ in range(random.randint(1, 4)):
                place = random.randrange(len(data))
                data[place : place + random.randint(0, 3)] = random.randbytes(random.randint(0, 3))
            yield layout, bytes(data)

    def test_manifest_fits_this_sdk(self) -> None:
        """The plugin registers with known hooks only, and its manifest accepts the SDK it is tested with."""
        manifest = self.manifest()
        assert manifest.accepts_sdk(), f"the manifest refuses SDK {SDK_VERSION}"
        assert manifest.is_closed, "the SDK range has no end: a later SDK may change what the plugin rests on"

    def test_manifest_is_complete(self) -> None:
        """The manifest says who, what and why: a summary, a maintainer, a homepage, and the capability."""
        manifest = self.manifest()
        assert manifest.version and manifest.summary.strip() and manifest.maintainer.strip(), "something is empty"
        assert manifest.homepage.startswith("https://"), "the homepage is not an https address"
        assert Capability.FILE_LAYOUT in manifest.capabilities, "the capability of the layouts is not named"

    def test_hooks_only_register(self) -> None:
        """The hooks are plain functions that take nothing, and give the same every time."""
        names = [name for name in vars(HookSpecs) if name.startswith("recobro_") and hasattr(self.plugin, name)]
        assert [name for name in names if not is_plain(getattr(self.plugin, name))] == []
        assert self.offered() == self.offered() and self.manifest() == self.manifest(), "two answers differ"

    def test_code_is_the_plugin_s(self) -> None:
        """Each layout's code is the plugin's name, or begins with it, and no code is given twice."""
        name, codes = self.manifest().name, [offered.code for offered in self.offered()]
        assert codes, "the plugin offers no layout"
        assert len(set(codes)) == len(codes), f"a code is given twice: {codes}"
        assert all(code == name or code.startswith(f"{name}_") for code in codes), f"{codes} do not begin with {name}"

    def test_titles_are_in_both_languages(self) -> None:
        """People who choose a layout read its title, in Spanish or English; its versions are counted from 1."""
        for offered in self.offered():
            assert offered.title.es.strip() and offered.title.en.strip(), f"{offered.code} has no title"
            assert offered.version >= 1, f"{offered.code} has no version"

    def test_schema_lies_in_the_package(self) -> None:
        """Each schema is a file of the plugin's own package, so that it is installed and removed with it."""
        for offered in self.offered():
            top = offered.package.partition(".")[0]
            assert top == self.package_name(), f"the schema of {offered.code} is {top}'s"
            assert offered.read().strip(), f"the schema of {offered.code} is empty"

    def test_schema_can_be_used(self) -> None:
        """Each schema describes a layout that does not contradict itself, in every variant."""
        assert list(self.layouts())

    def test_layout_is_like_itself(self) -> None:
        """Compared with itself no layout has changed: so a comparison with the next version tells what did."""
        for layout in self.layouts():
            assert compare(layout, layout) == [], layout.spec.name

    def test_rules_have_codes_of_their_own(self) -> None:
        """No two rules of a layout share their id, which is the code of the problem that they find."""
        for layout in self.layouts():
            codes = [rule.id for rule in layout.spec.rules]
            assert len(set(codes)) == len(codes), f"{layout.spec.name} has two rules of one id"

    def test_document_names_every_field(self) -> None:
        """The document has a line for each field of each record and segment."""
        for layout in self.layouts():
            text = layout.document()
            for part in (*layout.spec.records, *layout.spec.segments):
                assert all(f"| `{field.name}` |" in text for field in part.fields), part.name

    def test_reading_undoes_writing(self) -> None:
        """A file made from the schema is read as the records it was made of, and written to the same bytes."""
        for layout in self.layouts():
            for seed in range(_FILES):
                check_identity(layout, Random(seed), records=4)  # noqa: S311 - a test repeats itself

    def test_reading_twice_is_the_same(self) -> None:
        """Nothing of one file is left over for the next one."""
        for layout, _, data in self.samples(3):
            assert list(layout.read(data)) == list(layout.read(data)), layout.spec.name

    def test_pieces_make_no_difference(self) -> None:
        """A file that comes in pieces, as from a network, is read as a whole one."""
        for layout, random, data in self.samples(3):
            cuts = sorted(random.randrange(len(data)) for _ in range(5))
            pieces = [data[first:last] for first, last in zip([0, *cuts], [*cuts, len(data)], strict=True)]
            assert list(layout.read(piece for piece in pieces if piece)) == list(layout.read(data)), layout.spec.name

    def test_money_is_exact(self) -> None:
        """Every amount is an integer of minor units."""
        for layout, _, data in self.samples(3):
            amounts = {part.name: _named(part.fields, Kind.AMOUNT) for part in _parts(layout)}
            for record in _records(layout, data):
                found = [record.values.get(name) for name in amounts[record.type]]
                assert all(value is None or type(value) is int for value in found), f"{record.type} has a fraction"

    def test_records_become_json(self) -> None:
        """Every record becomes JSON, and no value of it is lost on the way."""
        for layout, _, data in self.samples(3):
            for record in layout.read(data):
                if isinstance(record, Record):
                    shown = json.loads(json.dumps(as_json(record)))
                    assert {name for name, value in record.values.items() if value is not None} <= set(shown)

    def test_no_byte_is_lost(self) -> None:
        """A damaged file is written back byte for byte."""
        for layout, data in self.damaged():
            assert layout.dump(layout.read(data)) == data, f"{layout.spec.name} loses bytes"

    def test_half_a_file_is_kept(self) -> None:
        """A file that ends anywhere is written back as far as it came, and checking it is no crash."""
        for layout, random, whole in self.samples(10):
            data = whole[: random.randrange(len(whole))]
            items = list(layout.read(data))
            assert layout.dump(items) == data, f"{layout.spec.name} loses bytes"
            _told(layout, data)

    def test_another_file_is_no_crash(self) -> None:
        """An empty file, a picture and a letter are read and checked like any other, and given back as they were."""
        for layout in self.layouts():
            for data in (b"", b"\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"Dear customer,\n\nno.\n"):
                assert layout.dump(layout.read(data)) == data, f"{layout.spec.name} loses bytes"
                _told(layout, data)

    def test_problems_say_what_to_do(self) -> None:
        """Each problem of a damaged file has a stable code, a reason and a remedy."""
        for layout, data in self.damaged():
            assert all(one.code and one.why.strip() and one.remedy.strip() for one in _told(layout, data))

    def test_problems_hide_personal_data(self) -> None:
        """No problem repeats what stands in a field that the schema calls `personal`."""
        for layout, data in self.damaged():
            # Codes are the layout's words, and what may be written is told with them.
            personal = {
                part.name: {field.name for field in part.fields if field.personal and not field.codes}
                for part in _parts(layout)
            }
            texts = [
                str(record.values[name])
                for record in _records(layout, data)
                for name in personal[record.type] & record.values.keys()
                if len(str(record.values[name] or "")) >= _LEAST_TELLING
            ]
            assert_not_in(texts, "\n".join(map(str, _told(layout, data))), "a problem")


def _parts(layout: Layout) -> list[PartSpec]:
    return [*layout.spec.records, *layout.spec.segments]


def _named(fields: tuple[FieldSpec, ...], kind: Kind) -> list[str]:
    return [field.name for field in fields if field.kind is kind]


def _records(layout: Layout, data: bytes) -> Iterator[Record]:
    for item in layout.read(data):
        if isinstance(item, Record):
            yield item
            yield from item.segments


def _told(layout: Layout, data: bytes) -> list[Problem]:
    return list(layout.check(layout.read(data)))
