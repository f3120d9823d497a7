"""`System` to YAML that a person likes to read and `parse_system` reads back as it was."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from twentyq.system.model import AttributeGroup, Rule, System

WIDTH = 100

# Words and simple punctuation, which no reader of YAML takes for anything else; a word that
# YAML 1.1 takes for a boolean stays out. All other text is quoted.
_BARE = re.compile(r"(?!(?i:yes|no|on|off|y|n)$)[^\W\d_](?:[\w '&./+()-]*[\w'./+)])?")


def dump_system(system: System) -> str:
    """Return the YAML of a system; `parse_system` of it gives an equal system."""
    root = CommentedMap(name=_text(system.name))
    for key in ("about", "source", "license", "crop"):
        if value := getattr(system, key):
            root[key] = _text(value)
    if system.names_prompt != "{}":
        root["names_prompt"] = DoubleQuotedScalarString(system.names_prompt)
    root["groups"] = CommentedMap(
        (_text(group.name), _group(group, indent=4)) for group in system.groups
    )
    groups = {group.name: group for group in system.groups}
    root["classes"] = CommentedMap(
        (_text(name), _class(name, system.rules[name], groups)) for name in system.classes
    )
    for key, value in (
        ("labels", system.labels),
        ("prior", system.prior),
        ("accepts", system.accepts),
    ):
        if value:
            root[key] = _fitted(value, indent=len(key) + 2)
    if system.history:
        root["history"] = CommentedSeq(map(_text, system.history))
    writer = YAML()
    writer.width = 1_000_000
    writer.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    writer.dump(root, stream)
    return stream.getvalue()


def _group(group: AttributeGroup, indent: int) -> CommentedMap:
    return CommentedMap(
        prompt=DoubleQuotedScalarString(group.prompt),
        options=_fitted(group.options, indent=indent + len("options: ")),
    )


def _class(name: str, rules: Mapping[str, Rule], groups: Mapping[str, AttributeGroup]) -> object:
    written = {group: _rule(rules[group], groups[group]) for group in groups if group in rules}
    return _fitted(written, indent=2 + len(name) + 2)


def _rule(rule: Rule, group: AttributeGroup) -> object:
    """One option as its text, equal weights as a list, others as they are."""
    options = [option for option in group.options if option in rule]
    if len(options) == 1:
        return options[0]
    if all(weight == 1 / len(options) for weight in rule.values()):
        return options
    return {option: rule[option] for option in options}


def _fitted(value: object, indent: int) -> object:
    """Return the node of a value: on one line where it fits into `WIDTH`, else in blocks."""
    node: CommentedMap | CommentedSeq
    match value:
        case str():
            return _text(value)
        case Mapping():
            node = CommentedMap((_text(k), _fitted(v, indent + 4)) for k, v in value.items())
        case Sequence():
            node = CommentedSeq(_fitted(item, indent + 4) for item in value)
        case _:
            return value
    if indent + len(repr(value)) <= WIDTH:
        node.fa.set_flow_style()
    else:
        node.fa.set_block_style()
    return node


def _text(text: str) -> str:
    return text if _BARE.fullmatch(text) else DoubleQuotedScalarString(text)
