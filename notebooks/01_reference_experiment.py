# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The reference experiment
#
# The [article](https://jina.ai/news/scaling-test-time-compute-for-embedding-models) that the method
# comes from compares two ways to name the Pokémon on a card with a frozen encoder: by the class
# **names**, and by asking about **attributes** (here `full`). It reports, on cards of its own:
#
# | encoder | names | attributes |
# |---|---|---|
# | jina-clip-v1 | 31.36 % | 46.61 % |
# | jina-clip-v2 | 16.10 % | 38.14 % |
#
# This notebook does the same on **your** cards, with its system exactly as published: set
# `TWENTYQ_CARDS` to a folder with a folder per species. Card art is its publisher's, so none comes
# with twentyq. Without it, the same cells run on six pictures of animals that do come with it; the
# next line says which. Six pictures show that the cells run and how answers look. They measure
# nothing; what the cells give on seventy cards stands in the [README](../README.md).

# %%
import csv
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from twentyq import Classifier, load_encoder, load_system
from twentyq.study.labelled import read_labelled
from twentyq.study.measures import mcnemar, share, share_of

plt.rcParams.update({"figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False})

cards = os.environ.get("TWENTYQ_CARDS")
if cards is None:
    print("No cards: these are six pictures of animals, with the system `animals`.")
    source, system, label_map = "examples.csv", load_system("animals"), {}
else:
    print("Pokémon cards from TWENTYQ_CARDS, with the article's system.")
    source, system = cards, load_system("pokemon")
    # Folders are named after species; two classes of the article are particular cards of theirs.
    table = os.environ.get("TWENTYQ_CARDS_LABELS", "../examples/pokemon-cards-labels.csv")
    with Path(table).open(encoding="utf-8", newline="") as rows:
        label_map = {row["folder"]: row["label"] for row in csv.DictReader(rows)}

encoder = load_encoder(os.environ.get("TWENTYQ_CARDS_ENCODER", "builtin"))
labelled = read_labelled(source, system.classes, label_map=label_map)
pictures, truth = list(labelled.pictures), np.array(labelled.labels)
print("encoder", encoder.name, encoder.identity[:18])
print(f"{len(pictures)} of {labelled.given} pictures, {len(set(truth))} labels among them")
print(f"N = {len(system.classes)} classes, {len(system.groups)} groups", end=", ")
print(f"Q = {system.n_prompts} prompts")

# %% [markdown]
# ## Names, attributes, attributes at the article's scale
#
# Cosines become answers by a softmax per group. The article's code applies it to the bare cosines
# (scale 1), which leaves answers nearly flat. An encoder has a scale of its own, learned with it,
# and `full` uses that; both are given.

# %%
WAYS = {
    "names": {"mode": "names"},
    "full": {"mode": "full"},
    "full, article's scale": {"mode": "full", "scale": "article"},
}
players = {way: Classifier(system, encoder, trace="brief", **how) for way, how in WAYS.items()}
results = {way: player.classify(pictures) for way, player in players.items()}
right = {way: np.array([r.label for r in found]) == truth for way, found in results.items()}

for way, hits in right.items():
    got = share(hits)
    print(f"{way:22} {got.count:3} of {got.total} = {got.share:6.2%}"
          f"  ({got.low:.1%} to {got.high:.1%}, Wilson, 95 %)")  # fmt: skip
print(f"{'chance':22} {1 / len(system.classes):19.2%}")
test = mcnemar(right["full"], right["names"])
print(
    f"only full right: {test.only_this}, only names: {test.only_full}, McNemar's p = {test.p:.2g}"
)

# %% [markdown]
# ## Beside the article
#
# The article says "117 images". Its four figures are exactly 37, 55, 19 and 45 **of 118**, and none
# of them is a fraction of 117, so 118 is what the intervals below are computed from:

# %%
ARTICLE = {
    "jina-clip-v1, names": (37, "31.36"),
    "jina-clip-v1, attributes": (55, "46.61"),
    "jina-clip-v2, names": (19, "16.10"),
    "jina-clip-v2, attributes": (45, "38.14"),
}
for way, (count, printed) in ARTICLE.items():
    nearest = round(float(printed) / 100 * 117)
    print(f"{way:25} {printed} % = {count}/118 = {100 * count / 118:.2f} %;"
          f" nearest of 117: {nearest}/117 = {100 * nearest / 117:.2f} %")  # fmt: skip

bars = {way: share_of(count, 118) for way, (count, _) in ARTICLE.items()}
bars |= {f"{encoder.name}, {way}": share(hits) for way, hits in right.items()}
values = np.array([bar.share for bar in bars.values()])
ends = np.array([[bar.low, bar.high] for bar in bars.values()]).T
colors = ["#b8c0cc" if "names" in way else "#1f5fa8" for way in bars]
figure, axes = plt.subplots(figsize=(8, 3.2))
axes.barh(list(bars), values, color=colors, xerr=np.abs(ends - values), capsize=3, ecolor="#30363d")
axes.axhline(3.5, color="#30363d", lw=0.8, ls=(0, (4, 3)))
across = {"ha": "right", "transform": axes.get_yaxis_transform()}
axes.text(0.99, 3.42, "the article, its cards", va="bottom", **across)
axes.text(0.99, 3.58, f"here: {system.name}", va="top", **across)
axes.invert_yaxis()
axes.set(xlabel="accuracy, with Wilson's 95 % interval", xlim=(0, 1))
axes.xaxis.set_major_formatter("{x:.0%}")
figure.tight_layout()
plt.show()

# %% [markdown]
# **The two halves of the figure are not the same experiment**, and no number of ours reproduces or
# refutes one of the article's:
#
# - **Pictures.** The article's cards are its own. Here they are yours, or six drawings of animals.
# - **Classes.** The article's sentence says N = 13; its lists have 16, three of which are alike in
#   every group, so that no answer tells them apart. The system `pokemon` keeps to the lists.
# - **Prompts.** The article's sentence says Q = 52; its lists have 51.
# - **Encoder.** The article's were trained on the web, with hundreds of millions of parameters. The
#   builtin one has 22 million, was trained on drawings, and knows no Pokémon. For another, set
#   `TWENTYQ_CARDS_ENCODER` to whatever `--encoder` takes.
# - **Scale.** The article's is 1. Both are given here.
#
# What can be compared is the direction: whether asking for attributes beats the names *on the same
# pictures with the same encoder*. That is what McNemar's test above is about.
#
# ## Where the truth stands
#
# With many classes, accuracy is a coarse measure of a weak encoder. The rank of the true label
# among all labels says more: 1 is right, and a guess is in the middle on average.

# %%
figure, axes = plt.subplots(figsize=(8, 2.4))
for row, (way, found) in enumerate(results.items()):
    ranked = [[item.label for item in result.ranking] for result in found]
    ranks = np.array([1 + names.index(true) for names, true in zip(ranked, truth, strict=True)])
    offsets = np.linspace(-0.25, 0.25, len(ranks))
    axes.plot(ranks, row + offsets, "o", ms=4, alpha=0.6, color="#1f5fa8")
    axes.plot([np.median(ranks)] * 2, [row - 0.35, row + 0.35], color="#c8372d", lw=2)
    print(
        f"{way:22} median rank {np.median(ranks):4.1f}, {np.mean(ranks <= 5):.0%} among the best 5"
    )
axes.axvline((1 + len(system.classes)) / 2, color="#8a93a0", ls=(0, (4, 3)), lw=1)
axes.set_yticks(range(len(results)), results)
axes.invert_yaxis()
axes.set(xlabel="rank of the true label (red: median; dashed: a guess)", xlim=(0, None))
figure.tight_layout()
plt.show()

# %% [markdown]
# ## What the scale does to an answer
#
# One picture, the first two groups, at both scales. The order of the options is the same; at scale
# 1 they all weigh about as much, so that many faint preferences decide together. The rule of the
# true class is drawn in a frame.

# %%
picture = truth.tolist().index("fox") if "fox" in truth else 0
figure, axes = plt.subplots(1, 2, figsize=(11, 3.6))
for place, group in zip(axes, system.groups[:2], strict=True):
    rule = system.rule(truth[picture], group)
    for shift, way, color in ((-0.2, "full", "#1f5fa8"), (0.2, "full, article's scale", "#b8c0cc")):
        step = next(s for s in results[way][picture].trace if s.group == group.name)
        rows = np.arange(len(group.options)) + shift
        place.barh(rows, [step.answer[o] for o in group.options], 0.38, color=color, label=way)
    for row, option in enumerate(group.options):
        if option in rule:
            box = plt.Rectangle((0, row - 0.45), 1, 0.9, fill=False, ec="#c8372d", lw=1.2)
            place.add_patch(box)
    place.set_yticks(range(len(group.options)), group.options)
    place.invert_yaxis()
    place.set(title=group.prompt, xlim=(0, 1))
    place.xaxis.set_major_formatter("{x:.0%}")
axes[0].legend(loc="lower right", frameon=False)
figure.suptitle(f"a picture of: {truth[picture]}")
figure.tight_layout()
plt.show()

# %% [markdown]
# The same on the command line, with any encoder:
#
# ```bash
# twentyq classify CARDS --system pokemon --mode full --scale article --truth folder \
#     --labels examples/pokemon-cards-labels.csv --encoder ENCODER
# ```
#
# `full` spends all its prompts on every picture. What it takes to spend fewer is the subject of
# [02_accuracy_vs_prompts](02_accuracy_vs_prompts.ipynb).
