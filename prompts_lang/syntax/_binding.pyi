"""The generated parser, compiled from `grammar/src/parser.c`."""

def language() -> object:
    """The grammar, as a capsule for `tree_sitter.Language`."""
