"""Faults planted in good systems, each with the finding that it must bring and no other."""

from dataclasses import dataclass, replace

from twentyq.review import Kind, Rank
from twentyq.system import AttributeGroup, System, parse_system

# A system without any fault: no finding at all, by its rules or by the builtin encoder.
CLEAN = parse_system("""
name: clean
groups:
  colour:
    prompt: "Its colour is {}."
    options: [red, green, blue]
  place:
    prompt: "It is seen {}."
    options: [in the kitchen, on the street]
  use:
    prompt: "People use it {}."
    options: [to eat, to travel]
classes:
  tomato: {colour: red, place: in the kitchen, use: to eat}
  fire engine: {colour: red, place: on the street, use: to travel}
  apple tree: {colour: green, place: on the street, use: to eat}
  tram: {colour: green, place: on the street, use: to travel}
  plum: {colour: blue, place: in the kitchen, use: to eat}
  toy car: {colour: blue, place: in the kitchen, use: to travel}
""")


@dataclass(frozen=True)
class Expected:
    rank: Rank
    kind: Kind
    classes: tuple[str, ...] = ()
    group: str | None = None
    options: tuple[str, ...] = ()
    accepted: bool = False


def signature(finding):
    """Return a finding without its words and figures, which move with everything else."""
    return Expected(
        finding.rank,
        finding.kind,
        finding.classes,
        finding.group,
        finding.options,
        finding.accepted,
    )


def alone(system):
    """Return two classes that are in no tie set."""
    tied = {name for tie in system.tie_sets for name in tie}
    return [name for name in system.classes if name not in tied][:2]


def with_class(system, name, rules):
    return replace(system, classes=(*system.classes, name), rules={**system.rules, name: rules})


def with_group(system, group, rule_of):
    rules = {
        name: {**rules, group.name: rule} if (rule := rule_of(name)) else rules
        for name, rules in system.rules.items()
    }
    return replace(system, groups=(*system.groups, group), rules=rules)


def with_options(system, group, options):
    """Replace a group's options, position by position; what is more has no class."""
    new = dict(zip(group.options, options, strict=False))
    rules = {
        name: {
            key: {new[option]: weight for option, weight in rule.items()}
            if key == group.name
            else rule
            for key, rule in rules.items()
        }
        for name, rules in system.rules.items()
    }
    groups = tuple(
        replace(group, options=tuple(options)) if g == group else g for g in system.groups
    )
    return replace(system, groups=groups, rules=rules)


def with_accepted(system, tie):
    ties = (*system.accepts.get("tie", ()), tie)
    return replace(system, accepts={**system.accepts, "tie": ties})


def a_tie(system: System):
    name = alone(system)[0]
    tie = (name, "twin")
    return with_class(system, "twin", system.rules[name]), Expected(Rank.error, Kind.tie, tie)


def a_tie_that_is_accepted(system: System):
    planted, expected = a_tie(system)
    return with_accepted(planted, expected.classes[::-1]), replace(expected, accepted=True)


def an_accepted_tie_that_is_none(system: System):
    names = tuple(alone(system))
    return with_accepted(system, names[::-1]), Expected(Rank.warning, Kind.stale_accepts, names)


def an_accepted_tie_that_has_grown(system: System):
    """The finding is of the tie set as it is; beside it the old entry is stale."""
    planted, expected = a_tie_that_is_accepted(system)
    grown = with_class(planted, "triplet", planted.rules["twin"])
    tie = (*expected.classes, "triplet")
    return grown, [
        Expected(Rank.error, Kind.tie, tie),
        Expected(Rank.warning, Kind.stale_accepts, expected.classes),
    ]


def an_option_no_class_uses(system: System):
    group = system.groups[-1]
    option = "carved from a single block of ice"
    planted = with_options(system, group, (*group.options, option))
    return planted, Expected(Rank.warning, Kind.unused_option, (), group.name, (option,))


