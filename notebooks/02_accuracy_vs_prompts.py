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
# # Accuracy against prompts
#
# How many prompts must be asked, and does it pay to choose them picture by picture? `twentyq study`
# answers with a report; this notebook takes the same steps in Python: embed everything **once**,
# walk each policy to its end, and read every stop rule and threshold off the walks.
#
# **The pictures.** Set `TWENTYQ_STUDY_PICTURES` to a folder per class, a CSV of path and label or a
# file of embeddings, and `TWENTYQ_STUDY_SYSTEM` to a system, and the cells run on them. Without
# these, they run on **badges of clubs that do not exist**, drawn on the spot by
# [badges.py](badges.py): real pictures for a real encoder, free of any licence, though easy ones.
# Their names are made up, so that nothing but looking can help. The last section goes further,
# with **simulated answers** whose quality we set ourselves.

# %%
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import torch

import badges
from twentyq import load_encoder, load_system
from twentyq.encoder import open_picture
from twentyq.engine import Game, compile_plan, full_game, parse_policy
from twentyq.engine.gain import build_channel
from twentyq.study.analysis import Settings
from twentyq.study.curves import curve, sweep
from twentyq.study.group_answers import group_answers, read_answers
from twentyq.study.labelled import read_labelled
from twentyq.study.modes import mode_figures, play_ways
from twentyq.study.paths import walk
from twentyq.study.run import Study, run_study
from twentyq.study.similarities import observe
from twentyq.study.splits import halve, held_out, swap
from twentyq.study.ways import Studied, reference_ways

plt.rcParams.update({"figure.dpi": 80, "axes.spines.top": False, "axes.spines.right": False})

work = TemporaryDirectory()
source = os.environ.get("TWENTYQ_STUDY_PICTURES")
if source is None:
    system = badges.make_system()
    source = str(Path(work.name, "badges"))
    badges.draw_badges(Path(source), system, each=3)
    print(
        "Drawn badges. Set TWENTYQ_STUDY_PICTURES and TWENTYQ_STUDY_SYSTEM for pictures of yours."
    )
else:
    system = load_system(os.environ["TWENTYQ_STUDY_SYSTEM"])
encoder = load_encoder("builtin", device="cpu")
print("encoder", encoder.name, encoder.identity[:18])

# %% [markdown]
# ## 1. One pass
#
# `read_labelled` says what it leaves out and why; `observe` embeds pictures and prompts, and keeps
# the similarities in a folder, so that an interrupted pass can be resumed. All that follows is
# replayed on these similarities; no picture is embedded again.

# %%
plan = compile_plan(system)
labelled = read_labelled(source, plan.labels)
folder = Path(work.name, "study")
seen = observe(labelled, system, plan, encoder, folder, crop=system.crop)
truth = seen.truth.numpy()
chance = 1 / len(plan.labels)
print(f"system {system.name}: {len(plan.labels)} labels, {len(plan.groups)} groups, "
      f"Q = {plan.n_prompts} prompts; chance {chance:.1%}")  # fmt: skip
print(f"{len(seen.names)} of {seen.given} pictures are studied")
for problem in seen.problems:
    print(f"  {problem.kind}: {problem.count}")

# %%
figure, axes = plt.subplots(2, 8, figsize=(10, 3))
rows = np.linspace(0, len(labelled.names) - 1, axes.size).astype(int)
for place, row in zip(axes.flat, rows, strict=True):
    place.set_axis_off()
    if labelled.pictures is not None:
        place.imshow(open_picture(labelled.pictures[row]).resize((96, 96)))
        place.set_title(labelled.labels[row], fontsize=9)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## 2. What full knows, and what the names know
#
# `full` asks everything; it is the reference. `names` compares with the class names. The intervals
# are Wilson's, 95 %; the difference from full is paired, picture by picture, with a bootstrap.

