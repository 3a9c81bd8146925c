"""Schedule rows and the listeners that let them tick."""

import os
import threading
import time
from contextlib import ExitStack

import psycopg
import pytest
from hub import Hub

REQUESTS_OF = "SELECT count(*) FROM sync.request WHERE jobid = %s"


def session(hub: Hub) -> psycopg.Connection:
    return psycopg.connect(dbname=hub.database, autocommit=True)


def test_a_new_job_ticks_at_once_and_keeps_its_beat(hub):
    with hub.listen():
        job = hub.value("SELECT sync.schedule('often', '2 seconds', phase => 1)")
        first = hub.value("SELECT next_run_at FROM sync.job WHERE jobid = %s", job)
        hub.wait_for("SELECT count(*) >= 4 FROM sync.request WHERE jobid = %s", job, seconds=20, what=hub.all_logs)
        late = [float(s) for (s,) in hub.rows(
            "SELECT extract(epoch FROM requested_at - (%s + (row_number() OVER (ORDER BY request_id) - 1) * interval '2 seconds')) FROM sync.request WHERE jobid = %s",
            first, job)]
        assert all(0 <= s < 1 for s in late[:4]), late
        assert hub.value("SELECT ticks_skipped FROM sync.job WHERE jobid = %s", job) == 0
        hub.wait_for("SELECT bool_or(status = 'done') FROM sync.request WHERE jobid = %s", job)


def test_a_changed_job_counts_at_once_and_a_paused_one_rests(hub):
    with hub.listen():
        job = hub.value("SELECT sync.schedule('seldom', '0 0 1 1 *')")
        time.sleep(0.3)
        hub.rows("UPDATE sync.job SET schedule = '1 second' WHERE jobid = %s", job)
        hub.wait_for("SELECT count(*) > 0 FROM sync.request WHERE jobid = %s", job, seconds=4, what=hub.all_logs)
        hub.rows("UPDATE sync.job SET active = false WHERE jobid = %s", job)
        resting = hub.value(REQUESTS_OF, job)
        time.sleep(2.5)
        assert hub.value(REQUESTS_OF, job) == resting
        hub.rows("UPDATE sync.job SET active = true WHERE jobid = %s", job)
        hub.wait_for("SELECT count(*) > %s FROM sync.request WHERE jobid = %s", resting, job, seconds=4)
        hub.rows("SELECT sync.unschedule('seldom')")
        gone = hub.value("SELECT count(*) FROM sync.request")
        time.sleep(2.5)
        assert hub.value("SELECT count(*) FROM sync.request") == gone


def test_three_listeners_let_each_tick_fire_once(hub):
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(hub.listen(CALENDAR_SYNC_WORKERS="1"))
        job = hub.value("SELECT sync.schedule('often', '1 second', phase => 1)")
        hub.wait_for("SELECT count(*) >= 8 FROM sync.request WHERE jobid = %s", job, seconds=30, what=hub.all_logs)
        made, skipped, beats = hub.rows(
            """UPDATE sync.job SET active = false WHERE jobid = %s
               RETURNING (SELECT count(*) FROM sync.request AS q WHERE q.jobid = sync.job.jobid), ticks_skipped,
                   (SELECT extract(epoch FROM j.next_run_at - j.created_at) FROM sync.job AS j WHERE j.jobid = sync.job.jobid)""", job)[0]
        # As many as seconds went by since it was made, no more and no less.
        assert made + skipped == round(beats) - 1, (made, skipped, beats)


def test_ticks_missed_while_nobody_listens_are_made_up_for_once(hub):
    job = hub.value("SELECT sync.schedule('often', '1 second', phase => 1)")
    time.sleep(4.5)
    with hub.listen():
        hub.wait_for("SELECT count(*) > 0 FROM sync.request WHERE jobid = %s", job, what=hub.all_logs)
        hub.rows("UPDATE sync.job SET active = false WHERE jobid = %s", job)
    requests, skipped = hub.rows("SELECT (SELECT count(*) FROM sync.request WHERE jobid = j.jobid), ticks_skipped FROM sync.job AS j WHERE jobid = %s", job)[0]
    assert skipped >= 3 and requests <= 3
    assert hub.value("SELECT ticks_skipped FROM sync.request WHERE jobid = %s ORDER BY request_id LIMIT 1", job) >= 3


