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
# # Write your own system
#
# A *system* is what twentyq knows: classes, and the **attribute groups** that tell them apart by
# eye. It is one YAML file, and you need no picture to write it. This notebook writes one for six
# animals, lets twentyq find the mistakes, asks what each group is worth *before* any picture is
# seen, plays six pictures, and ends with dictionaries in the article's form.
#
# Everything runs offline, with the encoder that comes with twentyq.

# %%
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image

from twentyq import Classifier, load_encoder, load_system
from twentyq.engine import compile_plan
from twentyq.engine.gain import build_channel, information_gain
from twentyq.errors import SystemFileError
from twentyq.system import dump_system, import_dictionaries, json_schema

plt.rcParams.update({"figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False})

pictures = sorted(Path("../examples").resolve().glob("*.png"))
playground = TemporaryDirectory()
os.chdir(playground.name)

encoder = load_encoder("builtin", device="cpu")
print("encoder", encoder.name, encoder.identity[:18])

# %% [markdown]
# ## 1. A first draft, with mistakes
#
# A group has a `prompt` with `{}` where its options go. A class names one option per group. The
# draft below was typed in a hurry.

# %%
draft = """\
name: zoo
groups:
  color:
    prompt: "Most of the animal is {}."
    options: [orange, black, gray, brown]
  kind:
    prompt: "It is an animal."
    options: [a furry mammal, a huge mammal with thick skin, a bird, an insect]
classes:
  fox: {color: orange, kind: a furry mammal}
  tiger: {color: orange, kind: a fury mammal}
  elephant: {color: grey, kind: a huge mammal with thick skin}
  owl: {color: brown, kind: a bird}
  penguin: {color: black, kind: a bird}
  butterfly: {color: orange, kind: an insect, legs: six}
"""


def load(text):
    """Write a system to a file and load it, or print what is wrong with it."""
    Path("zoo.yaml").write_text(text, encoding="utf-8")
    try:
        return load_system("zoo.yaml")
    except SystemFileError as error:
        print(error)
        return None


zoo = load(draft)

# %% [markdown]
# A fault is told with its line, what was written, what is allowed and how to mend it. The prompt
# has no place for its options. With that put right, the rules are read, and it tells the first of
# three faults; and a class that is given twice, of which YAML readers tend to keep the last in
# silence, is one, too:

# %%
load(draft.replace("It is an animal.", "It is {}."))
print()
load(draft.replace("penguin:", "owl:"))

# %% [markdown]
# ## 2. Mended
#
# Rules name options by their text. `fury` and `grey` were slips; `legs` was never asked about and
# goes. `names_prompt`, what the class-name baseline says, and a line of `about` are optional.

# %%
mended = """\
name: zoo
about: six animals by what can be seen of them
names_prompt: "a picture of a {}"
groups:
  color:
    prompt: "Most of the animal is {}."
    options: [orange, black, gray, brown]
  kind:
    prompt: "It is {}."
    options: [a furry mammal, a huge mammal with thick skin, a bird, an insect]
classes:
  fox: {color: orange, kind: a furry mammal}
  tiger: {color: orange, kind: a furry mammal}
  elephant: {color: gray, kind: a huge mammal with thick skin}
  owl: {color: brown, kind: a bird}
  penguin: {color: black, kind: a bird}
  butterfly: {color: orange, kind: an insect}
"""
zoo = load(mended)
print(f"{len(zoo.classes)} classes, {len(zoo.groups)} groups, Q = {zoo.n_prompts} prompts")
print("alike in every group:", zoo.tie_sets)

# %% [markdown]
# It loads, and `tie_sets` says what is still missing: fox and tiger have the same rules in every
# group, so no answer could ever tell one from the other. Both are orange furry mammals. Three more
# groups, and one that is useless on purpose:

# %%
finished = """\
name: zoo
about: six animals by what can be seen of them
names_prompt: "a picture of a {}"
groups:
  color:
    prompt: "Most of the animal is {}."
    options: [orange, black, gray, brown, white]
  kind:
    prompt: "It is {}."
    options: [a furry mammal, a huge mammal with thick skin, a bird, an insect]
  pattern:
    prompt: "It has {}."
    options: [stripes, one plain color all over, a pale belly, spots]
  limbs:
    prompt: "It has {}."
    options: [wings, flippers, paws, thick legs like pillars]
  feature:
    prompt: "Its most notable feature is {}."
    options: [a long trunk, a bushy tail, a beak, big round eyes, antennae]
  alive:
    prompt: "It is {}."
    options: [an animal, a plant]
classes:
  fox: {color: orange, kind: a furry mammal, pattern: a pale belly, limbs: paws,
        feature: a bushy tail, alive: an animal}
  tiger: {color: orange, kind: a furry mammal, pattern: stripes, limbs: paws, alive: an animal}
  elephant: {color: gray, kind: a huge mammal with thick skin, pattern: one plain color all over,
             limbs: thick legs like pillars, feature: a long trunk, alive: an animal}
  owl: {color: [brown, white], kind: a bird, limbs: wings, feature: big round eyes,
        alive: an animal}
  penguin: {color: {black: 0.7, white: 0.3}, kind: a bird, pattern: a pale belly, limbs: flippers,
            feature: a beak, alive: an animal}
  butterfly: {kind: an insect, pattern: spots, limbs: wings, feature: antennae, alive: an animal}
"""
zoo = load(finished)
print(f"{len(zoo.classes)} classes, {len(zoo.groups)} groups, Q = {zoo.n_prompts} prompts")
print("alike in every group:", zoo.tie_sets)
for name in ("fox", "owl", "penguin", "butterfly"):
    print(f"{name:10}", "color:", dict(zoo.rule(name, zoo.groups[0])))

# %% [markdown]
# All four ways to write a rule are in there: **one option** (fox), **several** (an owl is brown or
# white, evenly), **weights** (a penguin is more black than white), and **nothing**: what color a
# butterfly has nobody knows, so the answer counts neither for nor against it.
#
# ## 3. What each group is worth, before any picture
#
# The *expected information gain* of a group is how many bits its answer is expected to tell about
# the class. Six equally likely classes are log2 6 ≈ 2.58 bits; a group of K options can bring at
# most log2 K. It follows from the rules alone. Planning discounts it: twentyq plans with answers
# that are replaced by a random option half of the time, so that no single group is trusted to
# settle everything.

# %%
plan = compile_plan(zoo)
prior = torch.exp(plan.log_prior)[None]


def bits(posterior, noise):
    """Return the expected bits of every group."""
    return information_gain(build_channel(plan, noise), posterior)[0].numpy()


def bars(axes, posterior, title):
    """Draw what each group can bring, would bring, and is planned to bring."""
    rows = np.arange(len(plan.groups))
    axes.barh(rows, np.log2(plan.sizes.numpy()), color="#e4e7eb", label="at most: log2 K")
    axes.barh(rows, bits(posterior, 0.0), color="#9fc3e8", height=0.55, label="if answers are true")
    axes.barh(rows, bits(posterior, 0.5), color="#1f5fa8", height=0.25, label="as planned")
    axes.set_yticks(rows, plan.groups)
    axes.set(xlabel="bits", title=title)


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True, sharex=True)
bars(left, prior, "at the start: six classes, 2.58 bits")
left.invert_yaxis()
undecided = torch.tensor([[0.5 if c in ("fox", "tiger") else 0.0 for c in plan.classes]])
bars(right, undecided.double(), "fox or tiger? 1 bit")
figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
figure.tight_layout(rect=(0, 0.08, 1, 1))
plt.show()

# %% [markdown]
# Read it before you look for pictures:
#
# - `alive` brings nothing: all classes answer alike. `full` pays its two prompts for every
#   picture; adaptive play never asks it.
# - `feature` is worth most at the start, and less than its five options could bring: six classes do
#   not use them evenly, and the tiger has no rule for it.
# - What a group is worth depends on what is still in question. Once it is *fox or tiger*, `color`,
#   `kind` and `limbs` are worth nothing, and `pattern` all there is to know. A fixed order pays for
#   the others all the same; that is the case for adapting.
#
# ## 4. Play, and read the trace
#
# `trace="brief"` keeps the story of each picture; it is what `twentyq classify --explain` prints.

# %%
classifier = Classifier(zoo, encoder, stop="confidence:0.8", trace="brief")
results = classifier.classify(pictures)


def tell(result):
    """Tell a picture's game in a few lines."""
    print(Path(result.picture).stem)
    for number, step in enumerate(result.trace, start=1):
        answer = max(step.answer, key=step.answer.get)
        believed = ", ".join(f"{name} {share:.0%}" for name, share in step.best[:3])
        print(f"  {number}. {step.group}, {step.expected_bits:.2f} bits expected")
        print(f"     answer {answer!r} ({step.answer[answer]:.0%}); now {believed}")
        print(f"     {step.realised_bits:+.2f} bits realised")
    print(f"  {result.label}, stopped by {result.stop_reason}, {result.prompts_spent} prompts")


tell(results[2])

# %% [markdown]
# Belief after each question, for all six. A row is a class, a column a question; the frame marks
# the true class.

# %%
figure, axes = plt.subplots(2, 6, figsize=(12, 4.6), height_ratios=(1, 1.5))
for (top, bottom), path, result in zip(axes.T, pictures, results, strict=True):
    top.imshow(Image.open(path))
    top.set_axis_off()
    belief = [dict(step.best) for step in result.trace]
    shares = np.array([[b.get(name, 0.0) for b in belief] for name in plan.classes])
    bottom.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    bottom.set_xticks(range(len(belief)), result.groups_asked, rotation=60, ha="right")
    bottom.set_yticks(range(len(plan.classes)), plan.classes if bottom is axes[1, 0] else [])
    row = plan.classes.index(path.stem)
    frame = (-0.5, row - 0.5), len(belief), 1
    bottom.add_patch(plt.Rectangle(*frame, fill=False, ec="#c8372d", lw=2, clip_on=False))
    top.set_title(f"{result.label}, {result.posterior:.0%}", fontsize=10)
figure.tight_layout()
plt.show()

# %%
modes = {
    "names": Classifier(zoo, encoder, mode="names"),
    "full": Classifier(zoo, encoder, mode="full"),
    "adaptive": classifier,
}
for mode, player in modes.items():
    played = player.classify(pictures)
    named = sum(result.label == path.stem for result, path in zip(played, pictures, strict=True))
    spent = sum(result.prompts_spent for result in played) / len(played)
    print(f"{mode:9} {named} of {len(played)} named right, {spent:4.1f} prompts a picture")

# %% [markdown]
# Six pictures measure nothing; they show how it goes. (The encoder was trained without the names of
# these animals and without drawings of them.) Where a picture goes wrong, the trace shows which
# answer did it. That is the use of a system over a single similarity with a name: you can see
# *what* the encoder did not see, and decide whether to word an option differently, to soften a
# rule, or to take another encoder.
#
# Resist doing so on the same six pictures until all are right. A wording mended on pictures must be
# judged on others; that is what [the next tool](02_accuracy_vs_prompts.ipynb), a study, is for.
#
# ## 5. Dictionaries in the article's form
#
# The [article](https://jina.ai/news/scaling-test-time-compute-for-embedding-models) writes its
# systems as Python dictionaries, and a language model that is asked as it advises answers in the
# same form. `twentyq system import` reads them as literals; nothing in them is executed. Such
# answers often end in `...`, which is not a rule:

# %%
answer = """\
pokemon_system = {
    "classification_cot": {
        "dominant_color": {
            "prompt": "This Pokémon's body is mainly {} in color.",
            "options": [
                "white",  # Absol
                "gray",   # Aggron
                "green",  # Bulbasaur, Caterpie
            ],
        },
        "primary_form": {
            "prompt": "It looks like {}.",
            "options": ["a wolf", "an armored dinosaur", "a toad-like creature",
                        "a caterpillar larva"],
        },
    },
    "pokemon_rules": {
        "Absol": {"dominant_color": 0, "primary_form": 0},
        ...
    },
}
"""
try:
    import_dictionaries(answer, "answer.py", "four-pokemon")
except SystemFileError as error:
    print(error)

# %% [markdown]
# Write out what it names, by index or by text, and save the result as a system file:

# %%
rest = """\
"Aggron": {"dominant_color": 1, "primary_form": 1},
        "Bulbasaur": {"dominant_color": 2, "primary_form": 2},
        "Caterpie": {"dominant_color": "green", "primary_form": "a caterpillar larva"},"""
imported = import_dictionaries(answer.replace("...", rest), "answer.py", "four-pokemon")
print(dump_system(imported))

# %% [markdown]
# ## 6. Help from your editor
#
# `twentyq system schema` prints the JSON Schema of a system file. Saved beside your file and named
# in its first line, it makes editors that speak YAML complete keys and underline faults while you
# write:
#
# ```yaml
# # yaml-language-server: $schema=system.schema.json
# name: zoo
# ```

# %%
schema = json_schema()
for key, part in schema["properties"].items():
    needed = "required" if key in schema["required"] else "optional"
    print(f"{key:13} {needed}  {part.get('description', '')}")
Path("system.schema.json").write_text(json.dumps(schema, indent=2), encoding="utf-8")
playground.cleanup()

# %% [markdown]
# From here: `twentyq system show zoo.yaml` prints what is in a file, `twentyq classify PICTURES
# --system zoo.yaml --explain` plays it, and
# [02_accuracy_vs_prompts](02_accuracy_vs_prompts.ipynb) measures it.
