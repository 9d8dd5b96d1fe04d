"""Several outputs as one value that cannot be changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Outputs(Mapping[str, Any]):
    """The outputs of a graph, by attribute (`found.answer`) or by name (`found["answer"]`). They cannot be changed.

    An output that is called like a method of mappings (`items`, `keys`, `values`, `get`) is there by name only.
    """

    __slots__ = ("_values",)

    _values: dict[str, Any]

    def __init__(self, values: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_values", dict(values))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and name in self._values:
            return self._values[name]
        message = f"there is no output '{name}'"
        raise AttributeError(message, name=name, obj=self)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"outputs cannot be changed: '{name}'"
        raise AttributeError(message, name=name, obj=self)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def __repr__(self) -> str:
        return f"Outputs({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"

    def __reduce__(self) -> tuple[type[Outputs], tuple[dict[str, Any]]]:
        return Outputs, (dict(self._values),)
