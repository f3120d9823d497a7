"""A draft as a file for a person: the system, and what is to be looked at as comments beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from textwrap import wrap

from twentyq.authoring.building.draft import Draft
from twentyq.review import Finding
from twentyq.system import dump_system
from twentyq.system.document import KeyPath
from twentyq.system.reader import read_document

WIDTH = 100


def commented(
    draft: Draft, findings: Sequence[Finding], model: str, changes: Sequence[str] = ()
) -> str:
    """Return the YAML of a draft, which `parse_system` reads as the draft's own system.

    What speaks of one group stands above it, what speaks of one class above that; all else at the
    top, with the `changes` that a revision made.
    """
    text = dump_system(draft.system)
    beside: dict[KeyPath, list[str]] = defaultdict(list)
    for path, remark in _remarks(draft, findings):
        beside[path].append(remark)
    top = [
        f"A draft by the language model {model}. Models err: read every group and rule, correct "
        "what is wrong here, and look again with: twentyq system check FILE"
    ]
    if changes:
        top += ["Changed by the notes:", *(f"- {change}" for change in changes)]
    if beside[()]:
        top += ["To look at:", *(f"- {remark}" for remark in beside.pop(()))]
    return "".join([*_comment(top, ""), "\n", _with_remarks(text, beside)])


def _remarks(draft: Draft, findings: Sequence[Finding]) -> Iterator[tuple[KeyPath, str]]:
    groups = {group.name for group in draft.system.groups}
    for remark in draft.remarks:
        yield ("groups", remark.group) if remark.group in groups else (), remark.text
    for finding in findings:
        told = f"{finding.rank}: {finding.what} To mend: {finding.mend}"
        if finding.group is not None:
            yield ("groups", finding.group), told
        elif len(finding.classes) == 1:
            yield ("classes", finding.classes[0]), told
        else:
            yield (), told


def _with_remarks(text: str, beside: dict[KeyPath, list[str]]) -> str:
    document = read_document(text, "draft")
    above = {document.mark(path).line: remarks for path, remarks in beside.items() if path}
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        lines += _comment(above.get(number, ()), "  ")
        lines.append(line)
    return "".join(lines)


def _comment(remarks: Sequence[str], indent: str) -> Iterator[str]:
    for remark in remarks:
        # Names and replies of a model may hold anything; a comment ends where its line does.
        plain = "".join(letter if letter.isprintable() else " " for letter in remark)
        later = f"{indent}#   " if remark.startswith("- ") else f"{indent}# "
        for line in wrap(plain, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=later):
            yield f"{line}\n"
