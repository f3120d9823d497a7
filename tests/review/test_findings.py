from twentyq.review import Finding, Kind, Rank
from twentyq.review.findings import worst_first


def test_worst_first_then_accepted_then_by_kind_and_else_in_order():
    note = Finding(Rank.note, Kind.few_rules, "", "")
    silent = Finding(Rank.warning, Kind.silent_group, "", "", group="b")
    unused = Finding(Rank.warning, Kind.unused_option, "", "", group="a")
    unused_too = Finding(Rank.warning, Kind.unused_option, "", "", group="c")
    accepted = Finding(Rank.error, Kind.tie, "", "", accepted=True)
    long = Finding(Rank.error, Kind.long_prompt, "", "")
    mixed = [unused, note, accepted, unused_too, long, silent]
    assert worst_first(mixed) == (long, accepted, silent, unused, unused_too, note)
