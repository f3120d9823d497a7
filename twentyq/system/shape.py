"""A `Document` against the schema, with pydantic's findings put into words for a file's author."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from twentyq.errors import shown
from twentyq.system.document import Document, Fault, KeyPath, listed
from twentyq.system.schema import CONTROL, CROPS, AcceptsShape, GroupShape, SystemShape

_RULE = "an option's text, its index, a list of those, or a mapping of options to weights"
_NO_RULES = "write at least one rule, such as `color: white`, or leave the class out"


def check_shape(document: Document) -> SystemShape:
    """Return the document's values in their shape; raises `SystemFileError` for the first fault."""
    try:
        return SystemShape.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
    raise document.error(_fault(detail, document) for detail in details)


def _fault(detail: ErrorDetails, document: Document) -> Fault:
    path = _path(detail["loc"], document)
    got = "nothing" if detail["input"] is None else shown(detail["input"])
    got = document.written(path) or got
    match detail["type"]:
        case "missing":
            key = detail["loc"][-1]
            return Fault((*path, key), "this key is missing", mend=f"add `{key}: ...`")
        case "extra_forbidden":
            return _unknown_key(path)
        case "string_type":
            return _not_text(path, got, detail["input"])
        case "string_pattern_mismatch":
            return _bad_text(path, str(detail["input"]))
        case "too_short" | "dict_type":
            return _too_little(path, got, detail["input"])
        case "model_type":
            allowed = "a mapping with the keys " + listed(_fields(path))
            return Fault(path, "a mapping is wanted here", got, allowed)
        case "list_type":
            return Fault(path, "a list is wanted here", got, mend="write it as [one, another]")
        case "rule" | "choice":
            return _not_rule(path, got, detail["input"])
        case "literal_error":
            return Fault(path, "there is no such crop", got, listed(CROPS), "or leave the key out")
        case _:
            return _bad_number(path, got)


def _path(loc: tuple[int | str, ...], document: Document) -> KeyPath:
    """Drop from pydantic's location what is not in the file: tags of unions, missing keys."""
    path: KeyPath = ()
    for step in loc:
        if (*path, step) in document.marks:
            path = (*path, step)
    return path


def _fields(path: KeyPath) -> list[str]:
    shapes: dict[object, type[BaseModel]] = {"groups": GroupShape, "accepts": AcceptsShape}
    return list(shapes.get(path[0] if path else None, SystemShape).model_fields)


def _unknown_key(path: KeyPath) -> Fault:
    key = str(path[-1])
    fields = _fields(path if len(path) > 1 else ())
    mend = "take it out, or put it into a comment"
    return Fault(path, "there is no such key", mend=mend, unknown=key, candidates=fields)


def _not_text(path: KeyPath, got: str, value: object) -> Fault:
    if value is None:
        mend = "write a text after the colon or dash"
    elif isinstance(value, list | dict):
        mend = "write one text, without brackets, braces or dashes"
    else:
        mend = f'quote it: "{got}"'
    return Fault(path, "a text is wanted here", got, mend=mend)


def _not_rule(path: KeyPath, got: str, value: object) -> Fault:
    if value is None:
        mend = "leave the group out if it is unknown"
    elif isinstance(value, list | dict):
        mend = "name the options in one list, or in one mapping with weights"
    else:
        mend = f'quote it if it is an option\'s text: "{got}"'
    return Fault(path, "this is not a rule", got, _RULE, mend)


def _bad_text(path: KeyPath, text: str) -> Fault:
    if CONTROL.search(text):
        return Fault(
            path,
            "this text holds a control character or a line break",
            shown(text),
            mend="write it on one line, with no tabs or escapes such as \\n",
        )
    if path == ("names_prompt",) or (path[0] == "groups" and path[-1] == "prompt"):
        return Fault(
            path,
            "a prompt template needs `{}` exactly once, and no other braces",
            shown(text),
            "a sentence such as `a photo of a {} bird`",
            "write `{}` where the option goes, with nothing between the braces",
        )
    mend = "write at least one visible character"
    return Fault(path, "this text is empty", shown(text), mend=mend)


def _too_little(path: KeyPath, got: str, value: object) -> Fault:
    empty = value is None or value == {} or value == []
    match path:
        case ("groups",) if empty:
            return Fault(path, "there are no attribute groups", got, mend="write at least one")
        case ("groups", _, "options"):
            return Fault(
                path,
                "a group needs at least two options",
                got,
                mend="add an option, or take the group out: one option asks nothing",
            )
        case ("classes",) if empty or isinstance(value, dict):
            return Fault(path, "a system needs at least two classes", got, mend="add classes")
        case ("classes", _) if empty:
            return Fault(path, "this class has no rules", got, mend=_NO_RULES)
        case ("classes", _, _) if empty:
            return Fault(path, "this rule is empty", got, _RULE, "leave the group out if unknown")
        case _:
            return Fault(path, "a mapping is wanted here", got, "`key: value` pairs")


def _bad_number(path: KeyPath, got: str) -> Fault:
    if path[0] == "prior":
        return Fault(
            path,
            "a prior weight must be a finite number above 0",
            got,
            mend="leave a class that cannot occur out with --classes",
        )
    if isinstance(path[-1], int) or len(path) == 3:
        return Fault(path, "an index counts options from 0", got, mend="name the option instead")
    mend = "write a number such as 0.7; the weights of a rule are normalised"
    return Fault(path, "a weight must be a finite number, 0 or above", got, mend=mend)
