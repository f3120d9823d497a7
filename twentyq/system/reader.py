"""Text of a system file to a `Document`: YAML 1.2, of which JSON is a part."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import Event
from ruamel.yaml.reader import ReaderError

from twentyq.errors import SystemFileError, shown
from twentyq.system.compose import compose
from twentyq.system.document import Document, place
from twentyq.system.files import check_size


def read_document(text: str, where: str) -> Document:
    """Read YAML or JSON text; raises `SystemFileError` where it is not one plain mapping."""
    check_size(len(text.encode("utf-8", "surrogatepass")), where)
    return compose(_events(text, where), where)


def _events(text: str, where: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        raise SystemFileError(
            "this character has no place in a text file",
            where=place(where, text.count("\n", 0, error.position) + 1),
            got=shown(text[error.position]),
            mend="delete it; many editors do not show it",
        ) from None
    except MarkedYAMLError as error:
        raise _syntax_error(error, text, where) from None
    except (YAMLError, ValueError) as error:
        what = f"this is not valid YAML or JSON: {error}"
        raise SystemFileError(what, where=where, mend="look for a stray bracket or quote") from None


def _syntax_error(error: MarkedYAMLError, text: str, where: str) -> SystemFileError:
    mark = error.problem_mark or error.context_mark
    index = mark.line if mark is not None else 0
    line = next(iter(text.splitlines()[index : index + 1]), "")
    if re.match(r" *\t", line):
        what, mend = "a tab is used for indentation", "indent with spaces, two for each level"
    else:
        what = f"this is not valid YAML or JSON: {error.problem or error.context}"
        mend = "look at this line and the one before; quote a text with `: `, ` #` or a bracket"
    return SystemFileError(what, where=place(where, index + 1), got=shown(line.strip()), mend=mend)
