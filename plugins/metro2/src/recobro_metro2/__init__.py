"""Metro 2 credit reporting files: read, written, checked, and made from what an agency furnishes."""

from recobro_metro2.documents import check, from_json, opened, read_bytes, segments, to_json
from recobro_metro2.forms import Form, detect, layout

__all__ = ["Form", "check", "detect", "from_json", "layout", "opened", "read_bytes", "segments", "to_json"]
