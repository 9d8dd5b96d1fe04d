"""Imports the protocol's types so that each is made when it is first used.

lsprotocol has some 550 classes, and attrs writes and compiles the methods of each one: a third of a second before the first message
can be read, for classes of which a session uses a hundred. Here each class is left as it was written until somebody makes
an instance of it, asks for its fields or matches against it; then attrs makes of it what it would have made at once, except
that there are no slots, because those would need another class. A test holds all of them to the library's own.
"""

import sys
from typing import Any, cast

import attrs

_MODULE = "lsprotocol.types"


def import_types() -> None:
    """Imports `lsprotocol.types`. Must come before anything else that does; afterwards it does nothing."""
    if _MODULE in sys.modules:
        return
    define = attrs.define
    attrs.define = _leave
    try:
        __import__(_MODULE)
    finally:
        attrs.define = define


class _Later:
    """An attribute of a class that is there once the class is made."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        _make(owner)
        return getattr(owner, self._name)


_LATER = {name: _Later(name) for name in ("__attrs_attrs__", "__match_args__")}


def _initialize_later(self: Any, *arguments: Any, **named: Any) -> None:
    """Stands for `__init__`. No other method can be called first, since there is no instance without it."""
    kind = cast("type[Any]", type(self))
    _make(kind)
    kind.__init__(self, *arguments, **named)


def _leave(kind: type[Any]) -> type[Any]:
    """Takes the place of `attrs.define`."""
    for name, later in _LATER.items():
        setattr(kind, name, later)
    kind.__init__ = _initialize_later
    return kind


def _make(kind: type[Any]) -> None:
    for name in ("__init__", *_LATER):
        delattr(kind, name)
    attrs.define(kind, slots=False)
