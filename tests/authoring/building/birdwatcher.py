"""A language model that knows six garden birds: it reads DSPy's request and answers in JSON."""

from __future__ import annotations

import json
import re

from tests.authoring.openai_server import Asked

ABOUT = "garden birds of Europe, photographs"
KNOWN = {
    "main_color": (
        "The bird is mainly {} in color.",
        {
            "robin": "brown",
            "blue tit": "blue",
            "blackbird": "black",
            "wren": "brown",
            "magpie": ["black", "white"],
            "goldfinch": "brown",
        },
    ),
    "face": (
        "The bird has {}.",
        {
            "robin": "an orange face",
            "blue tit": "a white cheek",
            "blackbird": "a yellow beak",
            "wren": "a pale eyebrow",
            "magpie": None,
            "goldfinch": "a red face",
        },
    ),
}
BIRDS = tuple(KNOWN["main_color"][1])


def fields(asked: Asked) -> dict[str, str]:
    """Return the inputs that a request gives, by name."""
    parts = re.split(r"\[\[ ## (\w+) ## \]\]\n", asked.body["messages"][-1]["content"])
    return {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def step(asked: Asked) -> str:
    """Return which output a request asks for first."""
    return re.search(r"Respond with a JSON object .*?`(\w+)`", asked.text)[1]


def classes_in(asked: Asked) -> list[str]:
    """Return the classes of a request for rules, without their facts."""
    return [line.split(" (")[0] for line in fields(asked)["classes"].splitlines()]


def options_of(group: str) -> list[str]:
    """Return the options that the birds' rules name, each once."""
    named = [[rule] if isinstance(rule, str) else rule or [] for rule in KNOWN[group][1].values()]
    return list(dict.fromkeys(option for options in named for option in options))


def answer(asked: Asked) -> str:
    """Answer as a model that makes no mistakes."""
    given = fields(asked)
    match step(asked):
        case "themes":
            themes = [{"name": name, "asks": f"What {name}?"} for name in KNOWN]
            return json.dumps({"themes": themes[: int(given["wanted"])]})
        case "prompt":
            name = given["attribute"].split(":")[0]
            return json.dumps({"prompt": KNOWN[name][0], "options": options_of(name)})
        case "rules":
            rules = next(rules for prompt, rules in KNOWN.values() if prompt == given["prompt"])
            return json.dumps({"rules": {name: rules[name] for name in classes_in(asked)}})
    raise ValueError(asked.text)
