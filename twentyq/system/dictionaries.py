"""The dictionaries of the article that the method comes from, as a system.

`classification_groups` (or `classification_cot`) maps a group to its prompt and options, and a
second dictionary, named `..._rules`, maps each class to the index of its option in every group.
They may stand in one dictionary or in two, under any name.
https://jina.ai/news/scaling-test-time-compute-for-embedding-models
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from twentyq.errors import SystemFileError
from twentyq.system.document import Document, Fault, KeyPath, listed, place
from twentyq.system.literals import Literals, read_literals
from twentyq.system.model import System
from twentyq.system.parse import system_from

GROUP_KEYS = ("classification_groups", "classification_cot")
_ALLOWED = f"{' or '.join(GROUP_KEYS)}, and a dictionary whose name ends in _rules"


@dataclass(frozen=True, slots=True)
class _Part:
    """The groups or the rules, where they were found."""

    path: KeyPath
    value: object

    @property
    def key(self) -> str:
        return str(self.path[-1])


def import_dictionaries(text: str, where: str, name: str) -> System:
    """Read a system from the article's dictionaries, as JSON or as Python literals.

    Nothing is executed. Raises `SystemFileError`, among others where `...` stands for rules that
    are left out; it then names the classes that the comments beside the options speak of.
    """
    literals = read_literals(text, where)
    document = literals.document
    parts = list(_parts(document))
    groups = _only(document, [part for part in parts if part.key in GROUP_KEYS], "groups")
    rules = _only(document, [part for part in parts if part.key not in GROUP_KEYS], "rules")
    if literals.elided:
        raise _elision(literals, groups, rules)
    marks = {
        (key, *path[len(part.path) :]): mark
        for key, part in (("groups", groups), ("classes", rules))
        for path, mark in document.marks.items()
        if path[: len(part.path)] == part.path
    }
    data = {"name": name, "groups": groups.value, "classes": rules.value}
    renamed: dict[str | int, str] = {"groups": groups.key, "classes": rules.key}
    return system_from(Document(where, data, marks, renamed))


def _parts(document: Document) -> Iterator[_Part]:
    for key, value in document.data.items():
        if _is_part(key):
            yield _Part((key,), value)
            continue
        inner = value if isinstance(value, Mapping) else {}
        strange = [(key, name) for name in inner if not _is_part(name)]
        if strange or not inner:
            path: KeyPath = strange[0] if strange else (key,)
            what = "this is neither attribute groups nor rules"
            raise document.error([Fault(path, what, None, _ALLOWED, "rename it, or take it out")])
        yield from (_Part((key, name), part) for name, part in inner.items())


def _is_part(key: str) -> bool:
    return key in GROUP_KEYS or key.endswith("_rules")


def _only(document: Document, parts: list[_Part], kind: str) -> _Part:
    if len(parts) > 1:
        what = f"a second dictionary of {kind}"
        first = document.mark(parts[0].path).line
        mend = f"line {first} has one already: keep one of the two"
        raise document.error([Fault(parts[1].path, what, mend=mend)])
    if not parts:
        what = f"there is no dictionary of {kind} in this file"
        mend = "put the missing dictionary into the same file"
        raise SystemFileError(what, where=document.where, allowed=_ALLOWED, mend=mend)
    return parts[0]


def _elision(literals: Literals, groups: _Part, rules: _Part) -> SystemFileError:
    """Say what is left out: by name, where the comments beside the options give the classes."""
    document = literals.document
    depth = len(groups.path)
    lines = {
        mark.line
        for path, mark in document.marks.items()
        if path[:depth] == groups.path and path[depth + 1 : -1] == ("options",)
    }
    comments = [literals.comments.get(line, "") for line in sorted(lines)]
    told = [name.strip() for comment in comments for name in comment.split(",")]
    known = rules.value if isinstance(rules.value, Mapping) else {}
    missing = [name for name in dict.fromkeys(told) if name and name not in known]
    what, mend = "something is left out here (`...`)", "write it out"
    if missing:
        what = f"rules are left out here (`...`): {len(missing)} classes have none"
        mend = f"write the rules of {listed(missing, limit=50)}"
    return SystemFileError(what, where=place(document.where, literals.elided[0]), mend=mend)
