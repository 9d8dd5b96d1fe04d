"""The language server for prompt graphs.

This package is the only one that knows the Language Server Protocol: it turns messages into calls of
`prompts_lang.features` and results into messages. It never runs a node and never imports LiteLLM; runs happen in a
separate worker process (`prompts_lang.worker`), which `prompts_server.worker_client` starts and watches.
"""

import gc
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves one editor over standard input and output until it leaves.

    Args:
        arguments: Command-line arguments without the program's name; those of the process when None.

    Returns:
        The exit code that the protocol asks for: 0 after `shutdown` and `exit`, 1 when the editor vanished.
    """
    # The imports make tens of thousands of objects that live for ever; looking at them again and again for garbage would
    # take a tenth of the start.
    gc.disable()
    # Imported here so that `import prompts_server` costs nothing, and the protocol's types before all that uses them.
    from prompts_server.lazy_types import import_types  # noqa: PLC0415

    import_types()
    from prompts_server.command import serve_standard_streams  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    return serve_standard_streams(arguments)
