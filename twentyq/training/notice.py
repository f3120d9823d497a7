"""NOTICE: whose work went into the encoder and lies in the repository, as the licences ask."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from twentyq.training.sources import CHANGES, SOURCES, Source

LICENCES = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "MIT": "https://opensource.org/license/mit",
    "CC-BY-3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "public domain": "https://creativecommons.org/publicdomain/",
}
"""Where the text of each licence of the table of sources is to be read."""

_WIDTH = 88
_HEAD = """\
twentyq
Copyright the twentyq authors
Licensed under the Apache License, Version 2.0; see LICENSE.
"""
_EXAMPLES = """\
The pictures in examples/ are drawings of Fluent Emoji, Copyright (c) Microsoft Corporation, \
under the MIT License, whose text is in examples/README.md. They were rendered at 256 pixels on \
white."""
_WEIGHTS = """\
The towers of the encoder in twentyq/encoder/builtin/ started from the weights below and were \
changed. Image tower: batch norms folded into the convolutions, later blocks trained on, a \
projection added. Text tower: tokens that are not needed left out, a pooling layer and a trained \
projection added. Both are under the Apache License, Version 2.0, whose text is in LICENSE."""
_LEARNT = f"The encoder learnt from these drawings. {CHANGES}"
_NAMES = "What the drawings are called was taken from these tables."
_TESTED = """\
These drawings served to test the encoder. It never learnt from them, and they are not in the \
package; six of Fluent Emoji are the examples named above."""


def notice(sources: Iterable[Source] = SOURCES) -> str:
    """Return the text of NOTICE for a training that used these sources."""
    listed = tuple(sources)
    drawn = ("emoji", "icons", "clip art")
    parts = {
        _WEIGHTS: [one for one in listed if one.holds in ("image weights", "text weights")],
        _LEARNT: [one for one in listed if one.holds in drawn and one.used_for == "training"],
        _NAMES: [one for one in listed if one.holds == "names"],
        _TESTED: [one for one in listed if one.used_for == "test"],
    }
    blocks = [_HEAD, _filled(_EXAMPLES)]
    for told, members in parts.items():
        blocks += [_filled(told), *map(_entry, members)]
    return "\n".join(blocks)


def _entry(source: Source) -> str:
    licence = f"{source.licence}, {LICENCES[source.licence]}"
    lines = (_filled(source.attribution, "    "), _filled(licence, "    "))
    return f"  {source}\n{''.join(lines)}"


def _filled(text: str, indent: str = "") -> str:
    # An address that is broken at a hyphen can't be followed.
    lines = textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"
