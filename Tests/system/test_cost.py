"""What one appointment costs does not depend on how many there are. Counted, in hubs that were never analysed; `ops/bench hub` does the same up to a million links."""

import psycopg
import pytest
from cluster import Cluster
from cost import bars_between, bars_of_hub, fill, measure, table

SIZES = (1_000, 10_000)


@pytest.fixture(scope="module")
def server():
    """Nobody else's: the write-ahead log is counted, and no table may be analysed behind the test's back."""
    cluster = Cluster()
    try:
        with cluster.connect() as connection:
            connection.execute("ALTER SYSTEM SET autovacuum = off")
            connection.execute("SELECT pg_reload_conf()")
        yield cluster
    finally:
        cluster.remove()


def figures_of(server: Cluster, size: int):
    database = f"cost_{size}"
    server.install_hub(database)
    where = {"host": "127.0.0.1", "port": server.port}
    with psycopg.connect(dbname=database, autocommit=True, **where) as hub:
        fill(hub, size, each=size)
    return measure(database, size, each=size, analysed=False, **where)


def test_the_cost_of_an_appointment_does_not_grow_with_the_office(server):
    small, large = (figures_of(server, size) for size in SIZES)
    bars = [*bars_of_hub(small), *bars_of_hub(large), *bars_between(small, large)]
    assert not [bar for bar in bars if bar.missed], "\n" + table(bars)
