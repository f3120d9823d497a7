"""What reflection with a language model will take, before anything is asked."""

from __future__ import annotations

from gepa.strategies.instruction_proposal import InstructionProposalSignature

from twentyq.authoring.building.forecast import Forecast
from twentyq.authoring.language_model import estimated_tokens
from twentyq.authoring.refining.failures import records
from twentyq.authoring.refining.pool import Pool
from twentyq.authoring.refining.reflecting import MINIBATCH, TRIES, template_for
from twentyq.authoring.refining.splitting import Part
from twentyq.authoring.refining.worded import wording_of
from twentyq.system import System


def forecast_round(pool: Pool, system: System) -> Forecast:
    """Return what a round takes at most, from the first question about each group.

    Raises what `embed_prompts` does.
    """
    now = pool.stand(system, Part.TRAIN)
    pictures = range(min(MINIBATCH, len(now.right)))
    asked = [
        InstructionProposalSignature.prompt_renderer(
            {
                "current_instruction_doc": wording_of(group),
                "dataset_with_feedback": records(pool, now, group, pictures, refused=None),
                "prompt_template": template_for(system, group),
            }
        )
        for group in system.groups
    ]
    replied = [wording_of(group) for group in system.groups]
    return Forecast(
        calls=TRIES * len(system.groups),
        prompt_tokens=TRIES * sum(estimated_tokens(str(question)) for question in asked),
        completion_tokens=TRIES * sum(estimated_tokens(reply) for reply in replied),
    )
