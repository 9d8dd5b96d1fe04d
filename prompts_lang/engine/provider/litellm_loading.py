"""Importing LiteLLM: seconds of work and 180 MB, so once, late, and with nothing of it left to chance.

Invariants: importing opens no connection, reads no `.env` file and prints nothing to standard output; LiteLLM's own
retries, caches and telemetry are off. Its default transport (aiohttp) stays: with 60 calls at once it takes two thirds
of the time of the other one (httpx).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.metadata
import logging
import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

from prompts_lang.data.model_facts import PROVIDER_PLUGINS

if TYPE_CHECKING:
    from collections.abc import Callable

_ENVIRONMENT: Final = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # the bundled price table instead of a look-up on the network
    "LITELLM_MODE": "PRODUCTION",  # no `.env` file is read behind the user's back
}
_LOGGERS: Final = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")
_LOADING: Final = threading.Lock()
_LOG: Final = logging.getLogger(__name__)


def load_litellm() -> Any:
    """Returns the litellm module, ready for use. Safe to call from any thread, and cheap after the first time."""
    with _LOADING:
        return _load()


@functools.cache
def _load() -> Any:
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with contextlib.redirect_stdout(sys.stderr):
        litellm: Any = importlib.import_module("litellm")
        litellm.suppress_debug_info = True
        litellm.telemetry = False
        litellm.num_retries = 0
        litellm.cache = None
        # Pydantic speaks about LiteLLM's own types; there is nothing that a user could do about it.
        warnings.filterwarnings("ignore", message=".*Pydantic will not protect items from any mutation")
        # It speaks about replies of a wrong shape as well, which our own errors say.
        warnings.filterwarnings("ignore", message="Pydantic serializer warnings", module="pydantic.main")
        for entry_point in importlib.metadata.entry_points(group=PROVIDER_PLUGINS):
            try:
                register: Callable[[Any], None] = entry_point.load()
                register(litellm)
            except Exception:  # noqa: BLE001 - anything can come out of code that is not ours
                # A plug-in that is broken must not take the models of others with it.
                _LOG.exception("The LiteLLM provider plug-in %s could not be loaded.", entry_point.value)
    return litellm
