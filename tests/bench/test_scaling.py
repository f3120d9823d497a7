from twentyq.bench.drawn import Size
from twentyq.bench.scaling import OPTIONS, measure_scaling, sizes
from twentyq.bench.scaling_plot import draw_scaling


def test_sizes_rise_to_the_most_of_both_axes():
    entries = [size.classes * size.prompts for size in sizes(10_000)]
    assert entries == sorted(entries)
    assert (entries[0], entries[-1]) == (10_000, 100_000_000)
    assert all(size.options == OPTIONS for size in sizes(10_000))
    assert [size.prompts for size in sizes(100)] == [100]


def test_a_size_is_measured_and_drawn():
    held = b"x" * 700_000_000  # by this process, which is none of the other's
    (step,) = measure_scaling([Size(20, 3, 10, 4)], rounds=1)
    assert step.entries == 600
    assert step.question.smallest > 0
    assert step.per_entry == 1e6 * step.question.median / 600
    assert 2**20 < step.peak_memory < len(held)
    assert draw_scaling([step], "svg").lstrip().startswith(b"<?xml")
    assert draw_scaling([step], "png").startswith(b"\x89PNG")
