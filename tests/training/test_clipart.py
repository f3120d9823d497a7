from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.training import clipart
from twentyq.training.clipart import clipart_drawings, plain_name

ENGLISH = frozenset({"brown", "bear", "fish", "funny", "sleeping"})
PUBLIC = "http://web.resource.org/cc/PublicDomain"


def write(root: Path, path: str, title: str, licence: str = PUBLIC, said: str = "", by="J") -> None:
    file = root / clipart.ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"""<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm"><metadata>
        <rdf:RDF xmlns:cc="http://web.resource.org/cc/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><cc:Work>
        <dc:title>{title}</dc:title><dc:description>{said}</dc:description><dc:subject><rdf:Bag>
        <rdf:li>Wild</rdf:li><rdf:li/><rdf:li>hash(0x85)</rdf:li></rdf:Bag></dc:subject>
        <dc:creator><cc:Agent><dc:title>{by}</dc:title></cc:Agent></dc:creator>
        <cc:license rdf:resource="{licence}"/></cc:Work></rdf:RDF></metadata>
        <circle r="9" id="{path}"/></svg>""",
        "utf-8",
    )


def read(root: Path) -> list[str]:
    return [one.name for one in clipart_drawings("openclipart-svg", root, ENGLISH)]


def test_a_drawing_has_the_name_of_its_title_and_all_that_is_said_of_it(tmp_path):
    write(tmp_path, "animals/brown_bear_01.svg", "Brown Bear (02)", said="It sleeps.")
    (drawing,) = clipart_drawings("openclipart-svg", tmp_path, ENGLISH)
    assert (drawing.name, drawing.keywords) == ("brown bear", ("wild",))
    assert {"Brown Bear (02)", "animals/brown_bear_01.svg", "It sleeps."} <= set(drawing.said)
    assert "<circle" in drawing.svg


@pytest.mark.parametrize("title", ["", "Clipart by Nicu Buculei - dog", "Etiquette Icons"])
def test_where_the_title_names_a_collection_the_file_names_the_drawing(tmp_path, title):
    write(tmp_path, "animals/contour_bear_01.svg", title)
    assert read(tmp_path) == ["bear"]


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("animals/bear.svg", {"title": "Bear", "licence": "http://example.org/GPL/2.0/"}),
        ("animals/bear.svg", {"title": "Bear", "licence": ""}),
        ("animals/orso.svg", {"title": "Orso"}),
        ("animals/bear.svg", {"title": "Bear", "by": "Francesco Rollandin"}),
        ("animals/bear.svg", {"title": "brown bear brown bear brown bear"}),
        ("animals/bear.svg", {"title": "04 (brown)"}),
        ("shapes/bear.svg", {"title": "Bear"}),
        ("recreation/games/cards/bear.svg", {"title": "Bear"}),
    ],
)
def test_what_is_not_free_not_english_or_no_thing_is_left_out(tmp_path, path, rest):
    write(tmp_path, path, **rest)
    assert read(tmp_path) == []


def test_broken_large_and_repeated_files_are_left_out(tmp_path):
    write(tmp_path, "animals/bear.svg", "Bear")
    folder = tmp_path / clipart.ROOT / "animals"
    bear = (folder / "bear.svg").read_bytes()
    (folder / "copy.svg").write_bytes(bear)
    (folder / "link.svg").symlink_to("bear.svg")
    (folder / "large.svg").write_bytes(bear + b" " * clipart.LARGEST)
    (folder / "half.svg").write_bytes(bear[:-20])
    (folder / "latin.svg").write_bytes(bear.replace(b"Bear", b"B\xe9ar"))
    assert read(tmp_path) == ["bear"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("funny fish 02", "funny fish"),
        ("Duck (Yellow) II", "duck ii"),
        ("sleeping_cat", "sleeping cat"),
        ("BlueMan#102", "blue man"),
        ("Jonathon's Duck", "jonathon duck"),
        ("Fries &amp; dip", "fries dip"),
        ("2", ""),
    ],
)
def test_titles_become_plain_names(title, name):
    assert plain_name(title) == name


@given(st.text())
def test_a_plain_name_stays_as_it_is(title):
    name = plain_name(title)
    assert plain_name(name) == name
    assert name == name.lower()
