"""Pictures as they come out: where matplotlib puts each text, and what lies on what."""

import itertools
import re
from html import unescape

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from twentyq.review.painting import draw, paint, styled
from twentyq.system import AttributeGroup, System


def text_boxes(picture):
    """Return each text and the box it takes with its frame, in points, by drawing the picture."""
    with styled():
        figure = draw(picture)
        figure.set_dpi(72)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        boxes = {}
        for number, text in enumerate(figure.axes[0].texts):
            frame = text.get_bbox_patch() or text
            box = frame.get_window_extent(canvas.get_renderer())
            boxes[number, text.get_text()] = (box.x0, box.y0, box.x1, box.y1)
    return boxes


def overlaps(picture):
    """Return the pairs of texts that lie on each other by more than a tenth of a point."""
    boxes = text_boxes(picture)
    names = [text for _, text in boxes]
    x0, y0, x1, y1 = np.array(list(boxes.values())).T
    across = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    down = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    found = np.argwhere(np.triu((across > 0.1) & (down > 0.1), k=1))
    return [(names[i], names[j]) for i, j in found]


def outside(picture):
    """Return the texts that reach over the edge of the picture."""
    boxes = text_boxes(picture).items()
    return [
        text
        for (_, text), (x0, y0, x1, y1) in boxes
        if min(x0, y0) < 0 or x1 > picture.width or y1 > picture.height
    ]


def unwritten(picture, names):
    """Return the names that do not stand in the picture's SVG as text."""
    svg = paint(picture, "svg").decode()
    texts = "\n".join(unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    return [name for name in names if name not in texts]


def hundred():
    """A system of a hundred classes with soft and unknown rules, ties and two labels in one."""
    rng = np.random.default_rng(5)
    groups = tuple(
        AttributeGroup(f"group {g}", "{}", tuple(f"option {k} of {g}" for k in range(4 + g)))
        for g in range(5)
    )
    names = tuple(f"class {c}" + " with a long name" * (c % 7 == 0) for c in range(100))
    drawn = (rng.integers(len(group.options)) for _, group in itertools.product(names, groups))
    rules = {}
    for c, name in enumerate(names):
        row = {group.name: {group.options[next(drawn)]: 1.0} for group in groups}
        if c % 10 == 1:
            row["group 4"] = dict.fromkeys(groups[4].options[:3], 1 / 3)
        if c % 10 == 2:
            del row["group 3"]
        rules[name] = rules[names[c - 1]] if c % 10 == 3 else row
    for name in names[90:]:
        rules[name] = rules[names[90]]
    return System("hundred", groups, names, rules, labels={names[5]: names[4]})
