import errno
import warnings

import pytest

from twentyq.cli.guard import guarded
from twentyq.errors import EncoderError


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (EncoderError("no weights", where="builtin"), 4, "twentyq: builtin: no weights\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 5, "got: No space left on device"),
        (OSError(errno.EBADF, "Bad file descriptor"), 1, "an error in twentyq itself"),
        (ZeroDivisionError("oh"), 1, "got: ZeroDivisionError: oh"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_fault_has_its_exit_code(fault, code, message, capsys):
    with pytest.raises(SystemExit) as left, guarded():
        raise fault
    assert left.value.code == code
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_warnings_are_told_in_a_line(capsys, monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
    with warnings.catch_warnings(), guarded():
        warnings.simplefilter("always")
        warnings.warn("the store was set aside", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "twentyq: the store was set aside\n"
