"""Text to `System`: the shape first, then everything that needs the whole file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from twentyq.errors import shown
from twentyq.system.document import Document, Fault, KeyPath
from twentyq.system.model import AttributeGroup, Rule, System
from twentyq.system.reader import read_document
from twentyq.system.rules import resolve
from twentyq.system.schema import SystemShape
from twentyq.system.shape import check_shape


def parse_system(text: str, where: str = "system") -> System:
    """Read a system from YAML or JSON text.

    `where` names the text in errors. Raises `SystemFileError` for the first fault in the file.
    """
    return system_from(read_document(text, where))


def system_from(document: Document) -> System:
    """Return the system that a document describes; raises `SystemFileError`."""
    shape = check_shape(document)
    groups = tuple(
        AttributeGroup(name, group.prompt, tuple(group.options))
        for name, group in shape.groups.items()
    )
    rules: dict[str, dict[str, Rule]] = {name: {} for name in shape.classes}
    faults = [*_collisions(shape), *_unknown_classes(shape)]
    for class_name, group_name, rule in _resolved(shape, groups):
        if isinstance(rule, Fault):
            faults.append(rule)
        else:
            rules[class_name][group_name] = rule
    if faults:
        raise document.error(faults)
    return System(
        name=shape.name,
        groups=groups,
        classes=tuple(shape.classes),
        rules=rules,
        labels={name: label for name, label in shape.labels.items() if label != name},
        prior=shape.prior,
        names_prompt=shape.names_prompt,
        about=shape.about,
        source=shape.source,
        license=shape.license,
        crop=shape.crop,
        accepts=_accepts(shape),
        history=tuple(shape.history),
    )


def _resolved(
    shape: SystemShape, groups: tuple[AttributeGroup, ...]
) -> Iterator[tuple[str, str, Rule | Fault]]:
    by_name = {group.name: group for group in groups}
    for class_name, rules in shape.classes.items():
        for group_name, rule in rules.items():
            path = ("classes", class_name, group_name)
            if group_name in by_name:
                yield class_name, group_name, resolve(rule, by_name[group_name], path)
            else:
                mend = "name a group as it stands under `groups`"
                what = "there is no such group"
                fault = Fault(path, what, mend=mend, unknown=group_name, candidates=by_name)
                yield class_name, group_name, fault


def folded(text: str) -> str:
    """Return what is left of a text without case, spaces at its ends, doubled ones, Unicode form.

    Groups, classes and the options of a group must differ in it.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _collisions(shape: SystemShape) -> Iterator[Fault]:
    yield from _equal("groups", [(name, ("groups", name)) for name in shape.groups])
    yield from _equal("classes", [(name, ("classes", name)) for name in shape.classes])
    for name, group in shape.groups.items():
        paths: list[KeyPath] = [("groups", name, "options", i) for i in range(len(group.options))]
        yield from _equal("options", zip(group.options, paths, strict=True))


def _equal(kind: str, named: Iterable[tuple[str, KeyPath]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for name, path in named:
        key = folded(name)
        if key not in seen:
            seen[key] = name
            continue
        first = seen[key]
        what = f"two {kind} are alike but for case, spaces or Unicode form"
        if first == name:
            what = f"two {kind} are the same"
        mend = "rename one of them, or take it out"
        yield Fault(path, what, f"{shown(first)} and {shown(name)}", mend=mend)


def _unknown_classes(shape: SystemShape) -> Iterator[Fault]:
    named: list[tuple[str, KeyPath]] = [(name, ("labels", name)) for name in shape.labels]
    named += [(name, ("prior", name)) for name in shape.prior]
    named += [
        (name, ("accepts", "tie", i, j))
        for i, tie in enumerate(shape.accepts.tie)
        for j, name in enumerate(tie)
    ]
    for name, path in named:
        if name not in shape.classes:
            what, mend = "there is no such class", "name a class as it stands under `classes`"
            yield Fault(path, what, mend=mend, unknown=name, candidates=shape.classes)


def _accepts(shape: SystemShape) -> dict[str, object]:
    accepts = shape.accepts
    given: dict[str, object] = {"tie": tuple(map(tuple, accepts.tie)), "why": accepts.why}
    return {key: value for key, value in given.items() if value}
