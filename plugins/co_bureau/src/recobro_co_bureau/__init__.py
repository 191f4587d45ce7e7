"""Furnishing to the credit bureaus of Colombia: the rules CO-BUR as a gate, and the layout of the agency's contract."""

from recobro_co_bureau.answers import answer_layout_of, default_answer_schema
from recobro_co_bureau.contract import default_schema, layout_of
from recobro_co_bureau.gate import decide, legend_of, rulings
from recobro_co_bureau.rulings import Ruling
from recobro_co_bureau.terms import removal_day

__all__ = [
    "Ruling",
    "answer_layout_of",
    "decide",
    "default_answer_schema",
    "default_schema",
    "layout_of",
    "legend_of",
    "removal_day",
    "rulings",
]
