"""What a reader of the model card should see first: a few figures, and the goals not reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from twentyq.training.evaluation import Evaluation
from twentyq.training.protocol import load_protocol
from twentyq.training.report import ABSENT

FIRST = (
    ("24 unseen animals, five groups", "unseen-24", "full-unbiased"),
    ("24 unseen animals, five groups minus names, paired", "unseen-24", "full - names"),
    ("21 unseen animals, groups of `animals`", "unseen-21", "full-unbiased"),
    ("21 unseen animals among all of `animals`", "unseen-all", "full-unbiased"),
    ("124 animals, most of them trained on, five groups", "concepts-124", "full-unbiased"),
    ("124 animals, most of them trained on, names", "concepts-124", "names"),
    ("shape, unseen wordings", "shape", "unseen-unbiased"),
    ("trait, unseen wordings", "trait", "unseen-unbiased"),
    ("scene, unseen wordings", "scene", "unseen-unbiased"),
    ("main colour of Pokémon artworks, ten options", "pokemon-177", "full-unbiased"),
    ("Pokémon cards, the article's system", "pokemon-cards", "full"),
)
"""Titles, parts and measures of the figures that are shown first."""

_HEAD = ("what is asked", "n", "by chance", "right", "95% interval")


@dataclass(frozen=True, slots=True)
class _Found:
    n: int
    chance: str
    value: float
    low: float
    high: float
    form: str

    def __str__(self) -> str:
        return self.form.format(self.value)


def highlights(result: Evaluation, seeds: Sequence[Evaluation] = ()) -> str:
    """Return the first figures as a table in Markdown; the mean and range of seeds beside them."""
    beside = (f"short schedule, seeds: {len(seeds)}",) if seeds else ()
    rows = [(*_HEAD, *beside), ("---",) * (len(_HEAD) + len(beside))]
    for title, part, measure in FIRST:
        cells = _cells(_find(result, part, measure))
        known = [one for seed in seeds if (one := _find(seed, part, measure))]
        rows.append((title, *cells, *(_spread(known) for _ in beside)))
    cost = result.cost
    for title, value in (
        ("one picture, one CPU thread", f"{cost.picture_ms:.1f} ms"),
        ("one prompt, one CPU thread", f"{cost.prompt_ms:.1f} ms"),
        ("weights", f"{cost.megabytes:.1f} MB"),
    ):
        rows.append((title, "", "", value, "", *("" for _ in beside)))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def in_words(result: Evaluation, part: str, measure: str) -> str:
    """Return one figure as it stands in a sentence."""
    found = _find(result, part, measure)
    return ABSENT if found is None else f"{found} (n = {found.n}, chance {found.chance})"


def goals(result: Evaluation) -> str:
    """Return how many of the protocol's goals are reached, and a list of those that are not."""
    judged = list(_judged(result))
    missed = [f"- not reached: {words}\n" for words, reached in judged if not reached]
    return f"{len(judged) - len(missed)} of {len(judged)} are reached.\n\n{''.join(missed)}".strip()


def _judged(result: Evaluation) -> Iterator[tuple[str, bool]]:
    protocol = load_protocol()
    for row in protocol.figures:
        if row.goal is not None:
            found = result.figure(row.part, row.measure)
            value = ABSENT if found is None else f"{found.share:.3f}"
            reached = found is not None and found.share >= row.goal
            yield f"{row.title}: {value}, the goal is {row.goal:.2f}", reached
    for title, field in (
        ("milliseconds for a picture", "picture_ms"),
        ("milliseconds for a prompt", "prompt_ms"),
        ("megabytes of weights", "megabytes"),
    ):
        cost, limit = getattr(result.cost, field), getattr(protocol.limits, field)
        yield f"{title}: {cost:.1f}, the goal is at most {limit:g}", cost <= limit


def _find(result: Evaluation, part: str, measure: str) -> _Found | None:
    if share := result.figure(part, measure):
        chance = f"{share.chance:.1%}"
        return _Found(share.n, chance, share.share, share.low, share.high, "{:.1%}")
    if gap := result.difference(part, measure):
        return _Found(gap.n, "0", gap.mean, gap.low, gap.high, "{:+.1%}")
    return None


def _cells(found: _Found | None) -> tuple[str, ...]:
    if found is None:
        return "", "", ABSENT, ""
    low, high = (found.form.format(end) for end in (found.low, found.high))
    return str(found.n), found.chance, str(found), f"{low} to {high}"


def _spread(known: Sequence[_Found]) -> str:
    if not known:
        return ABSENT
    values = [one.value for one in known]
    mean, least, most = map(known[0].form.format, (fmean(values), min(values), max(values)))
    return f"{mean} ({least} to {most})"
