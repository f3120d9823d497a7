"""`twentyq system`: the systems at hand, what is in them, and how others are brought in."""

from __future__ import annotations

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twentyq.cli import options, system_graph, system_new

if TYPE_CHECKING:
    from twentyq.system import System

app = typer.Typer(
    no_args_is_help=True, help="Look at system files, write new ones, and bring others in."
)
app.command("graph")(system_graph.graph)
app.command("new")(system_new.new)


class ShowFormat(StrEnum):
    """How one system is printed."""

    table = "table"
    json = "json"
    yaml = "yaml"


@app.command("list")
def list_systems(
    output: options.TableFormatName = options.TableFormat.table,
) -> None:
    """List the systems that come with twentyq."""
    from rich.table import Table
    from rich.text import Text

    from twentyq.cli.console import open_console
    from twentyq.system import available_systems, load_system

    systems = [load_system(path) for _, path in available_systems()]
    rows = [
        {
            "name": system.name,
            "classes": len(system.classes),
            "groups": len(system.groups),
            "prompts": system.n_prompts,
            "about": system.about,
        }
        for system in systems
    ]
    if output is options.TableFormat.json:
        _print_json(rows)
        return
    table = Table("name", box=None, pad_edge=False)
    for column in ("classes", "groups", "prompts"):
        table.add_column(column, justify="right")
    table.add_column("about")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row.values()))
    open_console().print(table)


@app.command()
def show(
    system: options.SystemArgument,
    output: Annotated[
        ShowFormat,
        typer.Option(
            "--format",
            help="table: a summary and the rules; json: the summary; yaml: the system as a file.",
        ),
    ] = ShowFormat.table,
) -> None:
    """Show the groups, options, tie sets, labels, prior and rules of a system."""
    from twentyq.system import dump_system, load_system

    loaded = load_system(system)
    if output is ShowFormat.yaml:
        typer.echo(dump_system(loaded), nl=False)
    elif output is ShowFormat.json:
        _print_json(_summary(loaded))
    else:
        _print_summary(loaded)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a system file, for editors."""
    from twentyq.system import json_schema

    _print_json(json_schema())


@app.command("import")
def import_system(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON, or Python dictionaries.")],
    name: Annotated[
        str | None, typer.Option(help="The system's name; the file's by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write here, not to standard output.")
    ] = None,
    force: options.Force = False,
) -> None:
    """Turn the article's dictionaries, `classification_groups` and `..._rules`, into a system file.

    They are read as literals; nothing in FILE is executed.
    """
    from twentyq.cli.writing import write_file
    from twentyq.system import dump_system, import_dictionaries
    from twentyq.system.files import read_text

    text = dump_system(import_dictionaries(read_text(file), str(file), name or file.stem))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_file(out, text, force=force)


def _uses(system: System) -> dict[str, Counter[str]]:
    """Count, for each group, the classes that use each option."""
    return {
        group.name: Counter(
            option for rules in system.rules.values() for option in rules.get(group.name, {})
        )
        for group in system.groups
    }


def _summary(system: System) -> dict[str, object]:
    uses = _uses(system)
    return {
        "name": system.name,
        "about": system.about,
        "source": system.source,
        "license": system.license,
        "names_prompt": system.names_prompt,
        "crop": system.crop,
        "prompts": system.n_prompts,
        "classes": list(system.classes),
        "groups": [
            {
                "name": group.name,
                "prompt": group.prompt,
                "options": {option: uses[group.name][option] for option in group.options},
            }
            for group in system.groups
        ],
        "tie_sets": [list(tie) for tie in system.tie_sets],
        "labels": dict(system.labels),
        "prior": dict(system.prior),
    }


def _print_summary(system: System) -> None:
    from rich.table import Table
    from rich.text import Text

    from twentyq.cli.console import open_console
    from twentyq.cli.rules_table import rules_tables

    lines = [f"name: {system.name}"]
    known = {key: getattr(system, key) for key in ("about", "source", "license", "crop")}
    lines += [f"{key}: {value}" for key, value in known.items() if value]
    lines.append(f"groups: {len(system.groups)}, prompts: {system.n_prompts}")
    lines.append(f"classes: {len(system.classes)}: {', '.join(system.classes)}")
    lines += ["alike in every group: " + ", ".join(tie) for tie in system.tie_sets]
    lines += [f"label: {name} is reported as {label}" for name, label in system.labels.items()]
    lines += [f"prior: {name} weighs {weight:g}" for name, weight in system.prior.items()]
    table = Table("group", "option", box=None, pad_edge=False)
    table.add_column("classes", justify="right")
    uses = _uses(system)
    for group in system.groups:
        table.add_row(Text(group.name), Text(group.prompt))
        for option in group.options:
            table.add_row("", Text(f"  {option}"), str(uses[group.name][option]))
    console = open_console()
    console.print(Text("\n".join(lines)), Text(), table, sep="\n", highlight=False)
    for rules in rules_tables(system, console):
        console.print(Text(), rules, sep="\n", highlight=False)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
