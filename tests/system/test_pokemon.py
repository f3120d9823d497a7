"""`systems/pokemon.yaml` against the article's own text, read with nothing but `re`."""

import re

from twentyq.system import load_system


def published(block: str) -> tuple[dict[str, str], dict[str, list[str]], dict[str, dict[str, str]]]:
    """Prompts, options and, from the comments beside the options, the rules."""
    prompts: dict[str, str] = {}
    options: dict[str, list[str]] = {}
    rules: dict[str, dict[str, str]] = {}
    group = ""
    for line in block.replace("\u00a0", " ").split('"pokemon_rules"')[0].splitlines():
        if prompt := re.search(r'"prompt": "(.*)",', line):
            prompts[group] = prompt[1]
        elif option := re.search(r'^\s*"([^"]+)",?\s*# (.+)$', line):
            options.setdefault(group, []).append(option[1])
            for name in option[2].split(","):
                rules.setdefault(name.strip(), {})[group] = option[1]
        elif opening := re.search(r'"(\w+)": \{', line):
            group = opening[1]
    return prompts, options, rules


def test_it_says_what_the_article_says(block: str) -> None:
    prompts, options, rules = published(block)
    system = load_system("pokemon")
    assert {group.name: group.prompt for group in system.groups} == prompts
    assert {group.name: list(group.options) for group in system.groups} == options
    assert [group.name for group in system.groups] == list(options)
    assert system.rules == {
        name: {group: {option: 1.0} for group, option in rule.items()}
        for name, rule in rules.items()
    }


def test_it_agrees_with_the_two_rules_that_the_article_prints(block: str) -> None:
    system = load_system("pokemon")
    printed = block.replace("\u00a0", " ").split('"pokemon_rules"')[1]
    for name in ("Absol", "Absol G"):
        body = re.search(rf'"{name}": \{{([^}}]*)\}}', printed)
        assert body is not None
        indices = re.findall(r'"(\w+)": (\d+)', body[1])
        expected = {group: {int(index)} for group, index in indices}
        assert expected == {
            group.name: {group.options.index(option) for option in system.rules[name][group.name]}
            for group in system.groups
        }


def test_its_size_and_the_classes_that_it_cannot_tell_apart() -> None:
    system = load_system("pokemon")
    assert len(system.classes) == 16
    assert system.n_prompts == 51
    assert [len(group.options) for group in system.groups] == [9, 12, 12, 10, 8]
    assert all(
        set(rules) == {group.name for group in system.groups} for rules in system.rules.values()
    )
    assert system.classes[:2] == ("Absol", "Absol G")
    assert list(system.classes) == sorted(system.classes)
    assert [set(tie) for tie in system.tie_sets] == [{"Bulbasaur", "Venusaur", "Celebi&Venu"}]
    assert system.accepts["tie"] == (("Bulbasaur", "Venusaur", "Celebi&Venu"),)
    assert (system.names_prompt, system.crop) == ("{}", None)
