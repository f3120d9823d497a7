import torch

from twentyq.training import colours
from twentyq.training.views import SIZE, Composer, Drawings, Recipe, Scenes

STILL = Recipe(creature=1, hue=0, tint=0, outline=0, shade=0, plain=1, white=1, extra=0)


def one(*values: float) -> torch.Tensor:
    return torch.tensor(values)


def drawings(
    single_colour: bool = False, extras: dict[int, torch.Tensor] | None = None
) -> Drawings:
    """A red, a green and a blue square, opaque but for a border."""
    rgba = torch.zeros(3, 112, 112, 4, dtype=torch.uint8)
    for row, name in enumerate(("red", "green", "blue")):
        rgba[row, 8:-8, 8:-8, :3] = (
            (colours.reference()[colours.NAMES.index(name)] * 255).round().to(torch.uint8)
        )
    rgba[:, 8:-8, 8:-8, 3] = 255
    return Drawings(
        rgba,
        torch.full((3,), single_colour),
        torch.tensor([True, True, False]),
        torch.ones(3),
        one(1.0, 1.0, 0.0),
        extras or {},
    )


def scenes() -> Scenes:
    rgb = torch.full((4, SIZE, SIZE, 3), 128, dtype=torch.uint8)
    gray = torch.nn.functional.one_hot(torch.full((4,), 2), len(colours.NAMES)).float()
    return Scenes(rgb, torch.tensor([0, 1, 0, 1]), gray, 2)


def test_a_still_recipe_tells_the_truth_of_what_it_shows():
    views = Composer(drawings(), scenes(), STILL).compose(40, torch.Generator().manual_seed(1))
    assert views.pixels.shape == (40, 3, SIZE, SIZE)
    assert set(views.drawing.tolist()) == {0, 1}, "creatures alone"
    named = [colours.NAMES[i] for i in views.colour.argmax(1)]
    assert named == [("red", "green")[i] for i in views.drawing]
    assert set(views.background_colour.argmax(1).tolist()) == {0}, "white"
    assert set(views.scene.tolist()) == {0}
    assert set(views.extra.tolist()) == {-1}


def test_the_same_seed_gives_the_same_views_and_another_gives_others():
    composer = Composer(drawings(), scenes())
    first, again, other = (
        composer.compose(8, torch.Generator().manual_seed(seed)).pixels for seed in (5, 5, 6)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_colours_are_those_after_recolouring():
    recipe = Recipe(creature=1, hue=0, tint=1, outline=0, shade=0, extra=0)
    views = Composer(drawings(), scenes(), recipe).compose(60, torch.Generator().manual_seed(2))
    assert len(set(views.colour.argmax(1).tolist())) > 6


def test_a_drawing_in_one_colour_is_always_tinted():
    composer = Composer(drawings(single_colour=True), scenes(), STILL)
    views = composer.compose(60, torch.Generator().manual_seed(2))
    assert len(set(views.colour.argmax(1).tolist())) > 6


def test_extras_are_put_beside_creatures_alone_and_named():
    recipe = Recipe(creature=0.5, extra=1)
    composer = Composer(drawings(extras={4: torch.tensor([2])}), scenes(), recipe)
    views = composer.compose(60, torch.Generator().manual_seed(3))
    assert torch.equal(views.extra == 4, views.drawing != 2)
    assert (views.extra[views.drawing == 2] == -1).all()
