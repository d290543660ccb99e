"""The table of costs adds up what the stored runs took."""

import json

from figures.lab import costs


def store(folder, study, seconds):
    about = {"measure": "m", "version": "1.1", "configuration": {}, "metrics": {}}
    lines = [{**about, "seed": seed, "cpu_seconds": each} for seed, each in enumerate(seconds)]
    (folder / f"{study}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_study_takes_its_share_of_the_workers_or_its_longest_run(tmp_path):
    store(tmp_path, "gru", [60.0, 60.0, 120.0, None])
    store(tmp_path, "coverage", [600.0])
    store(tmp_path, "frameworks", [None])
    lines = costs.table(tmp_path).splitlines()
    assert lines[2:] == [
        "| coverage | 1 | 10.0 | 10.0 | 10.0 |",
        "| gru | 3 | 4.0 | 2.0 | 2.0 |",
        "| all | 4 | 14 | 12 | 12 |",
    ]


def test_a_unit_of_a_benchmark_counts_once_for_all_of_its_contenders(tmp_path):
    rows = [
        {"measure": "benchmark.step", "seconds": seconds, "configuration": {"contender": name, "size": size}}
        for name in ("numpy", "jax")
        for size, seconds in (("S", 60.0), ("M", 120.0))
    ]
    lines = [json.dumps({"version": "1.1", "seed": 0, "metrics": {}, **row}) + "\n" for row in rows]
    (tmp_path / "frameworks.jsonl").write_text("".join(lines))
    store(tmp_path, "gru", [60.0])
    assert costs.table(tmp_path).endswith("\n\nOn a computer of their own: frameworks 3 minutes.")
