import math

import numpy as np
import pytest
import torch
from PIL import Image

from tests.encoder.tiny_models import save_clip
from tests.engine.worlds import article_label
from twentyq.calibration import Setting, dump_calibration, fingerprint
from twentyq.classifier import Classifier
from twentyq.encoder import PromptStore, load_encoder
from twentyq.engine.calibration import Calibration, Moments, ReportedProbability
from twentyq.engine.threads import threads
from twentyq.errors import EncoderError, PictureError, UsageError
from twentyq.result import Failure, Result
from twentyq.system import load_system
from twentyq.system.model import AttributeGroup, System


class CountingEncoder:
    """A real encoder that also counts the texts that reach it, and the threads it has for them."""

    def __init__(self, encoder):
        self._encoder = encoder
        self.texts = []
        self.threads = set()

    def __getattr__(self, name):
        return getattr(self._encoder, name)

    def embed_texts(self, texts):
        self.texts += texts
        self.threads.add(torch.get_num_threads())
        return self._encoder.embed_texts(texts)


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return load_encoder(str(folder), device="cpu")


@pytest.fixture
def encoder(clip):
    return CountingEncoder(clip)


@pytest.fixture(scope="session")
def pictures():
    """Plain and noisy pictures, drawn from a seed."""
    rng = np.random.default_rng(0)
    return [
        Image.fromarray(rng.integers(0, 256, size=(40, 30, 3), dtype=np.uint8)) for _ in range(5)
    ] + [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue", "white")]


@pytest.fixture(scope="session")
def system():
    groups = (
        AttributeGroup("colour", "It is {}.", ("red", "green", "blue", "white")),
        AttributeGroup("texture", "It looks {}.", ("noisy", "plain")),
        AttributeGroup("shape", "It is a {}.", ("circle", "square", "line")),
        AttributeGroup("idle", "It is {} here.", ("always", "never")),
    )
    rules = {
        f"{colour} {texture}": {
            "colour": {colour: 1.0},
            "texture": {texture: 1.0},
            "shape": {("circle", "square", "line")[(i + j) % 3]: 1.0},
            "idle": {"always": 1.0},
        }
        for i, colour in enumerate(("red", "green", "blue", "white"))
        for j, texture in enumerate(("noisy", "plain"))
    }
    return System("things", groups, tuple(rules), rules)


# Which prompts are embedded


def test_only_the_prompts_of_groups_that_somebody_asked_are_embedded(system, encoder, pictures):
    results = Classifier(system, encoder, stop="questions:1").classify(pictures)
    asked = {group for result in results for group in result.groups_asked}
    expected = [p for group in system.groups if group.name in asked for p in group.prompts]
    assert sorted(encoder.texts) == sorted(expected)
    assert len(asked) < 4
    assert sum(result.prompts_embedded for result in results) == len(expected)


def test_prompts_spent_and_prompts_embedded_are_counted_apart(system, encoder, pictures):
    results = Classifier(system, encoder, mode="full").classify(pictures)
    assert [result.prompts_spent for result in results] == [11] * 9
    assert [result.prompts_embedded for result in results] == [11] + [0] * 8
    assert len(encoder.texts) == 11


def test_prompts_stay_embedded_for_later_pictures_and_batches(system, encoder, pictures):
    classifier = Classifier(system, encoder, mode="full", batch_size=2)
    classifier.classify(pictures)
    classifier.classify(pictures)
    assert len(encoder.texts) == 11


@pytest.mark.parametrize("mode", ["full", "adaptive"])
def test_the_text_encoder_has_all_threads_where_play_has_one(
    system, encoder, pictures, mode, monkeypatch
):
    classifier = Classifier(system, encoder, mode=mode)
    (batch,) = classifier.embed(pictures)
    products = set()
    monkeypatch.setattr(
        "twentyq.classifier.require_one_width",
        lambda *_, **__: products.add(torch.get_num_threads()),
    )
    with threads(3):
        classifier.classify_embedded(batch)
    assert (encoder.threads, products) == ({3}, {1})


def test_with_a_store_a_second_classifier_embeds_nothing(system, encoder, pictures):
    first = Classifier(system, encoder, store=PromptStore()).classify(pictures)
    assert encoder.texts
    encoder.texts.clear()
    second = Classifier(system, encoder, store=PromptStore()).classify(pictures)
    assert encoder.texts == []
    assert [r.label for r in first] == [r.label for r in second]
    assert sum(r.prompts_embedded for r in second) == 0
    assert [r.prompts_spent for r in first] == [r.prompts_spent for r in second]


def test_a_group_that_tells_nothing_is_asked_by_full_alone(system, encoder, pictures):
    adaptive = Classifier(system, encoder, stop="none").classify(pictures)
    assert all("idle" not in result.groups_asked for result in adaptive)
    full = Classifier(system, encoder, mode="full").classify(pictures)
    assert all(result.groups_asked == ("colour", "texture", "shape", "idle") for result in full)
    assert [r.label for r in adaptive] == [r.label for r in full]


def test_options_that_no_class_uses_are_neither_embedded_nor_counted(system, encoder, pictures):
    classifier = Classifier(system, encoder, mode="full", skip_unused=True)
    assert {r.prompts_spent for r in classifier.classify(pictures)} == {10}
    assert classifier.full_prompts == 10
    assert "It is never here." not in encoder.texts


# Modes


@pytest.mark.parametrize("scale", ["encoder", "article"])
def test_full_is_the_articles_method_on_the_encoders_cosines(system, encoder, pictures, scale):
    results = Classifier(system, encoder, mode="full", scale=scale).classify(pictures)
    images = encoder.embed_images(pictures).double()
    prompts = encoder.embed_texts([p for g in system.groups for p in g.prompts]).double()
    factor = encoder.scale if scale == "encoder" else 1.0
    for result, row in zip(results, images @ prompts.T, strict=True):
        label, margin = article_label(system, row, factor)
        assert margin > 1e-6
        assert result.label == label


def test_names_takes_the_most_similar_name_of_the_chosen_classes(system, encoder, pictures):
    chosen = list(system.classes[1:4])
    classifier = Classifier(system, encoder, mode="names", classes=chosen)
    results = classifier.classify(pictures)
    images = encoder.embed_images(pictures)
    names = encoder.embed_texts(chosen)
    assert [r.label for r in results] == [chosen[i] for i in (images @ names.T).argmax(1)]
    assert {r.prompts_spent for r in results} == {3}
    # What is saved is counted against full, which asks the groups and not the names.
    assert classifier.full_prompts == 11


def test_a_batch_equals_its_pictures_one_by_one(system, encoder, pictures):
    together = Classifier(system, encoder).classify(pictures)
    alone = Classifier(system, encoder, batch_size=1).classify(pictures)
    for one, other in zip(together, alone, strict=True):
        assert one.label == other.label
        assert one.groups_asked == other.groups_asked
        assert one.posterior == pytest.approx(other.posterior, abs=1e-5)


def test_random_order_does_not_depend_on_the_batch(system, encoder, pictures):
    runs = [
        Classifier(system, encoder, policy="random:3", stop="none", batch_size=n).classify(pictures)
        for n in (1, 4, 64)
    ]
    orders = [[r.groups_asked for r in run] for run in runs]
    assert orders[0] == orders[1] == orders[2]
    assert len(set(orders[0])) > 1


# Pictures


def test_one_bad_picture_does_not_stop_the_others(system, encoder, pictures, tmp_path):
    (tmp_path / "bad.png").write_text("no picture")
    pictures[5].save(tmp_path / "good.png")
    paths = [tmp_path / "good.png", tmp_path / "bad.png", tmp_path / "none.png", pictures[6]]
    said = list(Classifier(system, encoder, batch_size=2).classify_each(paths))
    assert [type(item) for item in said] == [Result, Failure, Failure, Result]
    assert said[1].picture == str(tmp_path / "bad.png")
    assert said[3].picture == "picture 3"
    assert "not a picture" in str(said[1].error)
    with pytest.raises(PictureError, match=r"bad\.png: not a picture"):
        Classifier(system, encoder).classify(paths)


def test_a_picture_without_a_usable_vector_fails_alone(system, clip, pictures):
    class BlindToRed(CountingEncoder):
        def embed_images(self, images):
            vectors = self._encoder.embed_images(images)
            vectors[[im.getpixel((0, 0)) == (255, 0, 0) for im in images]] = math.nan
            return vectors

    said = list(Classifier(system, BlindToRed(clip)).classify_each(pictures[5:]))
    assert [type(item) for item in said] == [Failure, Result, Result, Result]
    assert "the encoder gives no usable vector for this picture" in str(said[0].error)
    assert said[0].picture == "picture 0"


def test_pictures_may_be_encoded_bytes(system, encoder, pictures, tmp_path):
    pictures[5].save(tmp_path / "a.png")
    from_bytes, from_file = Classifier(system, encoder).classify(
        [(tmp_path / "a.png").read_bytes(), tmp_path / "a.png"]
    )
    assert from_bytes.picture == "picture 0"
    assert from_bytes.ranking == from_file.ranking


def test_no_pictures_give_no_results(system, encoder):
    assert Classifier(system, encoder).classify([]) == []
    assert encoder.texts == []


def test_crop_comes_from_the_system_unless_it_is_overridden(system, encoder):
    card = Image.new("RGB", (63, 88), "white")
    card.paste("red", (6, 10, 57, 42))
    groups, rules = system.groups, system.rules
    cut = System("cards", groups, system.classes, rules, crop="card-art")
    art = Image.new("RGB", (50, 30), "red")
    whole = Classifier(cut, encoder, crop=None)
    assert not torch.allclose(one_vector(whole, card), one_vector(whole, art), atol=1e-3)
    assert torch.allclose(
        one_vector(Classifier(cut, encoder), card), one_vector(whole, art), atol=1e-3
    )


def one_vector(classifier, image):
    (batch,) = classifier.embed([image])
    return batch.vectors[0]


# Embeddings


def test_embeddings_give_what_pictures_give(system, encoder, pictures):
    vectors = encoder.embed_images(pictures)
    from_pictures = Classifier(system, encoder).classify(pictures)
    for factor in (3, 1e-30):
        scaled = Classifier(system, encoder).classify_embeddings(vectors.numpy() * factor)
        assert [r.label for r in scaled] == [r.label for r in from_pictures]
        for one, other in zip(scaled, from_pictures, strict=True):
            assert one.posterior == pytest.approx(other.posterior, abs=1e-4)
    assert scaled[2].picture == "row 2"


@pytest.mark.parametrize("bad", [0.0, math.nan, math.inf])
def test_an_embedding_without_direction_is_named(system, encoder, bad):
    vectors = torch.rand(3, 8)
    vectors[1] = bad
    with pytest.raises(PictureError, match="row 1: the embedding has no direction"):
        Classifier(system, encoder).classify_embeddings(vectors)


def test_embeddings_of_another_shape_are_refused(system, encoder):
    with pytest.raises(UsageError, match="one row per picture"):
        Classifier(system, encoder).classify_embeddings(np.zeros(4))
    with pytest.raises(UsageError, match="one row per picture"):
        Classifier(system, encoder).classify_embeddings(np.zeros((4, 0)))
    with pytest.raises(UsageError, match="there is one name for each row of the embeddings"):
        Classifier(system, encoder).classify_embeddings(np.ones((2, 5)), names=["one"])
    with pytest.raises(EncoderError, match="do not fit together"):
        Classifier(system, encoder).classify_embeddings(np.ones((2, 5)))


# Settings


def test_reject_withholds_labels_below_the_posterior(system, encoder, pictures):
    all_kept = Classifier(system, encoder, mode="full").classify(pictures)
    middle = sorted(r.posterior for r in all_kept)[4]
    some = Classifier(system, encoder, mode="full", reject=middle).classify(pictures)
    assert [r.label is not None for r in some] == [r.posterior >= middle for r in all_kept]
    assert [r.ranking for r in some] == [r.ranking for r in all_kept]


def test_a_prior_is_mentioned_once_and_moves_the_posterior_alone(system, encoder, pictures):
    biased = System(
        "biased", system.groups, system.classes, system.rules, prior={system.classes[3]: 50.0}
    )
    by_score = Classifier(biased, encoder, stop="none")
    assert "has a prior; the decision by score ignores it" in by_score.notices()[0]
    assert [r.label for r in by_score.classify(pictures)] == [
        r.label for r in Classifier(system, encoder, stop="none").classify(pictures)
    ]
    by_posterior = Classifier(biased, encoder, decide="posterior")
    assert by_posterior.notices() == []
    assert Classifier(system, encoder).notices() == []


def test_prompts_that_the_encoder_cuts_are_mentioned(system, encoder):
    long = AttributeGroup("long", "very " * 100 + "{}", ("x", "y"))
    names = ("a", "b")
    rules = {"a": {"long": {"x": 1.0}}, "b": {"long": {"y": 1.0}}}
    (notice,) = Classifier(System("s", (long,), names, rules), encoder).notices()
    assert notice.startswith(f"2 of 2 prompts are longer than the {encoder.context_length} tokens")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "fast"}, "mode: no such mode"),
        (
            {"mode": "full", "policy": "gain"},
            "policy: this steers adaptive play, and full asks in a fixed way",
        ),
        (
            {"mode": "names", "stop": "certain"},
            "stop: this steers adaptive play, and names asks in a fixed way",
        ),
        ({"scale": "own"}, "scale: no such scale"),
        ({"reject": 1.5}, "reject: the value is out of range"),
        ({"reject": math.nan}, "reject: the value is out of range"),
        ({"batch_size": 0}, "batch-size: the value is out of range"),
        ({"decide": "vote"}, "decide: no such decision"),
        ({"trace": "long"}, "trace: no such trace"),
        ({"ranking": 0}, "ranking: the value is out of range"),
    ],
)
def test_settings_that_cannot_be_obeyed_are_refused(system, encoder, settings, message):
    with pytest.raises(UsageError) as caught:
        Classifier(system, encoder, **settings)
    assert str(caught.value).startswith(message)


