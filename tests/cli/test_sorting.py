import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.cli.sorting import NO_LABEL, copy_into, folder_of
from twentyq.errors import StoreError

labels = st.text(min_size=1, max_size=20)


@given(labels, labels)
def test_different_labels_have_different_folders(one, other):
    assert (folder_of(one) == folder_of(other)) == (one == other)


@given(labels)
def test_a_folder_name_stays_inside_its_parent(label):
    name = folder_of(label)
    assert name not in (".", "..", NO_LABEL)
    assert not set(name) & set("/\\\0")


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("Celebi&Venu", "Celebi&Venu"),
        ("Beedrill δ", "Beedrill δ"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        ("100%", "100%25"),
        (None, "%no-label"),
    ],
)
def test_folder_names(label, folder):
    assert folder_of(label) == folder


def test_copies_are_whole_and_the_original_stays(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"pixels")
    copy = copy_into(picture, "x", tmp_path / "out")
    assert copy == tmp_path / "out" / "x" / "a.png"
    assert copy.read_bytes() == picture.read_bytes() == b"pixels"


def test_nothing_is_ever_replaced(tmp_path):
    names = []
    for number in range(3):
        picture = tmp_path / str(number) / "a.png"
        picture.parent.mkdir()
        picture.write_bytes(bytes([number]))
        names.append(copy_into(picture, "x", tmp_path / "out").name)
        assert copy_into(picture, "x", tmp_path / "out").name == names[-1]
    assert names == ["a.png", "a-2.png", "a-3.png"]
    assert [(tmp_path / "out/x" / name).read_bytes() for name in names] == [b"\0", b"\1", b"\2"]


def test_a_disk_that_refuses_is_an_error_that_names_the_picture(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"pixels")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(StoreError) as caught:
        copy_into(picture, "x", tmp_path / "out")
    assert "the picture cannot be copied" in str(caught.value)
    assert str(picture) in str(caught.value)
    assert (tmp_path / "out").read_text() == "a file"


def test_a_copy_that_breaks_off_leaves_nothing_behind(tmp_path, monkeypatch):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"pixels")

    def full(source, target):
        target.write(b"pix")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    with pytest.raises(StoreError, match="No space left on device"):
        copy_into(picture, "x", tmp_path / "out")
    assert list((tmp_path / "out" / "x").iterdir()) == []
