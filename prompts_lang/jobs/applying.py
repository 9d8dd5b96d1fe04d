"""Puts accepted texts into files that may have been edited since they were read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prompts_lang.errors import FileError
from prompts_lang.graph.load import Loaded, load_program
from prompts_lang.graph.model import SlotId
from prompts_lang.graph.slots import apply_edits, edits_for, place_of


def files_with(loaded: Loaded, path: Path, texts: Mapping[SlotId, str]) -> dict[Path, bytes]:
    """The new content of every file that the texts change. Files are read anew, so that edits made elsewhere in them stay.

    The texts were proven together, so they are put in together or not at all.

    Args:
        loaded: The program as the texts were made for it.
        path: Its file, absolute.
        texts: The texts by slot.

    Raises:
        FileError: A slot has gone, or its text is not any more what it was.
    """
    now = load_program(path)
    for slot in texts:
        then, found = place_of(loaded.project, path, slot), place_of(now.project, path, slot)
        if then is None or found is None or then.section.text != found.section.text:
            raise FileError(
                f"The text of {slot} was changed meanwhile, so nothing was written.",
                where=str(path if found is None else found.meaning.path),
                hint="Run it again; what was paid for is kept.",
            )
    changed: dict[Path, bytes] = {}
    for file, edits in edits_for(now.project, path, texts).items():
        meaning = now.project.meaning(file)
        if meaning is not None:
            changed[file] = apply_edits(meaning.syntax.text, edits)
    return changed