# Results


def test_results_of_the_articles_system_name_the_tie_set(encoder, pictures):
    pokemon = load_system("pokemon")
    results = Classifier(pokemon, encoder, mode="full").classify(pictures)
    tied = {"Bulbasaur", "Venusaur", "Celebi&Venu"}
    for result in Classifier(pokemon, encoder, classes=sorted(tied)).classify(pictures):
        assert result.label == "Bulbasaur"
        assert set(result.tied_with) == tied - {"Bulbasaur"}
        assert result.posterior == pytest.approx(1.0)
        assert result.stop_reason == "nothing-left"
    assert all(r.prompts_spent == 51 and len(r.ranking) == 16 for r in results)


def test_top_is_like_a_zero_shot_pipelines_output(system, encoder, pictures):
    (result,) = Classifier(system, encoder, ranking=3).classify(pictures[:1])
    top = result.top(2)
    assert [set(item) for item in top] == [{"label", "score"}] * 2
    assert top[0]["label"] == result.label
    assert top[0]["score"] >= top[1]["score"]
    with pytest.raises(UsageError, match="the ranking does not reach so far"):
        result.top(4)


def test_labels_that_classes_share_are_ranked_once(system, encoder, pictures):
    merged = System(
        "merged",
        system.groups,
        system.classes,
        system.rules,
        labels={name: name.split()[0] for name in system.classes},
    )
    for decide in ("score", "posterior"):
        results = Classifier(merged, encoder, stop="none", decide=decide).classify(pictures)
        for result in results:
            labels = [item.label for item in result.ranking]
            assert sorted(labels) == ["blue", "green", "red", "white"]
            assert labels[0] == result.label
            assert sum(item.posterior for item in result.ranking) == pytest.approx(1.0)


