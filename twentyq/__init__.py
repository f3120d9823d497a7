"""twentyq: an adaptive twenty-questions engine for frozen image-text encoders.

from twentyq import Classifier, load_encoder, load_system
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twentyq.classifier import Classifier
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.result import Failure, Result
    from twentyq.system import System, load_system

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "Failure",
    "PromptStore",
    "Result",
    "System",
    "__version__",
    "load_encoder",
    "load_system",
]

_HOMES = {
    "Classifier": "twentyq.classifier",
    "Failure": "twentyq.result",
    "PromptStore": "twentyq.encoder",
    "Result": "twentyq.result",
    "System": "twentyq.system",
    "load_encoder": "twentyq.encoder",
    "load_system": "twentyq.system",
}


def __getattr__(name: str) -> object:
    # Imported on first use: the command line's --help must not wait for torch.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
