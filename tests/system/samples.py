"""One small valid file, and random systems, for the tests of this room."""

from __future__ import annotations

from hypothesis import strategies as st

from twentyq.system import AttributeGroup, Rule, System

GOOD = """\
name: sample
groups:
  color:
    prompt: "It is {}."
    options: [red, blue]
  shape:
    prompt: "It looks {}."
    options: [round, flat]
classes:
  Ball: {color: red, shape: round}
  Plate: {color: blue}
"""


def changed(old: str, new: str) -> str:
    """Return the good file with one text in it replaced once."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


# Everything that a text may hold: letters of all scripts, marks, emoji, and what YAML gives a
# meaning to. Control characters and half surrogates are refused by the format.
characters = st.one_of(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    st.sampled_from(list(":#-?&*!|>'\"%@`,[]{}=~<\\/ éδ’😀")),
)
words = st.sampled_from(["no", "yes", "On", "true", "null", "~", "1", "1e3", ".inf", "2020-01-01"])
texts = st.one_of(words, st.text(characters, min_size=1, max_size=12)).filter(
    lambda text: text.strip()
)
lines = st.text(characters, max_size=20)
templates = st.tuples(lines, lines).map(
    lambda ends: "{}".join(end.replace("{", "").replace("}", "") for end in ends)
)


def names(min_size: int, max_size: int) -> st.SearchStrategy[list[str]]:
    """Texts of which no two are alike; a number at the front keeps them apart."""
    found = st.lists(texts, min_size=min_size, max_size=max_size)
    return found.map(lambda texts: [f"{text} {i}" if i else text for i, text in enumerate(texts)])


@st.composite
def rules(draw: st.DrawFn, options: tuple[str, ...]) -> Rule:
    """One option, several or weights."""
    chosen = draw(st.lists(st.sampled_from(options), min_size=1, unique=True))
    if draw(st.booleans()):
        return dict.fromkeys(chosen, 1 / len(chosen))
    weights = [draw(st.floats(1e-3, 1)) for _ in chosen]
    return {option: weight / sum(weights) for option, weight in zip(chosen, weights, strict=True)}


@st.composite
def systems(draw: st.DrawFn) -> System:
    """Any system that the format can hold."""
    groups = tuple(
        AttributeGroup(name, draw(templates), tuple(draw(names(2, 4))))
        for name in draw(names(1, 3))
    )
    classes = draw(names(2, 4))
    given = {
        name: {group.name: draw(rules(group.options)) for group in groups if draw(st.booleans())}
        or {groups[0].name: draw(rules(groups[0].options))}
        for name in classes
    }
    some = st.sets(st.sampled_from(classes))
    labels = {name: draw(texts) for name in draw(some)}
    tie = draw(st.lists(st.lists(st.sampled_from(classes), min_size=1).map(tuple), max_size=2))
    accepts = {"tie": tuple(tie), "why": draw(st.text(characters))}
    return System(
        name=draw(texts),
        groups=groups,
        classes=tuple(classes),
        rules=given,
        labels={name: label for name, label in labels.items() if label != name},
        prior={
            name: draw(st.floats(0, exclude_min=True, allow_infinity=False)) for name in draw(some)
        },
        names_prompt=draw(templates),
        about=draw(st.text(characters | st.just("\n"))),
        source=draw(lines),
        license=draw(lines),
        crop=draw(st.sampled_from([None, "card-art"])),
        accepts={key: value for key, value in accepts.items() if value},
        history=tuple(draw(st.lists(texts, max_size=2))),
    )
