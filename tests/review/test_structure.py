from twentyq.review import list_findings
from twentyq.system import parse_system

SYSTEM = """
name: toys
groups:
  color: {prompt: "It is {}.", options: [red, blue, gold, pink]}
  tint: {prompt: "Its tint is {}.", options: [warm, cold]}
  shape: {prompt: "It looks {}.", options: [round, flat]}
  sound: {prompt: "It sounds {}.", options: [loud, low]}
  smell: {prompt: "It smells {}.", options: [sweet, bad]}
classes:
  A: {color: red, tint: warm, shape: round, sound: loud}
  B: {color: red, tint: warm, shape: round, sound: loud}
  C: {color: blue, tint: cold, shape: round, sound: loud, smell: bad}
  D: {color: blue, tint: cold, shape: flat, sound: loud, smell: sweet}
  E: {shape: flat, sound: loud}
prior: {A: 3}
accepts: {tie: [[A, C]]}
"""


def test_each_finding_says_what_where_and_how_to_mend_it():
    findings = list_findings(parse_system(SYSTEM))
    assert [f"{finding.rank}: {finding.what}" for finding in findings] == [
        "error: A, B: these classes have equal rules in every group, so no question tells them "
        "apart, and at least 14.3% of all pictures get a wrong label.",
        "warning: A, C: the file accepts these classes as a tie set, and they are none.",
        "warning: 'sound': every class has the same rule in this group, so it tells nothing for "
        "its 2 prompts.",
        "warning: 'color': no class has 'gold', 'pink', 2 of the 4 options.",
        "note: 'smell': 3 of 5 classes have no rule in this group, and it says little of them.",
        "note: E: these classes have rules in fewer than half of the 5 groups.",
    ]
    assert findings[0].mend == (
        "let their rules differ in a group, give them one label under `labels`, or list them under "
        "`accepts: tie`"
    )
    assert findings[2].figures == {"bits": 0.0, "prompts": 2}
    assert findings[3].figures == {"unused": 2, "prompts": 4}


def test_the_group_that_stays_is_the_one_that_is_named():
    # b repeats a, and so does c; d is implied by each of them.
    rules = {
        "A": "{a: one, b: fine, c: p, d: x}",
        "B": "{a: two, b: poor, c: q, d: y}",
        "C": "{a: three, b: perhaps, c: r, d: y}",
    }
    system = parse_system(
        "name: s\ngroups:\n"
        "  d: {prompt: '{}', options: [x, y]}\n"
        "  a: {prompt: '{}', options: [one, two, three]}\n"
        "  b: {prompt: '{}', options: [fine, poor, perhaps]}\n"
        "  c: {prompt: '{}', options: [p, q, r]}\n"
        "classes:\n" + "".join(f"  {name}: {rule}\n" for name, rule in rules.items())
    )
    told = [finding.what.split(" told by ") for finding in list_findings(system)]
    assert [(what[:3], by[:3]) for what, by in told] == [
        ("'d'", "'a'"),
        ("'b'", "'a'"),
        ("'c'", "'a'"),
    ]
    assert told[0][0] == "'d': all 0.92 bits of this group are"
    assert told[0][1] == "'a' too; after it, these 2 prompts tell nothing new."


def test_a_group_with_the_same_soft_rules_repeats_the_other():
    soft = "{red: 3, blue: 1}"
    system = parse_system(
        "name: s\ngroups:\n"
        "  a: {prompt: '{}', options: [red, blue]}\n"
        "  b: {prompt: 'again {}', options: [red, blue]}\n"
        "  c: {prompt: 'not {}', options: [red, blue]}\n"
        f"classes:\n  A: {{a: {soft}, b: {soft}, c: [red, blue]}}\n"
        "  B: {a: blue, b: blue, c: blue}\n"
    )
    assert [(f.kind, f.group) for f in list_findings(system)] == [("repeated-group", "b")]


def test_long_lists_are_cut_in_words_but_not_in_figures():
    classes = "".join(f"  c{i}: {{g: a}}\n" for i in range(12))
    system = parse_system(
        f"name: s\ngroups:\n  g: {{prompt: '{{}}', options: [a, b]}}\nclasses:\n{classes}"
        "  other: {g: b}\n"
    )
    [tie] = list_findings(system)
    assert tie.what.startswith("c0, c1, c2, c3, c4, c5, c6, c7 and 4 more: these classes")
    assert len(tie.classes) == 12
