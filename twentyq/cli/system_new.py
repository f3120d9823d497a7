"""`twentyq system new`: a commented starter file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from twentyq.errors import UsageError

ENDINGS = (".yaml", ".yml")

HEAD = """\
# A system: questions, and what is known of each class. `twentyq system check` says what it can tell
# apart and what is wrong with it, `twentyq system show` prints its rules as a table, and
# `twentyq system graph` draws what is asked.

"""
FACTS = """
#about: one line on what the system is for
#source: where the facts come from
#license: the terms of its use

# The class-name baseline fills each class's name into this template.
#names_prompt: "a photo of a {}"

# Pictures are taken as they are; this cuts the artwork out of scans of trading cards.
#crop: card-art

"""
GROUPS = """\
# A group is one question: a sentence with `{}` where an option goes. Asking it costs as many
# prompts as it has options. The options should exclude each other and cover all classes. Write what
# can be seen in a picture, in words that stand under pictures: "a round fruit", not "shape: 3".
groups:
  color:
    prompt: "Most of it is {}."
    options: [red, orange, yellow, green, brown]
  shape:
    prompt: "Its shape is {}."
    options: [round, long and curved, oval, pointed]
  surface:
    prompt: "Its surface is {}."
    options: [smooth, covered with tiny seeds, rough with small pores, fuzzy]
"""
RULES = """\
# For each class, what holds in each group:
#   one option                 color: red
#   several, each as likely    color: [red, green]
#   options with weights       color: {green: 3, yellow: 1}
#   nothing is known           leave the group out
# Quote a word that YAML does not take for a text, such as "no" or "2".
"""
EXAMPLE = """\
classes:
  lemon: {color: {yellow: 4, green: 1}, shape: oval, surface: rough with small pores}
  orange: {color: orange, shape: round, surface: rough with small pores}
  apple: {color: [red, green], shape: round, surface: smooth}
  banana: {color: yellow, shape: long and curved, surface: smooth}
  kiwi: {color: brown, shape: oval, surface: fuzzy}
  strawberry: {color: red, shape: pointed, surface: covered with tiny seeds}
"""
PLACEHOLDERS = """\
# Every line below is a placeholder, the first option of each group. As you correct them,
# `twentyq system check` reports fewer classes that are alike.
"""


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; .yaml or .yml.")],
    name: Annotated[
        str | None, typer.Option(help="The system's name; the file's by default.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="CLASS,CLASS,...", help="The classes to begin with.")
    ] = None,
    classes_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The classes to begin with, one a line.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it exists.")] = False,
) -> None:
    """Write a commented system file to begin with.

    Without classes it is a small worked example. With classes each has a line of placeholders, to
    be corrected.
    """
    from twentyq.cli.telling import tell
    from twentyq.cli.writing import require_ending, write_file

    require_ending(file, ENDINGS, "a commented system file is written as YAML", where=str(file))
    named = _named(classes, classes_file)
    text = starter(name or file.stem, named)
    write_file(file, text, force=force, where=str(file))
    told = "a worked example" if named is None else f"{len(named)} classes with placeholder rules"
    tell(f"{file}: {told}; then: twentyq system check {file}")


def starter(name: str, classes: Sequence[str] | None = None) -> str:
    """Return a commented system file: the worked example, or placeholders for some classes.

    Raises UsageError for fewer than two classes, SystemFileError for a name or classes that no
    system file may have.
    """
    if classes is not None and len(classes) < 2:
        raise UsageError(
            "a system needs at least two classes",
            where="classes",
            got=", ".join(classes) or "none",
            mend="name at least two, or none for a worked example",
        )
    from twentyq.system import dump_system, parse_system

    example = parse_system(f"name: example\n{GROUPS}{EXAMPLE}")
    system, rules = replace(example, name=name), RULES + EXAMPLE
    if classes is not None:
        first = {group.name: {group.options[0]: 1.0} for group in example.groups}
        system = replace(system, classes=tuple(classes), rules=dict.fromkeys(classes, first))
        lines = dump_system(system).partition("\nclasses:\n")[2]
        rules = f"{RULES}{PLACEHOLDERS}classes:\n{_to_correct(lines)}"
    headline = dump_system(system).partition("\n")[0]
    text = HEAD + "\n".join([headline, FACTS + GROUPS, rules, _rest(system.classes)])
    parse_system(text, "new system")
    return text


def _named(classes: str | None, classes_file: Path | None) -> list[str] | None:
    """Return the classes that were given, each once, or None."""
    if classes is not None and classes_file is not None:
        raise UsageError(
            "the classes are given twice",
            where="--classes and --classes-file",
            mend="leave one of the two out",
        )
    if classes_file is not None:
        from twentyq.cli.sources import read_lines

        return list(dict.fromkeys(read_lines(classes_file, "classes")))
    if classes is not None:
        parts = (part.strip() for part in classes.split(","))
        return list(dict.fromkeys(part for part in parts if part))
    return None


def _to_correct(lines: str) -> str:
    return re.sub(r"(?m)^(  \S.*)$", r"\1  # to correct", lines)


def _rest(classes: Sequence[str]) -> str:
    """Return the keys that are seldom needed, switched off, with two of the classes in them."""
    one, other = map(_quoted, classes[:2])
    return f"""\
# Several classes may be reported under one label.
#labels: {{{one}: one label for both, {other}: one label for both}}

# How often a class occurs, against 1 for the others; only belief looks at it.
#prior: {{{one}: 2.5}}

# What `twentyq system check` reports and you know of: classes that no question tells apart.
#accepts: {{tie: [[{one}, {other}]], why: they differ only inside}}

# What was changed and why; `twentyq refine` writes here.
#history: [first version]
"""


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
