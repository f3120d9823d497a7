import errno
import os

import pytest

from twentyq.batch.whole_file import whole_file
from twentyq.errors import StoreError


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path):
    path, draft = tmp_path / "below" / "file", tmp_path / "scratch" / "draft"
    with whole_file(path, draft) as stream:
        stream.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert not draft.exists()


def test_what_fails_on_the_way_leaves_the_old_file(tmp_path):
    path, draft = tmp_path / "file", tmp_path / "draft"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), whole_file(path, draft) as stream:
        stream.writelines([b"new, but not to its e", None])
    assert path.read_bytes() == b"old"
    with whole_file(path, draft) as stream:  # over what was left
        stream.write(b"new")
    assert path.read_bytes() == b"new"


def fill(stream):
    stream.write(b"some of it")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_and_its_draft_gone(tmp_path):
    path, draft = tmp_path / "file", tmp_path / "draft"
    with pytest.raises(StoreError) as caught, whole_file(path, draft) as stream:
        fill(stream)
    assert str(caught.value) == (
        f"{path}: the folder of the run cannot be used\n"
        "  got: OSError: [Errno 28] No space left on device\n"
        "  to mend: make room or check the permissions, then continue with --resume"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="folders are synced on POSIX systems only")
def test_content_reaches_the_disk_before_the_name_and_the_name_before_the_end(
    tmp_path, monkeypatch
):
    path, draft = tmp_path / "file", tmp_path / "draft"
    seen = []
    synced = os.fsync
    monkeypatch.setattr(
        os,
        "fsync",
        lambda descriptor: (
            seen.append((os.fstat(descriptor).st_ino, path.exists())),
            synced(descriptor),
        ),
    )
    with whole_file(path, draft) as stream:
        stream.write(b"whole")
    assert seen == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]
