"""Parser events to values and marks, one event at a time and without recursion.

Whatever has no business in a system file is refused at its first event, however much would follow:
aliases cannot multiply, and nesting cannot exhaust the stack.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import ScalarNode

from twentyq.errors import SystemFileError, shown
from twentyq.system.document import Document, KeyPath, Mark, place

MAX_DEPTH = 12

# YAML 1.1 readers, still common, take these for booleans. A file that means one thing here and
# another thing there is refused, rather than read in either way.
_BOOLEANS_OF_YAML_1_1 = {"yes": True, "on": True, "no": False, "off": False}


def compose(events: Iterable[Event], where: str) -> Document:
    """Put a document together; raises `SystemFileError` where it is not one plain mapping."""
    composer = _Composer(where)
    for event in events:
        composer.take(event)
    root = composer.root
    if root is None:
        mend = "write at least `name`, `groups` and `classes`"
        raise SystemFileError("the file is empty", where=where, mend=mend)
    if not isinstance(root, dict):
        raise SystemFileError(
            "a system file is a mapping of keys to values",
            where=place(where, 1),
            got="a list" if isinstance(root, list) else shown(composer.marks[()].written or root),
            mend="begin with `name: ...`, and put `groups:` and `classes:` at the margin",
        )
    return Document(where, root, composer.marks)


def whole_characters(text: str) -> str:
    r"""Join surrogate pairs, which is how JSON escapes an emoji: `"\ud83d\ude00"`.

    Raises ValueError for half a pair.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


_Node = ScalarEvent | CollectionStartEvent


@dataclass(slots=True)
class _OpenList:
    path: KeyPath
    value: list[object] = field(default_factory=list)


@dataclass(slots=True)
class _OpenMapping:
    path: KeyPath
    value: dict[str, object] = field(default_factory=dict)
    pending: tuple[str, Mark] | None = None
    """A key that waits for its value."""


class _Composer:
    def __init__(self, where: str) -> None:
        self.where = where
        self.yaml = YAML(typ="safe", pure=True)
        self.stack: list[_OpenList | _OpenMapping] = []
        self.marks: dict[KeyPath, Mark] = {}
        self.documents = 0
        self.root: object = None

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self.start_document(event)
            case AliasEvent():
                self.refuse(event, "aliases (`*name`) are not allowed", "write the value out")
            case ScalarEvent() | CollectionStartEvent():
                self.check_plain(event)
                self.add(event)
            case CollectionEndEvent():
                self.stack.pop()

    def start_document(self, event: DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            what = "a second document begins here (`---`)"
            self.refuse(event, what, "keep one system to a file")
        if event.version not in (None, (1, 2)):
            what = "a system file is YAML 1.2"
            self.refuse(event, what, "take the `%YAML` line out, or write 1.2")

    def check_plain(self, event: _Node) -> None:
        if event.anchor is not None:
            what = "anchors (`&name`) are not allowed"
            mend = "write the value out at every place that needs it"
            self.refuse(event, what, mend, shown(f"&{event.anchor}"))
        if event.tag is not None:
            what = "YAML tags (`!name`) are not allowed"
            mend = "take the tag away, or quote a text that begins with `!`"
            self.refuse(event, what, mend, shown(_short_tag(event)))

    def add(self, event: _Node) -> None:
        parent = self.stack[-1] if self.stack else None
        if isinstance(parent, _OpenMapping) and parent.pending is None:
            parent.pending = self.key(event, parent), _mark(event)
        elif isinstance(event, ScalarEvent):
            value = self.scalar(event)
            self.put(event, value, None if isinstance(value, str) else event.value)
        else:
            self.open(event)

    def key(self, event: _Node, parent: _OpenMapping) -> str:
        if not isinstance(event, ScalarEvent):
            self.refuse(event, "a list or mapping cannot be a key", "write a text as the key")
        key = self.scalar(event)
        if not isinstance(key, str):
            mend = f'quote it: "{event.value}"' if event.value else "write a key before the colon"
            self.refuse(event, "a key must be a text", mend, shown(event.value))
        if key in parent.value:
            first = self.marks[(*parent.path, key)].line
            mend = f"line {first} has it already: keep one of the two, or rename one"
            self.refuse(event, "this key is given twice", mend, path=(*parent.path, key))
        return key

    def open(self, event: CollectionStartEvent) -> None:
        if len(self.stack) == MAX_DEPTH:
            what = f"values are nested more than {MAX_DEPTH} deep"
            self.refuse(event, what, "check the brackets; weights, the deepest values, lie 4 deep")
        new = _OpenMapping if isinstance(event, MappingStartEvent) else _OpenList
        opened = new(self.here())
        self.put(event, opened.value, None)
        self.stack.append(opened)

    def put(self, event: _Node, value: object, written: str | None) -> None:
        path, mark = self.here(), _mark(event)
        match self.stack[-1] if self.stack else None:
            case None:
                self.root = value
            case _OpenList() as parent:
                parent.value.append(value)
            case _OpenMapping(pending=(key, mark)) as parent:
                parent.value[key] = value
                parent.pending = None
        self.marks[path] = Mark(mark.line, mark.column, written)

    def scalar(self, event: ScalarEvent) -> object:
        text: str = event.value
        if event.style is not None:
            try:
                return whole_characters(text)
            except ValueError:
                what = "this text holds half a character (a lone surrogate)"
                mend = "write the character itself, or both halves of its escape"
                self.refuse(event, what, mend, shown(text))
        if text.lower() in _BOOLEANS_OF_YAML_1_1:
            return _BOOLEANS_OF_YAML_1_1[text.lower()]
        tag = self.yaml.resolver.resolve(ScalarNode, text, (True, False))
        if str(tag) == "tag:yaml.org,2002:str":
            return text
        try:
            node = ScalarNode(tag, text, event.start_mark, event.end_mark)
            return self.yaml.constructor.construct_object(node)
        except (YAMLError, ValueError, OverflowError):
            what = "YAML gives this word or number a meaning that no system file needs"
            self.refuse(event, what, "quote it if it is a text", shown(text))

    def here(self) -> KeyPath:
        """Return the path of the value at hand, or of the mapping that waits for a key."""
        match self.stack[-1] if self.stack else None:
            case None:
                return ()
            case _OpenList() as parent:
                return (*parent.path, len(parent.value))
            case _OpenMapping(pending=(key, _)) as parent:
                return (*parent.path, key)
            case parent:
                return parent.path

    def refuse(
        self,
        event: Event,
        what: str,
        mend: str,
        got: str | None = None,
        path: KeyPath | None = None,
    ) -> NoReturn:
        where = place(self.where, _mark(event).line, self.here() if path is None else path)
        raise SystemFileError(what, where=where, got=got, mend=mend)


def _short_tag(event: _Node) -> str:
    return str(event.tag).replace("tag:yaml.org,2002:", "!!")


def _mark(event: Event) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
