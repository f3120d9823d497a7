"""Asking a language model: each call counted and capped, retried where that helps, and kept.

DSPy gives an engine one request and takes one response; everything between is here. The call
itself is DSPy's too, through another `dspy.LM` that neither retries, caches nor remembers.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import dspy
from dspy.utils.exceptions import LMConfigurationError, LMError

from twentyq.authoring.model_faults import KeepingError, ModelError, seconds_to_wait, told
from twentyq.authoring.replies import KeptReplies, Reply, key_of
from twentyq.errors import StoreError


@dataclass(frozen=True)
class Usage:
    """What asking took so far: `calls` over the network, retries included; replies `cached`.

    `cost` is in US dollars at list prices, None where the price is unknown.
    """

    calls: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def told(self) -> str:
        """Say it on one line."""
        cost = "" if self.cost is None else f", about ${self.cost:.4f} at list prices"
        return (
            f"calls made: {self.calls}, kept replies used: {self.cached}; "
            f"{self.prompt_tokens:,} tokens of questions and {self.completion_tokens:,} of "
            f"replies{cost}"
        )


class ForgetfulLM(dspy.LM):  # type: ignore[misc]  # dspy has no types
    """A `dspy.LM` without a history: prompts would pile up in it, and in DSPy's global one."""

    def update_history(self, entry: dict[str, Any]) -> None:
        """Remember nothing."""


class Asking:
    """DSPy's engine: `complete` a request, at most `max_calls` times over the network."""

    def __init__(
        self,
        model: ForgetfulLM,
        *,
        where: str,
        base: str | None,
        max_calls: int,
        timeout_s: float,
        replies: KeptReplies | None,
    ) -> None:
        self.model = model
        self.where = where
        self.base = base
        self.max_calls = max_calls
        self.timeout_s = timeout_s
        self.replies = replies
        self.used = Usage()
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()  # DSPy's programs may ask from several threads

    def complete(self, request: Any) -> Any:
        """Return the response to a `dspy.lm15.Request`, kept or new.

        Raises `ModelError` and `KeepingError`, which DSPy passes on.
        """
        key = self._key(request)
        try:
            return self._complete(request, key)
        except StoreError as fault:
            raise KeepingError(
                fault.what, where=fault.where, got=fault.got, mend=fault.mend
            ) from fault

    def _complete(self, request: Any, key: str) -> Any:
        kept = None if self.replies is None else self.replies.read(key)
        if kept is not None:
            self._count(cached=1)
            return dspy.lm15.Response(
                id=None,
                model=request.model,
                message=dspy.lm15.Message.assistant(kept.text),
                finish_reason=kept.finish_reason,
                usage=dspy.lm15.Usage(),
            )
        response = self._called(request)
        if self.replies is not None and response.text:
            self.replies.keep(key, Reply(response.text, response.finish_reason))
        return response

    def _key(self, request: Any) -> str:
        with self._lock:
            first = key_of(request, self.base, 0)
            self._asked[first] += 1
            return key_of(request, self.base, self._asked[first] - 1)

    def _called(self, request: Any) -> Any:
        n_attempts = 0
        while True:
            n_attempts += 1
            self._spend()
            try:
                response = self.model(request)
            except LMError as fault:
                if isinstance(fault, LMConfigurationError):
                    self._count(calls=-1)  # refused here, before anything was sent
                wait = seconds_to_wait(fault, n_attempts)
                if wait is None:
                    # What the fault itself says may hold a key: it is not chained.
                    raise told(fault, self.where, n_attempts, self.timeout_s) from None
                time.sleep(wait)
            else:
                self._count(
                    prompt_tokens=response.usage.input_tokens or 0,
                    completion_tokens=response.usage.output_tokens or 0,
                )
                return response

    def _spend(self) -> None:
        with self._lock:
            if self.used.calls < self.max_calls:
                self.used = replace(self.used, calls=self.used.calls + 1)
                return
        raise ModelError(
            "the calls allowed are used up",
            where=self.where,
            got=f"{self.used.calls} calls, {self.used.prompt_tokens} tokens of questions and "
            f"{self.used.completion_tokens} of replies",
            mend="allow more by --max-calls and run the same command again"
            + ("" if self.replies is None else ": replies so far are kept and not paid twice"),
        )

    def _count(self, **more: int) -> None:
        with self._lock:
            sums = {name: getattr(self.used, name) + n for name, n in more.items()}
            self.used = replace(self.used, **sums)
