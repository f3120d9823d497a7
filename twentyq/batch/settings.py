"""What is played in a run, and how it is described so that a resumed run plays the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import twentyq
from twentyq.calibration import fingerprint
from twentyq.classifier import DEFAULT_POLICY, DEFAULT_STOP, SYSTEMS_OWN, Classifier, Mode, Scale
from twentyq.encoder import Encoder, PromptStore
from twentyq.encoder.identity import file_sha256
from twentyq.engine.trace import Detail
from twentyq.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that the parts of a run depend on but the encoder; can be sent to another process.

    The names are those of `Classifier`; `top` is how many labels are ranked, `shard_size` how many
    pictures go into a part, `device` the kind of device that embeds where that is not this process.
    """

    system: System
    mode: Mode = "adaptive"
    policy: str | None = None
    stop: str | None = None
    decide: str | None = None
    budget: int | None = None
    scale: Scale = "encoder"
    classes: tuple[str, ...] | None = None
    skip_unused: bool = False
    reject: float | None = None
    crop: str | None = SYSTEMS_OWN
    calibration: Path | None = None
    top: int = 5
    trace: Detail = "none"
    batch_size: int = 64
    shard_size: int = 4096
    device: str | None = None

    def classifier(self, encoder: Encoder, store: PromptStore | None) -> Classifier:
        """Return what plays so; raises what `Classifier` does."""
        return Classifier(
            self.system,
            encoder,
            mode=self.mode,
            policy=self.policy,
            stop=self.stop,
            decide=self.decide,
            budget=self.budget,
            scale=self.scale,
            classes=self.classes,
            skip_unused=self.skip_unused,
            reject=self.reject,
            crop=self.crop,
            calibration=self.calibration,
            store=store,
            ranking=self.top,
            trace=self.trace,
            batch_size=self.batch_size,
        )

    def described(self, classifier: Classifier) -> dict[str, object]:
        """Return, as JSON values, all that the parts depend on; `classifier` plays the settings."""
        encoder, adaptive = classifier.encoder, self.mode == "adaptive"
        return {
            "twentyq": twentyq.__version__,
            "encoder": encoder.identity,
            "encoder_settings": encoder.text_settings,
            "device": self.device or encoder.device.type,
            "system": fingerprint(classifier.plan),
            "mode": self.mode,
            "policy": (self.policy or DEFAULT_POLICY) if adaptive else None,
            "stop": (self.stop or DEFAULT_STOP) if adaptive else None,
            "decide": classifier.decide if adaptive else None,
            "budget": self.budget,
            "scale": self.scale,
            "skip_unused": self.skip_unused,
            "reject": self.reject,
            "crop": classifier.crop,
            "calibration": None if self.calibration is None else file_sha256(self.calibration),
            "top": self.top,
            "trace": self.trace,
            "batch_size": self.batch_size,
            "shard_size": self.shard_size,
        }
