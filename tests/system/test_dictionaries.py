import json

import pytest

from twentyq.errors import SystemFileError
from twentyq.system import System, import_dictionaries, load_system

GROUPS = """{
    "color": {"prompt": "It is {}.", "options": [
        "red",   # Ball
        "blue",  # Plate, Cup
    ]},
}"""
RULES = """{
    "Ball": {"color": 0},
    "Plate": {"color": "blue"},
}"""


def read(text: str) -> System:
    return import_dictionaries(text, "f.py", "sample")


def refusal(text: str) -> str:
    with pytest.raises(SystemFileError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f'system = {{"classification_groups": {GROUPS}, "pokemon_rules": {RULES}}}',
        f'{{"classification_cot": {GROUPS}, "any_rules": {RULES}}}',
        f"classification_groups = {GROUPS}\n\npokemon_rules = {RULES}",
        f"my_rules = {RULES}\nother = {{'classification_cot': {GROUPS}}}",
        f'{{"system": {{"classification_groups": {GROUPS}, "pokemon_rules": {RULES}}}}}',
    ],
)
def test_every_form_of_the_article(text: str) -> None:
    system = read(text)
    assert system.name == "sample"
    assert system.groups[0].options == ("red", "blue")
    assert system.rules == {"Ball": {"color": {"red": 1}}, "Plate": {"color": {"blue": 1}}}


def test_json() -> None:
    data = {
        "classification_groups": {"color": {"prompt": "It is {}.", "options": ["red", "blue"]}},
        "rules_rules": {"Ball": {"color": 0}, "Plate": {"color": 1}},
    }
    assert read(json.dumps(data, indent=4)).classes == ("Ball", "Plate")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"pokemon_rules = {RULES}",
            "f.py: there is no dictionary of groups in this file\n"
            "  allowed: classification_groups or classification_cot, and a dictionary whose name "
            "ends in _rules\n  to mend: put the missing dictionary into the same file",
        ),
        (f"classification_cot = {GROUPS}", "f.py: there is no dictionary of rules in this file\n"),
        ("", "f.py: there is no dictionary of groups in this file\n"),
        (
            f"classification_cot = {GROUPS}\na_rules = {RULES}\nb_rules = {RULES}",
            "f.py, line 11, b_rules: a second dictionary of rules\n"
            "  to mend: line 7 has one already: keep one of the two",
        ),
        (
            f"a_rules = {RULES}\nnames = ['Ball']",
            "f.py, line 5, names: this is neither attribute groups nor rules\n",
        ),
        (
            f"a = {{'a_rules': {RULES},\n'names': 1}}",
            "f.py, line 5, a.names: this is neither attribute groups nor rules\n  got: 1\n",
        ),
        (
            f"classification_cot = {GROUPS}\na_rules = {RULES.replace('0', '2')}",
            "f.py, line 8, a_rules.Ball.color: there is no option of this index in the group "
            "'color'\n  got: 2\n  allowed: 0 to 1",
        ),
        (
            f"classification_cot = {GROUPS.replace('prompt', 'prompts')}\na_rules = {RULES}",
            "f.py, line 2, classification_cot.color.prompts: there is no such key (the first of "
            "2 faults)\n",
        ),
        (
            f"classification_cot = {GROUPS}\na_rules = 1",
            "f.py, line 7, a_rules: a mapping is wanted here\n  got: 1\n",
        ),
    ],
)
def test_what_is_not_a_system(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


def test_rules_left_out_are_named_from_the_comments() -> None:
    elided = RULES.replace('"Plate": {"color": "blue"},', "# ... and so on")
    assert refusal(f"classification_cot = {GROUPS}\na_rules = {elided}") == (
        "f.py, line 9: rules are left out here (`...`): 2 classes have none\n"
        "  to mend: write the rules of Plate, Cup"
    )


def test_something_left_out_without_a_name() -> None:
    elided = GROUPS.replace('"blue",', '"blue", ...').replace(", Cup", "")
    assert refusal(f"classification_cot = {elided}\na_rules = {RULES}") == (
        "f.py, line 4: something is left out here (`...`)\n  to mend: write it out"
    )


def test_the_block_of_the_article_leaves_out_fourteen_rules(block: str) -> None:
    message = refusal(block)
    assert "rules are left out here (`...`): 14 classes have none\n" in message
    assert message.endswith(
        "to mend: write the rules of Aggron, Aerodactyl, Weedle, Beedrill δ, Azumarill, Bulbasaur, "
        "Venusaur, Celebi&Venu, Caterpie, Alakazam, Ampharos, Blaine's Moltres, Arcanine, Dratini"
    )
    line = int(message.split("line ")[1].split(":")[0])
    assert block.splitlines()[line - 1].replace("\u00a0", " ") == "// ..."


def test_the_block_of_the_article_with_all_its_rules(block: str) -> None:
    pokemon = load_system("pokemon")
    indices = {
        name: {
            group.name: group.options.index(next(iter(pokemon.rules[name][group.name])))
            for group in pokemon.groups
        }
        for name in pokemon.classes[2:]
    }
    rest = json.dumps(indices, ensure_ascii=False)[1:-1]
    system = import_dictionaries(block.replace("//\u00a0...", rest), "article", "pokemon")
    assert (system.groups, system.classes, system.rules) == (
        pokemon.groups,
        pokemon.classes,
        pokemon.rules,
    )