def test_three_sessions_at_once_take_each_tick_once(hub):
    """As listeners would, in one instant, over and over: the due rows of all jobs, without one being taken twice."""
    hub.rows("INSERT INTO sync.job (jobname, schedule, phase, dry_run) SELECT 'job ' || n, '@yearly', 1 + n % 4, n > 4 FROM generate_series(1, 8) AS n")
    rounds = 25
    barrier = threading.Barrier(3)
    errors: list[Exception] = []

    def listener(leads: bool) -> None:
        try:
            with session(hub) as connection:
                for _ in range(rounds):
                    if barrier.wait(30) == 0:
                        connection.execute("UPDATE sync.job SET next_run_at = now() - interval '1 second'")
                    barrier.wait(30)
                    connection.execute("SELECT engine.run_due_jobs()")
        except Exception as error:  # noqa: BLE001
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=listener, args=(n == 0,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not errors, errors
    assert hub.rows("SELECT jobid, count(*) FROM sync.request GROUP BY jobid HAVING count(*) <> %s", rounds) == []
    assert hub.value("SELECT count(DISTINCT jobid) FROM sync.request") == 8


def test_a_minute_schedule_ticks_at_the_full_minute(hub):
    with hub.listen():
        job = hub.value("SELECT sync.schedule('minutely', '* * * * *', phase => 1)")
        hub.wait_for("SELECT count(*) > 0 FROM sync.request WHERE jobid = %s", job, seconds=65, what=hub.all_logs)
        assert hub.value("SELECT extract(second FROM requested_at) < 1 FROM sync.request WHERE jobid = %s", job)


@pytest.mark.parametrize("before", ["nobody has", "a listener has"])
def test_an_open_transaction_that_asks_for_the_same_holds_up_nobody(hub, before):
    with hub.listen(), session(hub) as other:
        if before == "a listener has":
            assert hub.request("SELECT sync.request_sync()")[0] == "done"
        first = hub.value("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id")
        with other.transaction():
            late = other.execute("INSERT INTO sync.request DEFAULT VALUES RETURNING request_id").fetchone()[0]
            assert hub.wait_end(first, seconds=10)[0] == "done"
        # Asked for before the first was claimed or after: it sees an end of its own, or the same.
        assert hub.wait_end(late, seconds=10)[0] == "done"


def test_an_equal_request_in_an_open_transaction_blocks_neither_claim_nor_end(hub):
    hub.sync()
    first = hub.value("SELECT sync.request_sync(phase => 1)")
    with session(hub) as other, other.transaction():
        late = other.execute("SELECT sync.request_sync(phase => 1)").fetchone()[0]
        with hub.listen() as listener:
            assert hub.wait_end(first, seconds=10)[0] == "done"
            assert listener.terminate() == 0
    # Its work had been read before this one was there to be seen: it waits for work of its own.
    assert hub.rows("SELECT status, merged_into FROM sync.request WHERE request_id = %s", late) == [("waiting", None)]
    with hub.listen():
        assert hub.wait_end(late, seconds=10)[0] == "done"
    assert hub.value("SELECT count(*) > 0 FROM sync.run WHERE request_id = %s", late)


def test_cancelling_one_of_two_merged_before_its_runs_are_made_leaves_the_other(hub):
    hub.sync()
    first = hub.value("SELECT sync.request_sync(phase => 1)")
    second = hub.value("SELECT sync.request_sync(phase => 1)")
    assert hub.value("SELECT request_id FROM engine.claim_run('slow one')") == first
    assert hub.value("SELECT sync.cancel_request(%s)", first) == "cancelled"
    assert hub.value("SELECT engine.open_request(%s, 'slow one')", first) == 0
    with hub.listen():
        assert hub.wait_end(second)[0] == "done"
    assert hub.value("SELECT status FROM sync.request WHERE request_id = %s", first) == "cancelled"


def test_an_operator_may_schedule_and_the_listener_may_not(hub):
    hub.rows("SET SESSION AUTHORIZATION calendar_sync_operator")
    hub.rows("SELECT sync.schedule('nightly', '15 3 * * *', recheck => true)")
    hub.rows("INSERT INTO sync.job (jobname, schedule) VALUES ('workday', '*/10 7-19 * * mon-fri')")
    hub.rows("UPDATE sync.job SET active = false")
    hub.rows("SELECT sync.unschedule('nightly')")
    hub.rows("RESET SESSION AUTHORIZATION")
    with psycopg.connect(dbname=hub.database, user="calendar_sync_user", password=os.environ["SYSTEM_PASSWORD"], autocommit=True) as listener:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            listener.execute("SELECT sync.schedule('x', '@daily')")
