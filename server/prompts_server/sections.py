"""The sections of a file as findings see them: `prompts_lang.graph.slots` in the shape of `findings.SectionView`."""

from dataclasses import dataclass
from functools import lru_cache

from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.slots import SlotPlace, slot_places, text_hash
from prompts_lang.text import Span
from prompts_server.findings import Finding

# Most sections are the very same text after a keystroke; their hashes need not be computed again.
_hash = lru_cache(maxsize=4096)(text_hash)


@dataclass(frozen=True, slots=True)
class Section:
    """One text section at its place."""

    place: SlotPlace

    @property
    def slot(self) -> str:
        """`graph/node/section`."""
        return str(self.place.id)

    @property
    def text(self) -> str:
        """The section's text, without margins."""
        return self.place.section.text

    @property
    def text_hash(self) -> str:
        """The hash of the section's text."""
        return _hash(self.place.section.text)

    @property
    def context_hash(self) -> str:
        """Empty: what a section's neighbours say is not part of its identity yet."""
        return ""

    @property
    def span(self) -> Span:
        """The section's text, or its head where it has none."""
        return self.place.span

    def span_of(self, finding: Finding) -> Span:
        """Where the words at fault stand."""
        text, where = self.place.section.text, finding.range
        if where is not None and 0 <= where[0] <= where[1] and text[slice(*where)] == finding.quote != "":
            return self.place.section.source_span(*where).shift(self.place.offset)
        return self.place.span_of(finding.quote)


def sections_of(meaning: FileMeaning) -> tuple[Section, ...]:
    """Every text section of a file's nodes."""
    return tuple(map(Section, slot_places(meaning).values()))
