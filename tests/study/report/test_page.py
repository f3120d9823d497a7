"""The page is sound, needs nothing beside itself, and trusts no name."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.study.report.reading import Page
from tests.study.report.summaries import GROUPS, small, steps, stories, summary
from twentyq.study.report.drawing import house_style
from twentyq.study.report.page import confusion, page
from twentyq.study.report.story import Story
from twentyq.study.summary import Disagreement, Group, Problem

HOSTILE = "<script>alert(1)</script>\"'&{{ 7*7 }}\x1b[31m\u202egnp\udcff"


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(html: str) -> Page:
    return Page(html)


def rendered(found, told=()):
    with house_style():
        return page(found, told)


def test_elements_close_in_order_and_ids_are_unique(read: Page):
    assert read.unclosed == []
    ids = Counter(attributes["id"] for _, attributes in read.elements if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []


def test_everything_pointed_at_is_on_the_page(html: str, read: Page):
    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    pointed = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", html))
    assert pointed
    assert {a or b for a, b in pointed} <= ids


def test_nothing_is_fetched(html: str, read: Page):
    for _, attributes in read.elements:
        for name in ("src", "href", "srcset", "data", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:image/"))
    assert not re.search(r"url\((?!#)|@import|<script|<link", html)
    policy = next(m["content"] for m in read.all("meta") if "http-equiv" in m)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_pictures_and_figures_speak_to_those_who_cannot_see(read: Page):
    assert all(image["alt"] for image in read.all("img"))
    figures = read.all("svg")
    assert len(figures) >= 15
    assert all(figure["role"] == "img" and figure["aria-label"] for figure in figures)
    assert all("scope" in header for header in read.all("th"))


def test_no_colour_of_a_figure_is_fixed(html: str):
    figures = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert {c for figure in figures for c in re.findall(r"#[0-9a-f]{6}\b", figure)} == set()


def test_the_finding_stands_at_the_top(read: Page):
    assert (
        "Adaptive play names 46.3 % of 497 pictures rightly (41.9–50.7) and asks 23.4 of 51 "
        "prompts, 45.9 %. Asking everything gives 46.7 % (42.3–51.1). The difference, −0.4 points "
        "(−1.5 to +0.8), cannot be told from none."
    ) in read.text


@pytest.mark.parametrize(
    "said",
    [
        "Stopping early, in one order for all pictures, saves 31.0 % (",
        "0.9123, none holds",
        "AUROC of 0.713 0.683–0.743",
        "the mean over 20 splits of the labels by lot",
        "0.848 5 : 9",
        "dominant_color 9 30.0 % 26.1–34.1 42.0 % 100.0 % 1.34",
        "background_scene 4 70.0 % 65.9–73.9 42.0 % 40.0 % −0.07",
        "they say nothing of other classes, and are too narrow where pictures come in series",
        "random words of equal length 20 13.0 % 8.0–20.0 46.6 % 0.048",
        "duplicate: 4",
        "503 pictures given, 497 studied.",
        "twentyq study pictures --system pokemon-cards --encoder builtin --output study",
        "1. dominant_color : white 60.0 % expected 1.20 bits, brought 0.90",
        "Absol, Aggron and Zekrom are alike in two groups.",
    ],
)
def test_the_page_tells(said: str, read: Page):
    assert said in read.text


def test_a_picture_that_adaptive_loses_is_told_among_the_failures(html: str):
    failures = html.split('id="failures"')[1]
    for story in stories()[:2]:
        assert f"<bdi>{story.picture}</bdi></p>" in failures
    assert f"<bdi>{stories()[2].picture}</bdi>" not in failures


def test_names_from_files_are_text_and_nothing_else():
    story = Story(HOSTILE, None, HOSTILE, None, HOSTILE, 0.5, 9, steps(HOSTILE))
    wrong = Disagreement(picture=HOSTILE, truth=HOSTILE, adaptive=HOSTILE, full=HOSTILE)
    group = Group(
        name=HOSTILE, options=[HOSTILE, "b"], accuracy=None, confusion=[[1, 0], [0, 1]],
        constant=None, asked=0.5, bits=None,
    )  # fmt: skip
    problem = Problem(kind="unreadable", count=3, names=[HOSTILE])
    found = small(adaptive_wins=[wrong], groups=[group], notes=[HOSTILE], command=HOSTILE)
    subject = found.subject.model_copy(
        update=dict.fromkeys(("system", "system_source", "encoder", "encoder_identity"), HOSTILE)
        | {"problems": [problem]}
    )
    mode = found.modes[2].model_copy(update={"name": f"names 木 {HOSTILE}"})
    modes = [*found.modes[:2], mode, *found.modes[3:]]
    found = found.model_copy(update={"subject": subject, "modes": modes})
    html = rendered(found, [story])
    read = Page(html)
    assert read.unclosed == []
    assert read.all("script") == []
    assert "{{ 7*7 }}" in read.text
    assert "names 木 <script>" in read.text
    assert "\\x1b[31m\\u202egnp\\udcff" in read.text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", html)
    assert "and 2 more" in read.text


def test_parts_that_were_not_measured_are_left_out():
    found = small(curves=[])
    modes = [mode.model_copy(update={"reliability": None}) for mode in found.modes]
    read = Page(rendered(found.model_copy(update={"modes": modes})))
    sections = {section["id"] for section in read.all("section")}
    assert sections == {"curves", "modes", "failures", "pictures-given", "command"}
    links = {link["href"] for link in read.all("a")}
    assert links == {f"#{section}" for section in sections}


def test_every_part_that_is_on_the_page_is_in_its_list(read: Page):
    sections = [section["id"] for section in read.all("section")]
    assert [link["href"] for link in read.all("a")] == [f"#{section}" for section in sections]


def test_the_saving_of_the_defaults_stop_stands_open(html: str):
    saving = html.split('id="saving"')[1].split("</section>")[0]
    folds = re.findall(r"<details( open)?><summary><code>([^<]+)</code>", saving)
    assert folds == [(" open", "confidence:0.9"), ("", "agrees, fitted to agree 0.99")]


def test_of_many_groups_those_that_bring_most_stand_open_and_first():
    html = rendered(small(groups=summary(groups=28).groups))
    opened = re.findall(r"<h4><bdi>(\w+)</bdi></h4>", html)
    folded = re.findall(r"<details><summary><bdi>(\w+)</bdi>", html)
    assert opened == ["dominant_color", *(f"has_{i}_pattern" for i in (5, 10, 15, 20, 25))]
    assert sorted(opened + folded) == sorted([*GROUPS, *(f"has_{i}_pattern" for i in range(5, 28))])


def test_a_confusion_is_shown_in_shares_of_its_rows():
    group = Group(
        name="g", options=["a", "b", "c"], accuracy=None, constant=None, asked=1, bits=1,
        confusion=[[3, 1, 0], [0, 0, 0], [0, 1, 999]],
    )  # fmt: skip
    cells = confusion(group)
    assert [[cell.percent for cell in row] for row in cells] == [
        ["75", "25", "·"],
        ["·", "·", "·"],
        ["·", "·", "100"],
    ]
    assert [cell.strong for cell in cells[0]] == [True, False, False]
