"""What a command says when it cannot do what it was asked."""

from __future__ import annotations


class CommandError(Exception):
    """The command cannot be carried out; the message says why and what to do."""