def a_silent_group(system: System):
    group = AttributeGroup("noise", "It sounds like {}.", ("a whistle", "thunder"))
    both = {"a whistle": 0.5, "thunder": 0.5}
    planted = with_group(system, group, lambda name: both)
    return planted, Expected(Rank.warning, Kind.silent_group, group="noise")


def a_group_nobody_has_a_rule_in(system: System):
    group = AttributeGroup("noise", "It sounds like {}.", ("a whistle", "thunder"))
    planted = with_group(system, group, lambda name: None)
    return planted, Expected(Rank.warning, Kind.silent_group, group="noise")


def a_group_again_in_other_words(system: System):
    """Its options have other names, and stand the other way round."""
    first = system.groups[0]
    name_of = {option: f"answer {k}" for k, option in enumerate(first.options)}
    group = AttributeGroup(
        "again", "Once more: {}.", tuple(name_of[o] for o in first.options[::-1])
    )
    planted = with_group(
        system,
        group,
        lambda name: {name_of[o]: w for o, w in system.rules[name].get(first.name, {}).items()},
    )
    return planted, Expected(Rank.warning, Kind.repeated_group, group="again")


def a_group_that_another_one_implies(system: System):
    """It stands first in the file, and yet it is the one that can go."""
    finer = next(
        group
        for group in system.groups
        if all(len(rules.get(group.name, ())) == 1 for rules in system.rules.values())
    )
    group = AttributeGroup("coarse", "Is it {}?", ("the first", "another"))
    ruled = {
        name: {"the first" if finer.options[0] in rules[finer.name] else "another": 1.0}
        for name, rules in system.rules.items()
    }
    planted = with_group(system, group, ruled.get)
    groups = (planted.groups[-1], *planted.groups[:-1])
    return replace(planted, groups=groups), Expected(
        Rank.warning, Kind.repeated_group, group="coarse"
    )


def a_group_known_of_few_classes(system: System):
    group = AttributeGroup("noise", "It sounds like {}.", ("a whistle", "thunder"))
    rule_of = dict(zip(alone(system), ({"a whistle": 1.0}, {"thunder": 1.0}), strict=True))
    planted = with_group(system, group, rule_of.get)
    without = tuple(name for name in system.classes if name not in rule_of)
    return planted, Expected(Rank.note, Kind.unknown_rules, without, "noise")


def a_class_of_few_rules(system: System):
    group = system.groups[0]
    rules = {group.name: {group.options[0]: 1.0}}
    return with_class(system, "newcomer", rules), Expected(Rank.note, Kind.few_rules, ("newcomer",))


def a_prompt_that_is_too_long(system: System):
    group = system.groups[0]
    long = " ".join([group.options[0], *["and so on"] * 40])
    planted = with_options(system, group, (long, *group.options[1:]))
    return planted, Expected(Rank.error, Kind.long_prompt, (), group.name, (long,))


def options_alike_to_the_encoder(system: System):
    """One option becomes another one in capitals, which the builtin encoder does not see."""
    group = system.groups[0]
    alike = (group.options[0], group.options[0].upper())
    planted = with_options(system, group, (*alike, *group.options[2:]))
    return planted, Expected(Rank.warning, Kind.close_options, (), group.name, alike)


IN_RULES = [
    a_tie,
    a_tie_that_is_accepted,
    an_accepted_tie_that_is_none,
    an_accepted_tie_that_has_grown,
    an_option_no_class_uses,
    a_silent_group,
    a_group_nobody_has_a_rule_in,
    a_group_again_in_other_words,
    a_group_that_another_one_implies,
]
# Some groups of the system `pokemon` imply others; what is unknown to one of them ends that.
OF_THE_UNKNOWN = [a_group_known_of_few_classes, a_class_of_few_rules]
IN_PROMPTS = [a_prompt_that_is_too_long, options_alike_to_the_encoder]
