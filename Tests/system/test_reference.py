"""What the handbook says of the catalog is what the catalog says."""

import os
from difflib import unified_diff

from servers import PROJECT, run_psql


def test_the_reference_is_up_to_date():
    done = run_psql("-d", os.environ["SYSTEM_TEMPLATE"], "-f", "ops/reference.sql")
    assert done.returncode == 0, done.stderr
    written = (PROJECT / "ops/handbook/reference.md").read_text()
    assert written.splitlines() == done.stdout.splitlines(), "run ops/reference:\n" + "\n".join(
        unified_diff(written.splitlines(), done.stdout.splitlines(), "ops/handbook/reference.md", "the catalog", lineterm="", n=0))
