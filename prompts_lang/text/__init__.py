"""Text as bytes: spans, the line table, position encodings and immutable documents.

The lowest layer. It knows nothing of prompts. Every offset is a byte offset into UTF-8, and every span is half open; a position in
lines and characters exists only at the edge, where an editor asks for one.
"""

from prompts_lang.text.document import Document
from prompts_lang.text.encoding import Encoding, Position, offset_at, position_at
from prompts_lang.text.lines import LineTable
from prompts_lang.text.normalise import clean_text
from prompts_lang.text.span import Edit, Span

__all__ = [
    "Document",
    "Edit",
    "Encoding",
    "LineTable",
    "Position",
    "Span",
    "clean_text",
    "offset_at",
    "position_at",
]
