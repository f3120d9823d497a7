"""The systems of the test that no file holds: five groups, names, colours and birds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from twentyq.system import AttributeGroup, System
from twentyq.training.protocol import Colours, Protocol, Wording


def five_groups(protocol: Protocol, *, unseen: bool) -> System:
    """Return the 124 animals in the prototype's five groups, in trained or unseen wordings."""
    options, animals = protocol.options, protocol.animals
    templates = protocol.five_groups.unseen if unseen else protocol.five_groups.trained

    def said(wording: Wording) -> str:
        return wording.unseen[0] if unseen else wording.trained

    # Each animal's option in each group; None where it has no such trait.
    chosen: dict[str, tuple[str, list[str | None]]] = {
        "colour": (templates.colour, [a.colour for a in animals.values()]),
        "kind": (templates.kind, [options.kind[a.kind] for a in animals.values()]),
        "shape": (templates.shape, [said(options.shape[a.shape[0]]) for a in animals.values()]),
    }
    for rank, group in enumerate(("trait", "second trait")):
        traits = [a.trait[rank] if len(a.trait) > rank else None for a in animals.values()]
        told = [None if trait is None else said(options.trait[trait]) for trait in traits]
        chosen[group] = (templates.trait, told)
    groups = []
    for group, (template, answers) in chosen.items():
        used = tuple(sorted({answer for answer in answers if answer is not None}))
        asked = options.colour if group == "colour" else used
        groups.append(AttributeGroup(group, template, asked))
    rules = {
        animal: {group: answers[i] for group, (_, answers) in chosen.items()}
        for i, animal in enumerate(animals)
    }
    return _certain("five groups", groups, rules)


def names(system: System, templates: Iterable[str], called: Mapping[str, str]) -> list[System]:
    """Return the class-name baseline of a system in each template.

    `called` is what each class is called; `{}` takes that, `{a}` takes it with its article.
    """
    return [_names(system, template, called) for template in templates]


def colours(question: Colours) -> System:
    """Return one question for the main colour, whose classes are the colours."""
    group = AttributeGroup("colour", question.template, question.options)
    return _certain("colours", [group], {c: {"colour": c} for c in question.options})


def birds(table: Path, template: str) -> System:
    """Return the birds of an `attributes.json`, each group's rule the option most often chosen."""
    content = json.loads(table.read_text(encoding="utf-8"))
    groups = [
        AttributeGroup(
            group, template.replace("{group}", _words(group)), tuple(map(_words, options))
        )
        for group, options in content["groups"].items()
    ]
    known = {group: set(options) for group, options in content["groups"].items()}
    rules = {
        bird: {
            group: _words(rule["top"])
            for group, rule in row.items()
            if rule.get("top") in known[group]
        }
        for bird, row in content["classes"].items()
    }
    return _certain("birds", groups, rules)


def with_article(noun: str) -> str:
    """Return a noun with "a" or "an", as it is spoken."""
    vowel = noun[0].lower() in "aeiou" and not noun.startswith("uni")
    return f"{'an' if vowel else 'a'} {noun}"


def _certain(
    name: str,
    groups: Sequence[AttributeGroup],
    rules: Mapping[str, Mapping[str, str | None]],
) -> System:
    certain = {
        one: {group: {option: 1.0} for group, option in row.items() if option is not None}
        for one, row in rules.items()
    }
    return System(name=name, groups=tuple(groups), classes=tuple(rules), rules=certain)


def _names(system: System, template: str, called: Mapping[str, str]) -> System:
    if "{a}" in template:
        called = {one: with_article(name) for one, name in called.items()}
    prompt = template.replace("{a}", "{}")
    return System(
        name=f"names of {system.name}",
        groups=(AttributeGroup("name", prompt, tuple(called[one] for one in system.classes)),),
        classes=system.classes,
        rules={one: {"name": {called[one]: 1.0}} for one in system.classes},
        labels=system.labels,
    )


def _words(key: str) -> str:
    return key.removeprefix("has_").replace("_", " ").replace("(", "").replace(")", "")
