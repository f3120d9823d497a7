import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    """Arrays of a few numbers gain nothing from threads, and lose much where cores are shared."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