# %%
studied = Studied(system, plan, encoder.name, encoder.identity, encoder.scale, seen)
references = play_ways(reference_ways(studied))
full = references[0]
for played in references:
    mode = mode_figures(played, full, full, truth, plan.n_prompts)
    right, less = mode.accuracy, mode.difference
    against = "" if less is None else f"   {less.value:+.1%} ({less.low:+.1%} to {less.high:+.1%})"
    print(f"{mode.name:28} {right.share:6.1%} ({right.low:.1%} to {right.high:.1%}){against}")

# %% [markdown]
# What it can tell depends on what it sees. Per group, how often the answer is the true option:

# %%
answers = read_answers(full.way.game.reading, seen.groups)
nothing = np.full((len(truth), 1), -1)
for group in group_answers(plan, answers, truth, nothing, np.zeros(nothing.shape)):
    if group.accuracy is not None:
        guess = 1 / len(group.options)
        print(f"{group.name:14} {group.accuracy.share:6.1%}   chance {guess:.1%}")

# %% [markdown]
# ## 3. The curves
#
# `walk` plays a policy to its very end and keeps how things stood after each question. What a
# picture is asked does not depend on when it would stop, so a single walk serves every stop rule
# and every threshold: `sweep` cuts it at each, `curve` puts intervals on what comes out.
#
# Two adaptive policies are held against two that do not look at the answers: `static`, one order
# for all pictures, by what groups are worth at the start, and `random` order, drawn for each
# picture, here three times.

# %%
POLICIES = {
    "gain": "#1f5fa8",
    "gini-per-prompt": "#1b8a6b",
    "static": "#c8812d",
    "random": "#8a93a0",
}
SEEDS = range(3)


def walks(plan, scale, cosines, policies=tuple(POLICIES), seeds=SEEDS):
    """Walk policies to their end; random order several times."""
    return {
        policy: [
            walk(Game(plan, scale, policy=parse_policy(text)), cosines)
            for text in ([f"random:{s}" for s in seeds] if policy == "random" else [policy])
        ]
        for policy in policies
    }


def draw(axes, plan, paths, stop, truth, full):
    """Draw policies' curves under a stop rule, from chance at no prompts; return them."""
    curves = {}
    for policy in paths:
        color = POLICIES[policy]
        swept = sweep(paths[policy], stop, truth, full)
        found = curve(policy, stop, swept, plan.n_prompts, 1 / len(plan.labels))
        prompts = [0.0, *(point.prompts for point in found.points)]
        shares = np.array(
            [[1 / len(plan.labels)] * 3]
            + [[p.accuracy.low, p.accuracy.share, p.accuracy.high] for p in found.points]
        )
        axes.plot(prompts, shares[:, 1], color=color, lw=1.8, label=policy)
        if policy in ("gain", "static"):
            axes.fill_between(prompts, shares[:, 0], shares[:, 2], color=color, alpha=0.12, lw=0)
        curves[policy] = found
    axes.axhline(float(np.mean(full == truth)), color="#30363d", lw=1, ls=(0, (6, 3)), label="full")
    axes.set(xlim=(0, plan.n_prompts), ylim=(0, 1), xlabel="prompts a picture")
    axes.yaxis.set_major_formatter("{x:.0%}")
    return curves


paths = walks(plan, studied.scale, seen.groups)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
for place, stop in zip(axes, ("questions", "confidence"), strict=True):
    curves = draw(place, plan, paths, stop, truth, full.stopped.label)
    place.set_title(f"stop by {stop}")
    for policy, found in curves.items():
        area = found.area
        print(f"{stop:11} {policy:16} area {area.value:.3f} ({area.low:.3f} to {area.high:.3f})")
axes[0].set_ylabel("accuracy")
figure.legend(
    *place.get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False
)
figure.tight_layout(rect=(0, 0.07, 1, 1))
plt.show()

# %% [markdown]
# Left, everybody is asked the same number of questions; right, each picture until its posterior
# passes a threshold. The bands are 95 % intervals (of `gain` and `static`), and the *area* is the
# mean accuracy over 0 to Q prompts. A curve may rise above full: where the last groups are those
# that the encoder answers worst, asking them too costs prompts *and* pictures.
#
# Curves tempt to read a saving off the best-looking threshold. An honest figure fits the threshold
# on one half of the pictures and reads it on the other:

