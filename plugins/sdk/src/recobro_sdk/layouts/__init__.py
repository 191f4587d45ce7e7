"""Files described instead of programmed: one schema gives the reader, writer, checker, document and tests of a file."""

from recobro_sdk.layouts.comparing import Change, ChangeKind, compare
from recobro_sdk.layouts.conditions import Condition, Rule
from recobro_sdk.layouts.field_changes import Breaks
from recobro_sdk.layouts.layout import Layout
from recobro_sdk.layouts.loading import load_layout, parse_layout, variants
from recobro_sdk.layouts.plain import as_json
from recobro_sdk.layouts.records import Frame, LayoutError, Problem, Record, Reject, Value
from recobro_sdk.layouts.schema import FieldSpec, Framing, Kind, LayoutSpec, RecordSpec, Role, SegmentSpec, Shape, Store
from recobro_sdk.layouts.stream import Readable

__all__ = [
    "Breaks",
    "Change",
    "ChangeKind",
    "Condition",
    "FieldSpec",
    "Frame",
    "Framing",
    "Kind",
    "Layout",
    "LayoutError",
    "LayoutSpec",
    "Problem",
    "Readable",
    "Record",
    "RecordSpec",
    "Reject",
    "Role",
    "Rule",
    "SegmentSpec",
    "Shape",
    "Store",
    "Value",
    "as_json",
    "compare",
    "load_layout",
    "parse_layout",
    "variants",
]
