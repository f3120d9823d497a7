"""The errors of twentyq, in one tree.

TwentyqError                 exit 1   our fault, when raised as itself
├── UsageError               exit 2   an option or argument that cannot be obeyed
├── SystemFileError          exit 2   a system file that is not valid
├── PictureError             exit 3   a picture that cannot be read or classified
├── EncoderError             exit 4   an encoder that cannot be loaded or gives unusable vectors
│   └── SimilarityError      exit 4   a similarity that is not a finite number
├── LanguageModelError       exit 4   a language model that is out of reach or gives nothing usable
├── StoreError               exit 5   a disk or store that cannot be used
└── TrainingError            exit 6   a training of the builtin encoder that cannot go on

Every message is made of the same named parts, so that none of them is forgotten: where it
happened, what is wrong, what was got, what is allowed, and how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterable
from reprlib import Repr
from typing import ClassVar

LONGEST = 120  # characters of one value in a message

_repr = Repr()
_repr.maxstring = _repr.maxother = LONGEST
_repr.maxlevel = 1


class TwentyqError(Exception):
    """Base of every error that twentyq raises on purpose.

    `what` states the fault in one clause. `where` is a file, line and key path, or an option's
    name. `got` is the offending value as text. `allowed` says what is accepted, `mend` what to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        got: str | None = None,
        allowed: str | None = None,
        mend: str | None = None,
    ) -> None:
        self.what = what
        self.where = where
        self.got = got
        self.allowed = allowed
        self.mend = mend
        super().__init__(str(self))

    def __str__(self) -> str:
        headline = self.what if self.where is None else f"{self.where}: {self.what}"
        details = (("got", self.got), ("allowed", self.allowed), ("to mend", self.mend))
        return "\n".join([headline, *(f"  {name}: {text}" for name, text in details if text)])

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not cross process borders without this.
        return (_rebuild, (type(self), self.what, self.__dict__))


class UsageError(TwentyqError):
    """An option or argument cannot be obeyed."""

    exit_code = 2


class SystemFileError(TwentyqError):
    """A system file is not valid; `where` names file, line and key path."""

    exit_code = 2


class PictureError(TwentyqError):
    """A picture cannot be read or classified; `where` names it."""

    exit_code = 3


class EncoderError(TwentyqError):
    """An encoder cannot be loaded, or what it returns cannot be used."""

    exit_code = 4


class SimilarityError(EncoderError):
    """A similarity is not a finite number; `where` names the prompt and the picture."""


class LanguageModelError(TwentyqError):
    """A language model cannot be reached, or gives nothing usable; `where` names it."""

    exit_code = 4


class StoreError(TwentyqError):
    """A disk or store cannot be read or written."""

    exit_code = 5


class TrainingError(TwentyqError):
    """A training of the builtin encoder cannot go on; `where` names the source or step."""

    exit_code = 6


def _rebuild(kind: type[TwentyqError], what: str, parts: dict[str, str | None]) -> TwentyqError:
    named = {name: parts[name] for name in ("where", "got", "allowed", "mend")}
    return kind(what, **named)


def shown(value: object) -> str:
    """Return a value on one line for a message: its middle left out, control characters escaped."""
    try:
        return _repr.repr(value)
    except ValueError:  # Python writes no integer of more than a few thousand digits
        return "a number of thousands of digits"


def nearest(word: str, candidates: list[str]) -> str | None:
    """Return the candidate most like `word`, or None where none is near enough to be meant."""
    import difflib

    folded = {candidate.casefold(): candidate for candidate in reversed(candidates)}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def suggestion(word: str, candidates: Iterable[str]) -> str | None:
    """Say which candidate was probably meant by `word`, or None where none is near."""
    # The comparison is quadratic in the word's length, and no candidate is that long.
    meant = nearest(word[:200], list(candidates))
    return None if meant is None else f"did you mean {shown(meant)}?"
