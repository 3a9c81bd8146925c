"""What is written down is so: the tour in README.md."""

import re
import subprocess

from agree import assert_agree
from hub import PROJECT

TOUR = re.compile(r"## A first tour in psql\n(.*?)\n## ", re.DOTALL)


def test_every_line_of_the_tour_works_in_psql(office, hub):
    section = TOUR.search((PROJECT / "README.md").read_text()).group(1)
    lines = [line for block in re.findall(r"```sql\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 15 and all(line.endswith(";") for line in lines)
    hub.sync()
    with hub.listen():
        for line in lines:
            done = subprocess.run(["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", hub.database, "-c", line],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            assert "(0 rows)" not in done.stdout, f"{line} shows nothing"
        hub.wait_for("SELECT count(*) = 0 FROM sync.request WHERE status IN ('waiting', 'running', 'merged')")
    assert hub.value("SELECT count(*) FROM sync.request WHERE status NOT IN ('done', 'merged')") == 0
    assert_agree(office)
