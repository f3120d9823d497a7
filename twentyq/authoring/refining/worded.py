"""The wording of a group as text: what a language model reads and what it writes."""

from __future__ import annotations

import json
from dataclasses import replace

from twentyq.authoring.building.partial import fault_in, told
from twentyq.encoder import Encoder
from twentyq.errors import shown
from twentyq.system import AttributeGroup, System


class WordingError(Exception):
    """A text is no wording of the group; the message says why, for whoever wrote it."""


def wording_of(group: AttributeGroup) -> str:
    """Return template and options of a group as one JSON object."""
    return json.dumps({"prompt": group.prompt, "options": group.options}, ensure_ascii=False)


def read_wording(text: str, group: AttributeGroup, encoder: Encoder) -> AttributeGroup:
    """Return the group in the words of `text`, which may say something around its JSON object.

    Options keep number and order, so that every rule still means what it meant. Template and
    options are held to what a system file allows, and prompts to what the encoder reads.
    Raises WordingError.
    """
    try:
        said = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        raise WordingError(f"there is no JSON object in it; got: {shown(text)}") from None
    if not isinstance(said, dict) or said.keys() != {"prompt", "options"}:
        raise WordingError(f"the keys must be prompt and options; got: {shown(said)}")
    prompt, options = said["prompt"], said["options"]
    if not isinstance(options, list) or len(options) != len(group.options):
        got = f"{len(options)} of them" if isinstance(options, list) else shown(options)
        raise WordingError(f"options must be {len(group.options)}, in the old order; got: {got}")
    if (fault := fault_in({group.name: (prompt, options)})) is not None:
        raise WordingError(told(fault))
    worded = replace(group, prompt=prompt, options=tuple(options))
    _require_read_whole(worded, encoder)
    return worded


def reworded(system: System, group: AttributeGroup) -> System:
    """Return a system with one group in other words, and its rules in them, option for option."""
    old = next(known for known in system.groups if known.name == group.name)
    names = dict(zip(old.options, group.options, strict=True))
    rules = {
        class_name: {
            name: {names[option]: weight for option, weight in rule.items()}
            if name == group.name
            else rule
            for name, rule in of_class.items()
        }
        for class_name, of_class in system.rules.items()
    }
    groups = tuple(group if known is old else known for known in system.groups)
    return replace(system, groups=groups, rules=rules)


def _require_read_whole(group: AttributeGroup, encoder: Encoder) -> None:
    limit = encoder.context_length
    longest = max(zip(encoder.count_tokens(list(group.prompts)), group.prompts, strict=True))
    if limit is not None and longest[0] > limit:
        raise WordingError(
            f"a prompt is longer than the encoder reads; got: {shown(longest[1])}, "
            f"{longest[0]} tokens; allowed: {limit}"
        )
