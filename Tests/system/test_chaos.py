"""A short run of ops/chaos with fixed seeds."""

import os

import pytest
from chaos import chaos


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_little_chaos_leaves_everything_in_order(tmp_path, monkeypatch, seed):
    for name in ("PGHOST", "PGPORT"):
        # The run has a server of its own; what it sets is taken back.
        monkeypatch.setenv(name, os.environ[name])
    run = chaos(seed, tmp_path / "chaos", steps=80, employees=4)
    print(run.table())
    assert not run.problems, "\n".join(run.problems)
    assert run.count["kill"]
