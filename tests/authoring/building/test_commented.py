from hypothesis import given
from hypothesis import strategies as st

from twentyq.authoring.building.commented import WIDTH, commented
from twentyq.authoring.building.draft import Draft, Remark
from twentyq.review import Finding, Kind, Rank
from twentyq.system import parse_system

SYSTEM = parse_system("""\
name: things
groups:
  color: {prompt: "It is {}.", options: [red, green]}
  "odd: name": {prompt: "It looks {}.", options: [noisy, plain]}
classes:
  brick: {color: red, "odd: name": noisy}
  "a # class": {color: green}
""")


def finding(**parts):
    return Finding(Rank.warning, Kind.unused_option, "Something.", "Mend it.", **parts)


places = st.sampled_from([None, "color", "odd: name", "gone"])
remarks = st.lists(st.builds(Remark, st.text(), places), max_size=4)


@given(remarks, st.lists(st.text(), max_size=3), st.text())
def test_whatever_the_remarks_say_the_file_is_the_system(remarks, changes, model):
    text = commented(Draft(SYSTEM, tuple(remarks)), [finding(group="color")], model, changes)
    assert parse_system(text) == SYSTEM


def test_remarks_stand_beside_what_they_speak_of():
    remarks = (
        Remark("of the color", "color"),
        Remark("of a group that is gone"),
        Remark("odd", "odd: name"),
    )
    findings = [
        finding(classes=("a # class",)),
        finding(classes=("brick", "a # class")),
    ]
    text = commented(Draft(SYSTEM, remarks), findings, "tiny", ["class brick: new"])
    assert (
        text
        == """\
# A draft by the language model tiny. Models err: read every group and rule, correct what is wrong
# here, and look again with: twentyq system check FILE
# Changed by the notes:
# - class brick: new
# To look at:
# - of a group that is gone
# - warning: Something. To mend: Mend it.

name: things
groups:
  # of the color
  color:
    prompt: "It is {}."
    options: [red, green]
  # odd
  "odd: name":
    prompt: "It looks {}."
    options: [noisy, plain]
classes:
  brick: {color: red, "odd: name": noisy}
  # warning: Something. To mend: Mend it.
  "a # class": {color: green}
"""
    )


def test_long_remarks_are_folded():
    text = commented(Draft(SYSTEM, (Remark("word " * 100, "color"),)), [], "tiny")
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.count("word") == 100
