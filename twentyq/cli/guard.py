"""From errors to exit codes: the one place where the command line catches anything."""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from twentyq.cli.telling import tell
from twentyq.errors import StoreError, TwentyqError

INTERRUPTED = 130
DISK_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


@contextmanager
def guarded() -> Iterator[None]:
    """Turn errors into a message on standard error and an exit code, and warnings into a line."""
    warnings.showwarning = _show_warning
    try:
        try:
            yield
        finally:
            _finish_output()
    except TwentyqError as fault:
        _leave(fault)
    except BrokenPipeError:
        # The reader has left early, as `head` does, and wants no message.
        sys.exit(TwentyqError.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as fault:
        if fault.errno not in DISK_FAULTS:
            _confess(fault)
        _leave(StoreError("the disk cannot be read or written", got=fault.strerror))
    except Exception as fault:  # noqa: BLE001  # the last line of defence against a traceback
        _confess(fault)


def _finish_output() -> None:
    """Write what is still buffered: a full disk found out at Python's own exit comes too late."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        # What cannot be written must not be tried, and complained of, once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def _leave(fault: TwentyqError) -> None:
    tell(fault)
    sys.exit(fault.exit_code)


def _confess(fault: Exception) -> None:
    """Say that the fault is ours; the traceback is for those who ask for it."""
    if os.environ.get("TWENTYQ_DEBUG"):
        traceback.print_exception(fault)
    _leave(
        TwentyqError(
            "an error in twentyq itself",
            got=f"{type(fault).__name__}: {fault}",
            mend="set TWENTYQ_DEBUG=1 for the traceback, and report it with the command",
        )
    )


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    tell(message)
