"""Python or JSON literals to a `Document`, read with `ast` and never executed.

What people paste is rarely clean: non-breaking spaces and typographic quotes from web pages, `#`
and `//` comments, and an ellipsis where a reader is to imagine the rest. All of it is replaced in
place, so that every value keeps its line.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_left
from dataclasses import dataclass
from typing import NoReturn

from twentyq.errors import SystemFileError, shown
from twentyq.system.compose import MAX_DEPTH, whole_characters
from twentyq.system.document import Document, KeyPath, Mark, place
from twentyq.system.files import check_size

# A text that is not closed is one token all the same: looking for its end again from every quote
# in it would take for ever.
_TOKEN = re.compile(
    r"""
      (?P<string> \"\"\"(?s:.*?)\"\"\" | '''(?s:.*?)'''
                | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? )
    | (?P<curly> [“”„](?:\\.|[^“”"\\\n])*[“”"]? | [‘’‚](?:\\.|[^‘’'\\\n])*[‘’']? )
    | (?P<comment> (?:\#|//)[^\n]* )
    | (?P<value> [:=]\s*(?:\.\.\.|…) )
    | (?P<entry> (?:\.\.\.|…)(?:[ \t]*,)? )
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_SPACES = {ord(space): " " for space in "\u00a0\u2007\u202f"}


@dataclass(frozen=True, slots=True)
class Literals:
    """The values of a file by the name they are assigned to, and what surrounded them.

    A dictionary that stands alone is merged in as if its keys were names. `comments` holds each
    comment's text by line; `elided` the lines on which an ellipsis stands for something left out.
    """

    document: Document
    comments: dict[int, str]
    elided: list[int]


def read_literals(text: str, where: str) -> Literals:
    """Read assignments of literals; raises `SystemFileError` for anything else."""
    check_size(len(text.encode("utf-8", "surrogatepass")), where)
    cleaner = _Cleaner(text.translate(_SPACES))
    reader = _Reader(where)
    for statement in _statements(cleaner.clean(), where):
        reader.take(statement)
    document = Document(where, reader.data, reader.marks)
    return Literals(document, cleaner.comments, cleaner.elided)


class _Cleaner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.comments: dict[int, str] = {}
        self.elided: list[int] = []
        self.breaks = [found.start() for found in re.finditer("\n", text)]

    def clean(self) -> str:
        # Indentation means nothing inside brackets, and nothing here outside of them.
        return _INDENTATION.sub("", _TOKEN.sub(self.replace, self.text))

    def replace(self, match: re.Match[str]) -> str:
        match match.lastgroup:
            case "string":
                # JSON may escape a slash; Python knows no such escape.
                return _ESCAPE.sub(lambda m: "/" if m[1] == "/" else m[0], match[0])
            case "curly":
                return _straight(match[0])
            case "comment":
                comment = match[0].lstrip("#/ \t")
                self.comments[self.line(match)] = comment.strip()
                if comment.startswith(("...", "…")):
                    self.elided.append(self.line(match))
                return ""
            case left_out:
                self.elided.append(self.line(match))
                # Where a value is left out, something must stand; an entry can simply go.
                return re.sub(r"\.\.\.|…", "None", match[0]) if left_out == "value" else ""

    def line(self, match: re.Match[str]) -> int:
        return bisect_left(self.breaks, match.end()) + 1


def _straight(text: str) -> str:
    """Put straight quotes for typographic ones; a text that is not closed stays so."""
    quote, closing = ('"', '“”"') if text[0] in "“”„" else ("'", "‘’'")
    if len(text) > 1 and text[-1] in closing:
        return f"{quote}{text[1:-1]}{quote}"
    return quote + text[1:]


def _statements(text: str, where: str) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in strings are not our concern
            return ast.parse(text).body
    except SyntaxError as error:
        line = error.lineno or 1
        raise SystemFileError(
            f"this cannot be read as a dictionary: {error.msg}",
            where=place(where, line),
            got=shown("".join(text.split("\n")[line - 1 : line]).strip()),
            mend="look for a missing comma, bracket or quote on this line or the one before",
        ) from None
    except (ValueError, MemoryError, RecursionError) as error:
        reason = str(error) or "too many brackets or operators within each other"
        what = f"this cannot be read as a dictionary: {reason}"
        mend = "keep to dictionaries of lists, texts and numbers"
        raise SystemFileError(what, where=where, mend=mend) from None


class _Reader:
    def __init__(self, where: str) -> None:
        self.where = where
        self.data: dict[str, object] = {}
        self.marks: dict[KeyPath, Mark] = {}

    def take(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name() as name], value=value):
                self.entry(self.data, (), name, name.id, value)
            case ast.AnnAssign(target=ast.Name() as name, value=ast.expr() as value):
                self.entry(self.data, (), name, name.id, value)
            case ast.Expr(value=ast.Dict() as value):
                self.entries(self.data, (), value)
            case _:
                self.refuse(statement, ())

    def entries(self, data: dict[str, object], path: KeyPath, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                what, mend = "a key must be a text", "put it into quotes"
                self.refuse(key or value, path, what, mend)
            self.entry(data, path, key, self.text(key, path, key.value), value)

    def entry(
        self, data: dict[str, object], path: KeyPath, name: ast.expr, key: str, value: ast.expr
    ) -> None:
        here = (*path, key)
        if key in data:
            mend = f"line {self.marks[here].line} has it already: keep one of the two"
            self.refuse(name, here, "this key is given twice", mend)
        data[key] = self.value(value, here)
        self.marks[here] = Mark(name.lineno, name.col_offset + 1, self.marks[here].written)

    def value(self, node: ast.expr, path: KeyPath) -> object:
        if len(path) > MAX_DEPTH:
            mend = "check the brackets: a rule lies three levels deep"
            self.refuse(node, path, f"values are nested more than {MAX_DEPTH} deep", mend)
        written: str | None = None
        value: object
        match node:
            case ast.Dict():
                value = entries = dict[str, object]()
                self.entries(entries, path, node)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                value = [self.value(item, (*path, index)) for index, item in enumerate(items)]
            case ast.Constant(value=str() as text):
                value = self.text(node, path, text)
            case ast.Constant(value=bool() | int() | float() | None as value):
                written = shown(value)
            case ast.UnaryOp(
                op=ast.USub(), operand=ast.Constant(value=int() | float() as number)
            ) if not isinstance(number, bool):
                value, written = -number, shown(-number)
            case ast.Name(id="true" | "false" | "null" as written):
                value = {"true": True, "false": False}.get(written)
            case _:
                self.refuse(node, path)
        self.marks[path] = Mark(node.lineno, node.col_offset + 1, written)
        return value

    def text(self, node: ast.expr, path: KeyPath, text: str) -> str:
        try:
            return whole_characters(text)
        except ValueError:
            mend = "write the character itself, or both halves of its escape"
            self.refuse(node, path, "this text holds half a character", mend)

    def refuse(
        self,
        node: ast.expr | ast.stmt,
        path: KeyPath,
        what: str = "this is code; only dictionaries, lists, texts and numbers are read",
        mend: str = "nothing is executed here: write the value itself",
    ) -> NoReturn:
        where = place(self.where, node.lineno, path)
        raise SystemFileError(what, where=where, mend=mend)