# %%
second = halve(truth)
folds = {
    (p, "confidence"): swap(paths[p][0], second) for p in ("gain", "gini-per-prompt", "static")
}
used = compile_plan(system, skip_unused=True).n_prompts
fitted, savings = held_out(folds, (0.9, 0.95), full.stopped.label, plan.n_prompts, used)
for it in fitted:
    cost = it.prompts
    print(f"{it.policy:16} to agree on {it.target:.0%}: agrees on {it.agreement.share:.1%} "
          f"at {cost.value:.1f} prompts ({cost.low:.1f} to {cost.high:.1f})")  # fmt: skip
print()
for it in savings:
    below = it.below_static
    print(f"{it.policy:16} {it.stop}: {below.value:+.1%} below static "
          f"({below.low:+.1%} to {below.high:+.1%})")  # fmt: skip

# %% [markdown]
# Where an interval holds 0, no difference was shown. Five groups leave little to choose from, and a
# policy that divides by the prompts of a group may well begin with the cheap and the weak ones.
#
# ## 4. When does adapting pay? Simulated answers
#
# How much there is to gain depends on how good the answers are. Nothing below has seen a picture:
# for each of the 84 classes of the `animals` system, answers are **drawn from its own rules**, by
# the channel with noise η that planning uses too: with probability 1 − η the true option, otherwise
# any. A drawn answer is then heard at 95 % for the option it names.

# %%
animals = compile_plan(load_system("animals"))
EACH, HEARD = 3, 0.95


def simulated(plan, noise, seed=0):
    """Draw answers of `EACH` pictures of every class; return cosines for scale 1, and truths."""
    generator = torch.Generator().manual_seed(seed)
    channel = build_channel(plan, noise).probability.repeat(EACH, 1)
    cosines = torch.zeros_like(channel)
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        drawn = torch.multinomial(channel[:, columns], 1, generator=generator)
        heard = torch.log(torch.tensor(HEARD / (1 - HEARD) * (size - 1)))
        cosines[:, columns] = torch.zeros_like(cosines[:, columns]).scatter(1, drawn, heard.item())
    return cosines, plan.label_of.repeat(EACH).numpy()


figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True)
for place, noise in zip(axes, (0.1, 0.3, 0.5), strict=True):
    cosines, labels = simulated(animals, noise)
    reference = walk(full_game(animals, 1.0), cosines).label[:, -1]
    played = walks(animals, 1.0, cosines, ("gain", "static", "random"), seeds=(0,))
    areas = draw(place, animals, played, "confidence", labels, reference)
    place.set_title(f"η = {noise}, {np.mean(reference == labels):.0%} with full")
    said = ", ".join(f"{policy} {found.area.value:.3f}" for policy, found in areas.items())
    print(f"η = {noise}: area {said}")
axes[0].set_ylabel("accuracy")
figure.legend(
    *place.get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False
)
figure.tight_layout(rect=(0, 0.07, 1, 1))
plt.show()

# %% [markdown]
# The better the answers, the more adapting pays: the next question can rest on what was heard. Near
# the quality of today's answers about real pictures the curves draw together, and it takes many
# pictures to tell them apart. A static order can be worse than a random one: it spends the first
# prompts of every picture on the same few groups, which suit some of the 84 classes and not others.
#
# ## 5. All of it in one call
#
# `run_study` takes the same steps, with more modes, costs, calibration of the posterior, rejection
# and controls, and writes the report. It goes on in the folder of the first section, so nothing is
# embedded anew. `docs/study.md` says what is in it.

# %%
few = Settings(policies=("gain", "static"), stops=("confidence:0.9",), controls=False)
subject = Study(system, plan, encoder, labelled, system.crop)
summary = run_study(subject, few, folder, command="twentyq study", resume=True)
for mode in summary.modes:
    print(f"{mode.name:28} {mode.accuracy.share:6.1%}   {mode.cost.mean:5.1f} prompts")
print("written:", ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file())))
work.cleanup()
