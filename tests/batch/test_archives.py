import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.batch.drawing import picture, write_tar
from twentyq.batch.archives import TornArchiveError, pictures_in_archive, read_member
from twentyq.encoder.pictures import MAX_BYTES
from twentyq.errors import PictureError

SAMPLES = [
    ("a/0.jpg", b"first"),
    ("a/0.png", b"of the same sample"),
    ("a/0.txt", b"fox"),
    ("a/1.json", b"{}"),
    ("a/1.JPEG", b"behind its text"),
    ("b/1.png", b"of another folder"),
    ("b/2.seg.png", b"a mask"),
    ("b/2.webp", b"third"),
    ("b/.hidden.png", b"hidden"),
    ("b/readme", b"no picture"),
    ("b/" + "n" * 150 + ".png", b"long name"),
]
PICTURES = [
    ("a/0.jpg", b"first"),
    ("a/1.JPEG", b"behind its text"),
    ("b/1.png", b"of another folder"),
    ("b/2.webp", b"third"),
    ("b/" + "n" * 150 + ".png", b"long name"),
]


def listed(path):
    """What an archive lists before it ends, and how it ends."""
    places = []
    try:
        places.extend(pictures_in_archive(path))
    except TornArchiveError as torn:
        return places, str(torn)
    return places, None


def found(path):
    """The same with contents."""
    places, torn = listed(path)
    return [(name, read_member(path, at, size, name)) for name, at, size in places], torn


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "0.tar"
    write_tar(path, SAMPLES)
    return path


def test_each_sample_gives_its_first_picture(archive):
    assert found(archive) == (PICTURES, None)


def test_links_and_folders_are_no_pictures(tmp_path):
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("a.png", tarfile.SYMTYPE), ("b.png", tarfile.DIRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
        member = tarfile.TarInfo("c.png")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"yes"))
    assert found(path) == ([("c.png", b"yes")], None)


@given(st.data())
def test_wherever_an_archive_is_cut_it_is_torn_and_its_whole_pictures_are_found(
    tmp_path_factory, data
):
    path = tmp_path_factory.mktemp("torn") / "0.tar"
    write_tar(path, [(f"{i}.png", bytes([i]) * 700) for i in range(4)])
    whole = path.read_bytes()
    end = 4 * (512 + 1024)  # header and padded content of each
    cut = data.draw(st.integers(0, end))
    path.write_bytes(whole[:cut])
    places, torn = listed(path)
    assert torn
    read = []
    for name, offset, size in places:
        if offset + size <= cut:
            read.append((name, read_member(path, offset, size, name)))
        else:
            with pytest.raises(PictureError, match="the archive ends within this picture"):
                read_member(path, offset, size, name)
    n_whole = sum(i * 1536 + 512 + 700 <= cut for i in range(4))
    assert read == [(f"{i}.png", bytes([i]) * 700) for i in range(n_whole)]


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path):
    path = tmp_path / "0.tar"
    write_tar(path, [(f"{i}.png", b"x" * 512) for i in range(3)])
    content = bytearray(path.read_bytes())
    content[2 * 1024 : 2 * 1024 + 100] = b"?" * 100
    path.write_bytes(content)
    read, torn = found(path)
    assert [name for name, _ in read] == ["0.png", "1.png"]
    assert torn == "no header of a member at byte 2048"


@pytest.mark.parametrize("content", [b"", b"text", picture(0), bytes(100)])
def test_what_is_no_archive_is_torn(tmp_path, content):
    path = tmp_path / "0.tar"
    path.write_bytes(content)
    read, torn = found(path)
    assert read == []
    assert torn


def test_a_compressed_archive_is_refused(tmp_path):
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("0.png"))
    assert "ReadError" in found(path)[1]


def test_an_archive_that_is_gone_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"fox\.png: the archive cannot be read") as caught:
        read_member(tmp_path / "none.tar", 0, 10, "fox.png")
    assert "No such file" in str(caught.value)


def test_of_a_member_beyond_all_measure_no_more_is_read_than_shows_it(tmp_path, monkeypatch):
    path = tmp_path / "0.tar"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr("twentyq.batch.archives.MAX_BYTES", 20)
    assert len(read_member(path, 0, 100, "x")) == 21
    assert MAX_BYTES > 2**20


def test_of_many_members_none_is_kept(archive, monkeypatch):
    opened = []
    real = tarfile.open
    monkeypatch.setattr(tarfile, "open", lambda *a: opened.append(real(*a)) or opened[-1])
    kept = [len(opened[0].members) for _ in pictures_in_archive(archive)]
    assert kept == [0] * len(PICTURES)
