"""The game with noise-free answers in plain Python, and every strategy that there is for it.

Written from its description alone, to hold `twentyq.review` against: no sets as bits, no arrays,
and no position is ever recognised as one that was seen before.
"""

from itertools import product

import numpy as np
from hypothesis import strategies as st

from tests.engine.worlds import rng_system


class Game:
    """What a picture may be, by what was answered so far."""

    def __init__(self, system, possible=None, asked=()):
        self.system = system
        total = sum(system.prior.get(name, 1.0) for name in system.classes)
        start = {name: system.prior.get(name, 1.0) / total for name in system.classes}
        self.possible = start if possible is None else possible  # class: its chance
        self.asked = asked

    @property
    def open_groups(self):
        """Groups that may be asked; none where play has ended."""
        if len({self.system.label_of(name) for name in self.possible}) == 1:
            return []
        first, *others = self.possible
        return [
            group
            for group in self.system.groups
            if group.name not in self.asked
            and any(
                self.system.rule(first, group).get(option, 0)
                != self.system.rule(other, group).get(option, 0)
                for other in others
                for option in group.options
            )
        ]

    def after(self, group):
        """Return the game after each answer that may be heard."""
        games = []
        for option in group.options:
            left = {
                name: chance * self.system.rule(name, group)[option]
                for name, chance in self.possible.items()
                if option in self.system.rule(name, group)
            }
            if left:
                games.append(Game(self.system, left, (*self.asked, group.name)))
        return games

    @property
    def end(self):
        """Return its chance, and the questions and prompts that were spent."""
        sizes = {group.name: len(group.options) for group in self.system.groups}
        return (
            sum(self.possible.values()),
            len(self.asked),
            sum(sizes[name] for name in self.asked),
        )


def every_strategy(game):
    """Yield every strategy as the ends of its games."""
    if not game.open_groups:
        yield [game.end]
    for group in game.open_groups:
        for chosen in product(*map(list, map(every_strategy, game.after(group)))):
            yield [end for ends in chosen for end in ends]


def follow(game, choose):
    """Return the ends of the games of one strategy."""
    if not game.open_groups:
        return [game.end]
    return [end for left in game.after(choose(game)) for end in follow(left, choose)]


def spent(ends):
    """Return mean questions and prompts, and the most of each."""
    chance, questions, prompts = zip(*ends, strict=True)
    return (
        sum(c * q for c, q in zip(chance, questions, strict=True)),
        sum(c * p for c, p in zip(chance, prompts, strict=True)),
        max(questions),
        max(prompts),
    )


def systems(most_groups, **traits):
    """Draw systems of all kinds: tie sets, labels, a prior, soft and unknown rules."""
    return st.builds(
        lambda seed, n_groups: rng_system(
            np.random.default_rng(seed),
            n_groups=n_groups,
            labels=seed % 2 == 0,
            prior=True,
            **traits,
        ),
        st.integers(0, 2**32 - 1),
        st.integers(1, most_groups),
    )
