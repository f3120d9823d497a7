"""Fresh training pictures: a drawing, recoloured and bent, set into a scene, never twice alike."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from twentyq.training import colours
from twentyq.training.chance import Chance
from twentyq.training.image_tower import normalise
from twentyq.training.placing import Pose, paste, warp
from twentyq.training.recolour import change, degrade, outlined, slope, tint, turn_hue

SIZE = 128


@dataclass(frozen=True)
class Drawings:
    """Drawings to compose from: ``rgba`` uint8 ``(n, side, side, 4)`` and what is known of each.

    ``single_colour`` and ``creature`` are boolean ``(n,)``; ``draws`` ``(n,)`` are the weights by
    which any drawing is drawn, ``creature_draws`` those by which a creature is. ``extras`` maps a
    trait's index to the drawings that, put beside a creature, give it that trait.
    """

    rgba: Tensor
    single_colour: Tensor
    creature: Tensor
    draws: Tensor
    creature_draws: Tensor
    extras: dict[int, Tensor]


@dataclass(frozen=True)
class Scenes:
    """Painted backgrounds: ``rgb`` uint8 ``(n, SIZE, SIZE, 3)``, ``kind`` ``(n,)``, colours."""

    rgb: Tensor
    kind: Tensor
    colour: Tensor
    n_kinds: int


@dataclass(frozen=True)
class Views:
    """A batch of composed pictures and what is true of each.

    ``pixels`` ``(n, 3, SIZE, SIZE)``, normalised; ``drawing`` ``(n,)``; ``colour`` and
    ``background_colour`` ``(n, 13)`` shares; ``scene`` ``(n,)``; ``extra`` ``(n,)``, a trait's
    index or -1.
    """

    pixels: Tensor
    drawing: Tensor
    colour: Tensor
    background_colour: Tensor
    scene: Tensor
    extra: Tensor


@dataclass(frozen=True)
class Recipe:
    """How often each thing is done to a view, as probabilities."""

    creature: float = 0.7
    hue: float = 0.22
    tint: float = 0.18
    outline: float = 0.15
    shade: float = 0.25
    plain: float = 0.25
    white: float = 0.30
    extra: float = 0.12


class Composer:
    """Compose views on the device of its drawings; all chance comes from the generator given."""

    def __init__(self, drawings: Drawings, scenes: Scenes, recipe: Recipe = Recipe()) -> None:
        self.drawings = drawings
        self.scenes = scenes
        self.recipe = recipe
        self.device = drawings.rgba.device
        # Rows of the scenes sorted by kind: those of kind k start at first[k] and are count[k].
        kind = scenes.kind.to(self.device)
        self._by_kind = kind.argsort(stable=True)
        self._count = kind.bincount(minlength=scenes.n_kinds)
        self._first = self._count.cumsum(0) - self._count

    def compose(self, n: int, generator: torch.Generator) -> Views:
        """Compose ``n`` views."""
        chance = Chance(generator, self.device)
        recipe, drawings = self.recipe, self.drawings
        creature = chance.happens(recipe.creature, n)
        drawing = torch.where(
            creature,
            torch.multinomial(drawings.creature_draws, n, True, generator=generator),
            torch.multinomial(drawings.draws, n, True, generator=generator),
        )
        sprite, colour = self._sprites(drawing, chance)
        canvas, scene, background_colour = self._backgrounds(n, chance)

        size = torch.where(
            chance.happens(0.25, n), chance.between(0.35, 0.62, n), chance.between(0.58, 0.95, n)
        )
        size = torch.where(chance.happens(0.15, n), chance.between(0.92, 1.33, n), size)
        across, down = chance.between(0.3, 0.7, n), chance.between(0.36, 0.68, n)
        turn = torch.where(
            chance.happens(0.5, n), chance.between(-0.45, 0.45, n), torch.zeros_like(size)
        )
        stretch, side = chance.between(0.6, 1.1, n), chance.side(n)

        extra, beside = self._extras(drawing, chance)
        with_extra = (extra >= 0).nonzero()[:, 0]
        behind = chance.happens(0.5, n)
        share = chance.between(0.35, 0.8, n)
        extra_across = across + chance.between(-0.4, 0.4, n) * size
        extra_down = down + chance.between(-0.4, 0.1, n) * size

        def put_extras(which: Tensor) -> None:
            if len(which):
                none = torch.zeros_like(size[which])
                canvas[which] = paste(
                    canvas[which],
                    _rgba(drawings.rgba[beside[which]]),
                    Pose(
                        (size * share)[which],
                        none + 1,
                        none,
                        extra_across[which],
                        extra_down[which],
                        none + 1,
                    ),
                )

        put_extras(with_extra[behind[with_extra]])
        canvas = paste(canvas, sprite, Pose(size, stretch, turn, across, down, side))
        put_extras(with_extra[~behind[with_extra]])
        pixels = normalise(degrade(canvas, chance).clamp(0, 1))
        return Views(pixels, drawing, colour, background_colour, scene, extra)

    def _sprites(self, drawing: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
        """Recolour, outline and shade drawings; give ``(n, 4, side, side)`` and the colours."""
        recipe, n = self.recipe, len(drawing)
        rgba = _rgba(self.drawings.rgba[drawing])
        rgb, alpha = rgba[:, :3].contiguous(), rgba[:, 3:]
        hue = chance.happens(recipe.hue, n)
        single = self.drawings.single_colour[drawing]
        painted = (chance.happens(recipe.tint, n) & ~hue) | single
        change(rgb, hue, lambda part, _: turn_hue(part, chance))
        change(rgb, painted, lambda part, rows: tint(part, single[rows], chance))
        change(
            rgb, chance.happens(recipe.shade, n), lambda part, _: part * slope(part, chance, 0.35)
        )
        rgb.clamp_(0, 1)
        step = 4
        colour = colours.shares(
            rgb[:, :, ::step, ::step].flatten(2).transpose(1, 2),
            (alpha[:, 0, ::step, ::step] > 0.5).float().flatten(1),
        )
        sprite = torch.cat([rgb, alpha], 1)
        change(sprite, chance.happens(recipe.outline, n), lambda part, _: outlined(part))
        return sprite, colour

    def _backgrounds(self, n: int, chance: Chance) -> tuple[Tensor, Tensor, Tensor]:
        recipe, scenes = self.recipe, self.scenes
        kind = chance.whole(scenes.n_kinds, n)
        kind[chance.happens(recipe.plain, n)] = 0
        share = chance.between(0, 1, n)
        nth = torch.minimum((share * self._count[kind]).long(), self._count[kind] - 1)
        which = self._by_kind[self._first[kind] + nth]
        canvas = scenes.rgb[which].permute(0, 3, 1, 2).float() / 255
        colour = scenes.colour[which].clone()
        name = chance.whole(len(colours.NAMES), n)
        name[chance.happens(recipe.white, n)] = colours.NAMES.index("white")
        flat = colours.reference(self.device)[name] + chance.between(-0.055, 0.055, n, 3)
        plain = kind == 0
        canvas = torch.where(plain[:, None, None, None], flat.clamp(0, 1)[:, :, None, None], canvas)
        colour[plain] = functional.one_hot(name[plain], len(colours.NAMES)).float()
        zoom = torch.where(
            chance.happens(0.5, n), chance.between(1, 1.7, n), torch.ones_like(colour[:, 0])
        )
        room = (zoom - 1) / 2
        pose = Pose(
            zoom,
            torch.ones_like(zoom),
            torch.zeros_like(zoom),
            0.5 + room * chance.between(-1, 1, n),
            0.5 + room * chance.between(-1, 1, n),
            chance.side(n),
        )
        return warp(canvas, pose, SIZE), kind, colour

    def _extras(self, drawing: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
        """Choose for some creatures a trait's index (else -1) and the drawing that brings it."""
        n, extras = len(drawing), self.drawings.extras
        chosen = torch.full((n,), -1, device=self.device)
        beside = torch.zeros(n, dtype=torch.long, device=self.device)
        if not extras:
            return chosen, beside
        traits = torch.tensor(list(extras), device=self.device)
        kind = chance.whole(len(traits), n)
        for i, which in enumerate(extras.values()):
            beside = torch.where(kind == i, which[chance.whole(len(which), n)], beside)
        wanted = chance.happens(self.recipe.extra, n) & self.drawings.creature[drawing]
        return torch.where(wanted, traits[kind], chosen), beside


def _rgba(stored: Tensor) -> Tensor:
    return stored.permute(0, 3, 1, 2).float() / 255
