"""Public ids are TypeIDs: the library of the specification says so."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typeid import TypeID
from typeid.errors import TypeIDException

from core.kit import ids
from core.kit.errors import InvalidInput

PREFIXES = st.from_regex(r"[a-z]([a-z_]{0,20}[a-z])?", fullmatch=True)


@given(PREFIXES, st.uuids())
def test_an_id_is_written_and_read_as_the_library_does(prefix: str, key: UUID) -> None:
    text = ids.encode(prefix, key)
    typed = TypeID.from_string(text)
    assert (typed.prefix, UUID(str(typed.uuid))) == (prefix, key)
    assert ids.parse(text) == (prefix, key)


@given(st.lists(st.uuids() | st.none(), max_size=300))
def test_many_ids_are_written_as_each_alone(keys: list[UUID | None]) -> None:
    assert ids.texts_of(keys) == [ids.text_of(key.int if key else 0) for key in keys]


@given(st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyzA_-", max_size=40) | st.text(max_size=40))
def test_what_the_library_refuses_is_refused(text: str) -> None:
    try:
        known = bool(TypeID.from_string(text).prefix)
    except (TypeIDException, ValueError):
        known = False
    if known:
        ids.parse(text)
    else:
        with pytest.raises(InvalidInput):
            ids.parse(text)


@pytest.mark.parametrize(
    "text",
    ["debt_8zzzzzzzzzzzzzzzzzzzzzzzzz", "01h455vb4pex5vsknk084sn02q", "debt_01H455VB4PEX5VSKNK084SN02Q", "debt_"],
)
def test_ids_that_are_none(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not an id"):
        ids.parse(text)
