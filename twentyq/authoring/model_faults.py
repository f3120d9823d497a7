"""What can go wrong between twentyq and a language model, said so that it can be mended."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

from dspy.utils.exceptions import (
    ContextWindowExceededError,
    LMAuthError,
    LMBillingError,
    LMError,
    LMNotConfiguredError,
    LMRateLimitError,
    LMServerError,
    LMTransportError,
)

from twentyq.errors import LanguageModelError, StoreError

WAITS_S = (1.0, 4.0, 10.0)  # before the second, third and fourth attempt
LONGEST_WAIT_S = 60.0
SHORTEST_SECRET = 8  # a shorter value would be cut out of ordinary words
SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL")


class ModelError(LanguageModelError, LMError):  # type: ignore[misc]  # dspy has no types
    """A `LanguageModelError` that DSPy also takes for its own.

    DSPy passes its own errors on as they are. Any other it would wrap, and its adapters would take
    it for a reply that does not parse, and ask again.
    """


class KeepingError(StoreError, LMError):  # type: ignore[misc]  # dspy has no types
    """A `StoreError` that DSPy also takes for its own."""


def seconds_to_wait(fault: LMError, n_failed: int) -> float | None:
    """Return how long to wait before asking again, or None where that would not help.

    Too many requests, servers' own faults and closed connections pass. A server that asks for
    more than `LONGEST_WAIT_S` is not asked before, so not at all.
    """
    passing = isinstance(fault, LMRateLimitError | LMServerError | LMTransportError)
    if not passing or n_failed > len(WAITS_S) or _stalled(fault) or _nobody_there(fault):
        return None
    asked_for = fault.retry_after
    if asked_for is None:
        return WAITS_S[n_failed - 1]
    return asked_for if asked_for <= LONGEST_WAIT_S else None


def told(fault: LMError, where: str, n_attempts: int, timeout_s: float) -> ModelError:
    """Return what DSPy reports as an error of twentyq, without any key that it echoes."""
    what, mend = _meaning(fault, timeout_s)
    times = f" (asked {n_attempts} times)" if n_attempts > 1 else ""
    return ModelError(what, where=where, got=f"{_said(fault)}{times}", mend=mend)


def _meaning(fault: LMError, timeout_s: float) -> tuple[str, str]:
    again = "run the same command again: replies so far are kept and not paid twice"
    if isinstance(fault, LMNotConfiguredError):
        return (
            "no key for this language model",
            "set the provider's key in the environment, such as OPENAI_API_KEY; a server of your "
            "own is named by --llm-base",
        )
    if isinstance(fault, LMAuthError):
        return "the server refuses the key", "check the key in the environment, and what it may use"
    if isinstance(fault, LMBillingError):
        return "the account has nothing left to pay with", f"see your quota; then {again}"
    if isinstance(fault, ContextWindowExceededError):
        return "a question is longer than the model can read", "name a model that reads more"
    if _stalled(fault):
        return (
            f"no answer within {timeout_s:g} s",
            f"see whether the server is at work, or give it longer by --timeout; then {again}",
        )
    if _nobody_there(fault):
        return "no server can be reached", "check --llm-base and the network, and start the server"
    if isinstance(fault, LMRateLimitError):
        if fault.retry_after is not None and fault.retry_after > LONGEST_WAIT_S:
            return f"the server asks to wait {fault.retry_after:g} s", f"wait, then {again}"
        return "the server takes no more requests now", f"wait, or see your quota; then {again}"
    if isinstance(fault, LMServerError | LMTransportError):
        return "the server fails", f"wait, and see its log or status page; then {again}"
    return (
        "the language model cannot be asked",
        "check the name (provider/model, as DSPy and LiteLLM name it) and what the server says",
    )


def _said(fault: LMError) -> str:
    # Advice for programmers follows after an empty line.
    text = " ".join((fault.message or type(fault).__name__).split("\n\n")[0].split())
    return scrubbed(text if fault.status is None else f"status {fault.status}: {text}")


def scrubbed(text: str) -> str:
    """Return `text` with every secret of the environment replaced; servers echo keys."""
    secrets = {
        value
        for name, value in os.environ.items()
        if len(value) >= SHORTEST_SECRET and any(part in name.upper() for part in SECRET_NAMES)
    }
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "[key]")
    return text


def _causes(fault: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = fault
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _stalled(fault: LMError) -> bool:
    return any(isinstance(cause, TimeoutError) for cause in _causes(fault))


def _nobody_there(fault: LMError) -> bool:
    return any(
        isinstance(cause, ConnectionRefusedError | socket.gaierror) for cause in _causes(fault)
    )
