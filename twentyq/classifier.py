"""The public way in: a system, an encoder and the settings of play, bound together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from twentyq.calibration import Setting, fingerprint, load_calibration
from twentyq.encoder import (
    Embedded,
    Encoder,
    Picture,
    PromptStore,
    PromptTable,
    embed_pictures,
    load_encoder,
    notice_of_cut,
    require_one_width,
    unit_rows,
    unusable_rows,
)
from twentyq.engine import (
    Calibration,
    Game,
    compile_plan,
    full_game,
    names_system,
    parse_policy,
    parse_stop,
    play,
)
from twentyq.engine.decision import check_decide
from twentyq.engine.threads import threads
from twentyq.engine.trace import Detail
from twentyq.errors import PictureError, UsageError
from twentyq.result import Failure, Result, read_outcome
from twentyq.settings import check_member, check_range, refuse_adaptive, refuse_calibration
from twentyq.system import System, load_system

Mode = Literal["adaptive", "full", "names"]
Scale = Literal["encoder", "article"]

DEFAULT_POLICY = "gain"
DEFAULT_STOP = "confidence:0.9"
DEFAULT_DECIDE = "score"
SYSTEMS_OWN = "system"


class Classifier:
    """Classifies pictures by asking an encoder about a system's attribute groups.

    `mode` is `adaptive`, `full` (the article's reference: every prompt, no stopping) or `names`
    (the baseline that compares with class names). `policy`, `stop`, `decide` and `budget` steer
    adaptive play alone. `scale` is `encoder` (its own) or `article` (1). `store` keeps prompt
    vectors between runs; None does without. `ranking` limits how many labels a result ranks.
    `crop` is by default what the system's file says; None leaves pictures whole. `calibration` is
    a file, or arrays that were fitted to this very system, encoder and setting; its scale comes
    before `scale`. The attribute `full_prompts` is Q, what full spends on a picture, in every mode.

    Raises UsageError for settings that contradict each other or the calibration, and what
    `load_system` and `load_encoder` raise where names are given.
    """

    def __init__(
        self,
        system: System | str | Path,
        encoder: Encoder | str = "builtin",
        *,
        mode: Mode = "adaptive",
        policy: str | None = None,
        stop: str | None = None,
        decide: str | None = None,
        budget: int | None = None,
        scale: Scale = "encoder",
        classes: Sequence[str] | None = None,
        skip_unused: bool = False,
        reject: float | None = None,
        crop: str | None = SYSTEMS_OWN,
        calibration: Calibration | str | Path | None = None,
        store: PromptStore | None = None,
        ranking: int | None = None,
        trace: Detail = "none",
        batch_size: int = 64,
    ) -> None:
        check_member("mode", mode, Mode)
        check_member("scale", scale, Scale)
        check_member("trace", trace, Detail)
        check_range("reject", reject, 0, 1)
        check_range("batch-size", batch_size, 1, None)
        check_range("ranking", ranking, 1, None)
        if mode != "adaptive":
            refuse_adaptive(mode, policy=policy, stop=stop, decide=decide, budget=budget)
        refuse_calibration(mode, calibration)
        self.system = system if isinstance(system, System) else load_system(system)
        self.encoder = load_encoder(encoder) if isinstance(encoder, str) else encoder
        self.mode = mode
        self.reject = reject
        self.crop = self.system.crop if crop == SYSTEMS_OWN else crop
        self.ranking = ranking
        self.trace = trace
        self.batch_size = batch_size
        self.decide = check_decide(decide or DEFAULT_DECIDE)

        device = self.encoder.device
        # The engine counts in float64, which MPS does not have.
        device = device if device.type == "cuda" else torch.device("cpu")
        of_groups = compile_plan(
            self.system, classes=classes, skip_unused=skip_unused, device=device
        )
        self.plan = of_groups
        if mode == "names":
            names = names_system(self.system)
            # Names of classes that were not chosen are no options.
            self.plan = compile_plan(names, classes=classes, skip_unused=True, device=device)
        self.full_prompts = of_groups.n_prompts
        factor = self.encoder.scale if scale == "encoder" else 1.0
        asking = parse_policy(policy or DEFAULT_POLICY)
        stopping = parse_stop(stop or DEFAULT_STOP)
        if isinstance(calibration, str | Path):
            # Thresholds of `agrees` hold for one policy, everything else in a file for any.
            agrees = bool(stopping.targets)
            setting = Setting(
                encoder=self.encoder.identity,
                system=fingerprint(self.plan),
                scale=scale,
                skip_unused=skip_unused,
                crop=self.crop,
                policy=asking.name if agrees else None,
                decide=self.decide if agrees else None,
            )
            calibration = load_calibration(Path(calibration), self.plan, setting)
        if mode == "adaptive":
            self.game = Game(
                self.plan,
                factor,
                policy=asking,
                stop=stopping,
                decide=self.decide,
                budget=budget,
                calibration=calibration or Calibration(),
            )
        else:
            self.game = full_game(self.plan, factor, calibration=calibration)
        self._prompts = PromptTable(self.encoder, self.plan.prompts, store, device)

    def classify(self, pictures: Iterable[Picture]) -> list[Result]:
        """Classify pictures: paths, encoded bytes, or Pillow images.

        Raises PictureError at the first picture that cannot be read; `classify_each` goes on.
        """
        results = []
        for result in self.classify_each(pictures):
            if isinstance(result, Failure):
                raise result.error
            results.append(result)
        return results

    def classify_each(self, pictures: Iterable[Picture]) -> Iterator[Result | Failure]:
        """Classify pictures one batch at a time, and yield what is said of each, in order.

        A picture that cannot be read gives a Failure and does not stop the others.
        """
        for batch in self.embed(pictures):
            yield from self.classify_embedded(batch)

    def classify_embeddings(
        self, embeddings: np.ndarray[Any, Any] | torch.Tensor, names: Sequence[str] | None = None
    ) -> list[Result]:
        """Classify pictures by their vectors, `(n_images, d)`, which need not have length 1.

        Raises UsageError for an array of another shape, PictureError for a vector without a
        direction.
        """
        vectors = torch.as_tensor(embeddings)
        if vectors.ndim != 2 or vectors.shape[1] == 0:
            raise UsageError(
                "embeddings are a table with one row per picture",
                where="embeddings",
                got=f"shape {tuple(vectors.shape)}",
                allowed="(n_images, d)",
            )
        called = tuple(names if names is not None else (f"row {i}" for i in range(len(vectors))))
        if len(called) != len(vectors):
            raise UsageError(
                "there is one name for each row of the embeddings",
                where="names",
                got=f"{len(called)} names for {len(vectors)} rows",
            )
        units = unit_rows(vectors)
        for row in unusable_rows(units):
            raise PictureError("the embedding has no direction", where=called[row])
        batch = Embedded(called, tuple(range(len(called))), units, {})
        return [result for result in self.classify_embedded(batch) if isinstance(result, Result)]

    def embed(self, pictures: Iterable[Picture]) -> Iterator[Embedded]:
        """Decode and embed pictures, a batch at a time."""
        return embed_pictures(self.encoder, pictures, batch_size=self.batch_size, crop=self.crop)

    def classify_embedded(self, batch: Embedded) -> list[Result | Failure]:
        """Play for one batch, and return what is said of each picture, in order."""
        images = batch.vectors.to(self.plan.device, torch.float64)
        newly_embedded: dict[int, int] = {}
        all_threads = torch.get_num_threads()

        def similarities(group: int, rows: torch.Tensor) -> torch.Tensor:
            with threads(all_threads):  # the text encoder's; play itself may use fewer
                prompts, n_embedded = self._prompts.vectors(group)
            if n_embedded:
                newly_embedded[group] = n_embedded
            require_one_width(images.shape[1], prompts.shape[1], where="embeddings")
            return images[rows] @ prompts.T

        numbers = torch.tensor(batch.usable, dtype=torch.int64) + batch.first
        outcome = play(
            self.game,
            similarities,
            len(images),
            numbers=numbers,
            resident=self._prompts.resident,
            detail=self.trace,
        )
        embedded = [0] * len(images)
        for group, n_embedded in newly_embedded.items():
            embedded[outcome.first_to_ask(group)] += n_embedded
        results = read_outcome(
            self.plan,
            outcome,
            [batch.names[i] for i in batch.usable],
            embedded,
            decide=self.decide,
            ranking=self.ranking,
            reject=self.reject,
            traced=self.trace != "none",
        )
        said: dict[int, Result | Failure] = dict(zip(batch.usable, results, strict=True))
        for i, fault in batch.faults.items():
            said[i] = Failure(batch.names[i], fault)
        return [said[i] for i in range(len(batch.names))]

    def notices(self) -> list[str]:
        """Return what a user should know before trusting the results, one sentence each."""
        notices = []
        if self.plan.has_prior and self.decide == "score":
            notices.append(
                f"The system {self.system.name!r} has a prior; the decision by score ignores it, "
                "as the article's does. The posterior uses it."
            )
        prompts = [prompt for group in self.plan.prompts for prompt in group]
        if notice := notice_of_cut(self.encoder, prompts):
            notices.append(notice)
        return notices