def test_a_trace_tells_the_game_in_words(system, encoder, pictures):
    (result,) = Classifier(system, encoder, stop="none", trace="brief").classify(pictures[:1])
    assert tuple(step.group for step in result.trace) == result.groups_asked
    for step, group in zip(result.trace, result.groups_asked, strict=True):
        options = next(g.options for g in system.groups if g.name == group)
        assert tuple(step.answer) == options
        assert sum(step.answer.values()) == pytest.approx(1.0)
        assert step.rivals[0].group == group
        assert step.rivals[0].expected_bits == pytest.approx(step.expected_bits)
    assert len(result.trace[0].rivals) == 3
    assert len(result.trace[-1].rivals) == 1
    assert result.trace[-1].label == result.label
    entry = result.to_dict()
    assert [step["group"] for step in entry["trace"]] == list(result.groups_asked)
    (plain,) = Classifier(system, encoder, stop="none").classify(pictures[:1])
    assert plain.trace is None
    assert "trace" not in plain.to_dict()


def test_a_full_trace_holds_every_class(system, encoder, pictures):
    (result,) = Classifier(system, encoder, trace="full").classify(pictures[:1])
    assert all(len(step.best) == 8 for step in result.trace)


# Calibration


def test_a_calibration_reaches_the_result_in_adaptive_and_full(system, encoder, pictures):
    calibration = Calibration(scale=50.0, probability=ReportedProbability(0.5, 0.0))
    for settings in ({"stop": "none"}, {"mode": "full"}):
        classifier = Classifier(system, encoder, calibration=calibration, **settings)
        for result in classifier.classify(pictures):
            assert 0 < result.probability < 1
            assert result.probability != result.posterior
            assert result.to_dict()["probability"] == result.probability
    plain = Classifier(system, encoder, stop="none").classify(pictures[:1])
    assert plain[0].probability is None


