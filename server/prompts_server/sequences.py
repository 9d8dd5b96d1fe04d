"""What two sequences have in common at their ends, found by comparing slices: in C, and in logarithmic many steps."""

from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item", int, str)


def common_prefix(first: Sequence[_Item], second: Sequence[_Item], limit: int) -> int:
    """The length of the common start, at most `limit`, which must not exceed either length."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_suffix(first: Sequence[_Item], second: Sequence[_Item], limit: int) -> int:
    """The length of the common end, at most `limit`, which must not exceed either length."""
    return common_prefix(first[::-1], second[::-1], limit)
