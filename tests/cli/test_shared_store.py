"""Eight command lines on one empty store, one of them killed."""

import json
import os
import subprocess
import sys
import time

import pytest


@pytest.mark.slow
def test_eight_processes_on_an_empty_store_end_with_equal_results(things, clip_folder, tmp_path):
    cache = tmp_path / "cache"
    environment = {
        **os.environ,
        "TWENTYQ_ENCODER": str(clip_folder),
        "TWENTYQ_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    command = [
        sys.executable, "-m", "twentyq", "classify", "pictures", "--system", "pokemon",
        "--mode", "full", "--format", "json",
    ]  # fmt: skip
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(8)
    ]
    # The first to touch the store is the moment to kill one that is about to.
    while not cache.exists() and any(process.poll() is None for process in processes):
        time.sleep(0.01)
    processes[0].kill()
    outputs = [process.communicate(timeout=300) for process in processes]
    told = []
    for process, (out, err) in zip(processes[1:], outputs[1:], strict=True):
        assert process.returncode == 0, err.decode()
        results = json.loads(out)["results"]
        told.append([(r["picture"], r["label"], r["posterior"], r["ranking"]) for r in results])
    assert processes[0].returncode in (-9, 0)
    assert all(other == told[0] for other in told)

    again = subprocess.run(command, env=environment, capture_output=True, check=True)
    document = json.loads(again.stdout)
    assert document["summary"]["prompts_embedded"] == 0
    assert [
        (r["picture"], r["label"], r["posterior"], r["ranking"]) for r in document["results"]
    ] == told[0]
