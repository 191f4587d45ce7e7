"""Plans by the text of the document, bounded in number and in size.

A document is kept for good only when it comes a second time, and then by use: whoever sends documents that never come
again pushes out one another's, and nobody else's.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")
MAX_TEXT = 20_000


class Plans(Generic[T]):
    """Values by text: `once` for those seen once, `kept` for those seen again; each loses the least recently used."""

    def __init__(self, kept: int = 256, once: int = 32) -> None:
        self._most, self._most_once = kept, once
        self._kept: OrderedDict[tuple[str, str | None], T] = OrderedDict()
        self._once: OrderedDict[tuple[str, str | None], T] = OrderedDict()

    def get(self, text: str, operation: str | None) -> T | None:
        key = (text, operation)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        found = self._once.pop(key, None)
        if found is not None:
            self._kept[key] = found
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found

    def add(self, text: str, operation: str | None, value: T) -> None:
        if len(text) > MAX_TEXT:
            return
        self._once[(text, operation)] = value
        if len(self._once) > self._most_once:
            self._once.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept) + len(self._once)
