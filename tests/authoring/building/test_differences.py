from twentyq.authoring.building.differences import differences
from twentyq.system import parse_system

BEFORE = parse_system("""\
name: things
groups:
  color: {prompt: "It is {}.", options: [red, green]}
  texture: {prompt: "It looks {}.", options: [noisy, plain]}
classes:
  brick: {color: red, texture: noisy}
  grass: {color: green}
  leaf: {color: [red, green]}
""")
AFTER = parse_system("""\
name: things
groups:
  color: {prompt: "Its color is {}.", options: [red, dark green]}
  size: {prompt: "It is {}.", options: [small, large]}
classes:
  brick: {color: red, size: small}
  grass: {color: dark green}
""")


def test_nothing_changed_is_no_line():
    assert differences(BEFORE, BEFORE) == []


def test_each_change_is_a_line_in_the_order_of_the_file():
    assert differences(BEFORE, AFTER) == [
        "group texture: taken out",
        "group color: prompt 'It is {}.' -> 'Its color is {}.'",
        "group color: option 'green' taken out",
        "group color: option 'dark green' added",
        "group size: new, 2 options",
        "class leaf: taken out",
        "class grass: color 'green' -> 'dark green'",
    ]


def test_several_options_and_none_are_told():
    other = parse_system("""\
name: things
groups:
  color: {prompt: "It is {}.", options: [red, green]}
  texture: {prompt: "It looks {}.", options: [noisy, plain]}
classes:
  brick: {color: red}
  grass: {color: {red: 1, green: 3}}
  leaf: {color: green}
""")
    assert differences(BEFORE, other) == [
        "class brick: texture 'noisy' -> unknown",
        "class grass: color 'green' -> 'red' or 'green'",
        "class leaf: color 'red' or 'green' -> 'green'",
    ]
