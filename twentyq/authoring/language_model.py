"""A language model by name: the edge at which twentyq asks one."""

from __future__ import annotations

import logging
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twentyq.errors import UsageError, shown

if TYPE_CHECKING:
    import dspy

    from twentyq.authoring.asking import Asking, Usage

CHARACTERS_PER_TOKEN = 3  # English has about four: forecasts are rather too high than too low
OPENAI = "openai/"
COMPATIBLE = "hosted_vllm/"  # DSPy's name for OpenAI's protocol as other servers speak it
ANY_KEY = "none"  # for servers of one's own, which ask for none


@dataclass(frozen=True)
class Price:
    """List prices in US dollars per token of questions and of replies."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        """Return the price of so many tokens."""
        return self.prompt * prompt_tokens + self.completion * completion_tokens


class LanguageModel:
    """A language model that can be asked through DSPy: `with dspy.context(lm=model.lm)`.

    Every call is counted and capped; 429, 5xx and closed connections are retried a few times; each
    reply is kept. What cannot be mended that way raises `LanguageModelError`.
    """

    def __init__(self, lm: dspy.BaseLM, asking: Asking, price: Price | None) -> None:
        self.lm = lm
        self.price = price
        self._asking = asking

    @classmethod
    def open(
        cls,
        name: str,
        base: str | None = None,
        *,
        max_calls: int,
        timeout_s: float,
        cache: Path | None,
        max_tokens: int,
    ) -> LanguageModel:
        """Return the model `name` of a provider, or of the OpenAI-compatible server at `base`.

        `name` is provider/model as DSPy writes it; with `base`, whatever the server calls it.
        Keys come from the environment, as the provider names them (`OPENAI_API_KEY` with `base`).
        `max_calls` bounds the calls over the network, retries included. `cache` is the file that
        keeps replies, None for none. `max_tokens` bounds one reply. Nothing is sent yet. Raises
        `UsageError` for a name or address that cannot be meant.
        """
        _require_meant(name, base)
        # Read when prices are first looked up: without it, they come from the network.
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        from dspy.utils.exceptions import LMConfigurationError

        from twentyq.authoring.asking import Asking, ForgetfulLM
        from twentyq.authoring.replies import KeptReplies

        # Its advice on a reply that was cut is for programmers; here it is judged like any other.
        logging.getLogger("dspy.clients.lm").setLevel(logging.ERROR)
        model = name if base is None else f"{COMPATIBLE}{name.removeprefix(OPENAI)}"
        key = os.environ.get("OPENAI_API_KEY") or ANY_KEY
        server = {} if base is None else {"api_base": base, "api_key": key}
        asking = Asking(
            ForgetfulLM(model, cache=False, num_retries=0, timeout=timeout_s, **server),
            where=name if base is None else f"{name} at {base}",
            base=base,
            max_calls=max_calls,
            timeout_s=timeout_s,
            replies=None if cache is None else KeptReplies(cache),
        )
        try:
            lm = ForgetfulLM(
                model, engine=asking, cache=False, num_retries=0, max_tokens=max_tokens
            )
        except LMConfigurationError:
            # Models that reason refuse a small bound, since it holds for their reasoning too.
            lm = ForgetfulLM(model, engine=asking, cache=False, num_retries=0)
        return cls(lm, asking, _price(name) if base is None else None)

    def ask(self, prompt: str) -> str:
        """Return the text of the reply to one question, empty where it has none.

        Raises `LanguageModelError` where the model cannot be asked.
        """
        (reply,) = self.lm(prompt)
        # Models that reason reply with their reasoning beside the text.
        return (reply.get("text") if isinstance(reply, dict) else reply) or ""

    @property
    def usage(self) -> Usage:
        """What asking took so far."""
        used = self._asking.used
        if self.price is None:
            return used
        return replace(used, cost=self.price.of(used.prompt_tokens, used.completion_tokens))


def kept_replies() -> Path:
    """Return the file in the user's cache folder that keeps replies; it need not exist yet."""
    from twentyq.encoder.cache import cache_folder

    return cache_folder() / "replies.sqlite3"


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text has, for a forecast: one for every three characters."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _price(name: str) -> Price | None:
    from dspy.clients.model_metadata import model_info, rate

    provider, _, model = name.partition("/")
    info = model_info(provider, model)
    prompt, completion = (rate(info, f"{way}_cost_per_token") for way in ("input", "output"))
    return None if prompt is None or completion is None else Price(prompt, completion)


def _require_meant(name: str, base: str | None) -> None:
    if base is not None and not _is_address(base):
        raise UsageError(
            "no address of a server",
            where="--llm-base",
            allowed="an address such as http://localhost:8000/v1, without name and password",
            mend="give a key as OPENAI_API_KEY in the environment",
        )
    provider, _, model = name.partition("/")
    if not name or (base is None and not (provider and model)):
        raise UsageError(
            "no name of a language model",
            where="--llm",
            got=shown(name),
            allowed="provider/model, such as openai/gpt-4o-mini or ollama_chat/llama3.2",
            mend="name the provider too; or give a server of your own by --llm-base",
        )


def _is_address(base: str) -> bool:
    parts = urlsplit(base)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
