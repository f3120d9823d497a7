"""Who makes the shards of a run: this process, or actors on a Ray cluster."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from twentyq.errors import UsageError, shown


class Backend(StrEnum):
    """Who embeds and plays."""

    local = "local"
    ray = "ray"


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """The options that speak of a cluster, None where they were not given."""

    address: str | None
    actors: int | None
    actor_cpus: float | None
    actor_gpus: float | None

    def refuse_locally(self) -> None:
        """Raise UsageError where one was given, but no cluster is to work."""
        for name, value in asdict(self).items():
            if value is not None:
                raise UsageError(
                    "this speaks of a cluster",
                    where=f"--{name.replace('_', '-')}",
                    got=shown(value),
                    mend="add --backend ray, or leave it out",
                )

    def placement(self, device: str, dtype: str) -> tuple[str, str]:
        """Return the device and the number type of every actor.

        Here, where the prompts are embedded, the device may be another, but not the number type.
        Raises UsageError where a device was named: what an actor gets is Ray's to say.
        """
        if device != "auto":
            raise UsageError(
                "actors compute on the GPUs they are given, or on the CPU",
                where="--device",
                got=shown(device),
                mend="leave --device out, and say by --actor-gpus how many GPUs an actor gets",
            )
        if not self.actor_gpus:
            return "cpu", dtype
        return "cuda", "float16" if dtype == "auto" else dtype
