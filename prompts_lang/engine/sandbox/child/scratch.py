"""Removes a temporary folder that hostile code has had to itself, in the guard, and once more in the engine.

Invariant: what lies outside of the folder is never touched, whatever links lead there.
"""
# ruff: noqa: PTH101, PTH104, PTH106, PTH108, PTH112, PTH114, PTH118, PTH208 - pathlib is slow to import, and the guard waits for it

from __future__ import annotations

import os


def remove(folder: str) -> None:
    """Removes a folder with all that hostile code may have left in it, however deep; links are not followed.

    Nothing recurses: the content of each folder is first moved up to the top. A folder that is already gone is fine.
    """
    prefix = f".{os.urandom(8).hex()}-"
    moved = 0
    while True:
        try:
            with os.scandir(folder) as found:
                entries = list(found)
        except FileNotFoundError:
            return
        if not entries:
            os.rmdir(folder)
            return
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for name in os.listdir(entry.path):
                moved += 1
                inner = os.path.join(entry.path, name)
                if os.path.isdir(inner) and not os.path.islink(inner):
                    os.chmod(inner, 0o700)  # a folder is only moved by who may write to it
                os.rename(inner, os.path.join(folder, f"{prefix}{moved}"))
            os.rmdir(entry.path)