def test_ranking_follows_the_calibrated_probability_that_decides(system, encoder, pictures):
    calibration = Calibration(probability=ReportedProbability(2.0, 0.0))
    decided = Classifier(system, encoder, decide="calibrated", calibration=calibration)
    for result in decided.classify(pictures):
        assert result.ranking[0].label == result.label
        assert result.ranking[0].score == pytest.approx(result.probability, abs=1e-9)


def test_a_calibrations_file_holds_for_its_own_setting(system, encoder, pictures, tmp_path):
    plain = Classifier(system, encoder)
    n_prompts, widest = plain.plan.n_prompts, int(plain.plan.sizes.max())
    moments = Moments(
        torch.zeros(n_prompts, dtype=torch.float64),
        torch.zeros(n_prompts, widest, dtype=torch.float64),
        ((0.9, -1e9),),
    )
    made = Calibration(probability=ReportedProbability(0.5, 0.0), moments=moments)
    setting = Setting(
        encoder.identity, fingerprint(plain.plan), "encoder", False, None, "gini", "score"
    )
    path = tmp_path / "things.json"
    text = dump_calibration(made, plain.plan, setting, system_name="things", encoder_name="tiny")
    path.write_text(text, encoding="utf-8")
    for settings in ({}, {"mode": "full"}, {"stop": "agrees:0.9", "policy": "gini"}):
        for result in Classifier(system, encoder, calibration=path, **settings).classify(pictures):
            assert result.probability is not None
    stopped = {"stop": "agrees:0.9", "policy": "gini", "calibration": str(path)}
    assert Classifier(system, encoder, **stopped).classify(pictures)[0].stop_reason == "agrees:0.9"
    for settings, field in (
        ({"stop": "agrees:0.9"}, "policy"),
        ({"scale": "article"}, "scale"),
        ({"classes": system.classes[:4]}, "system"),
    ):
        with pytest.raises(UsageError, match=f"the calibration was made for another {field}"):
            Classifier(system, encoder, calibration=path, **settings)


def test_names_takes_no_calibration(system, encoder):
    with pytest.raises(UsageError) as caught:
        Classifier(system, encoder, mode="names", calibration=Calibration(scale=2.0))
    assert str(caught.value) == (
        "calibration: a calibration speaks of the system's groups, which names does not ask\n"
        "  got: a calibration with mode names\n"
        "  to mend: leave calibration out, or use mode adaptive or full"
    )
