"""Somebody's psql with an open transaction: what it must not stop."""

import time
from datetime import date

import psycopg
import pytest
from agree import assert_agree
from appointments import termin


@pytest.fixture
def psql(hub):
    with psycopg.connect(dbname=hub.database) as connection:
        yield connection
        connection.rollback()


def test_a_setting_that_somebody_is_changing_stops_nobody(office, hub, kuerzel, psql):
    hub.sync()
    token = "SELECT sync_token FROM sync.reading WHERE side = 'google' AND employee_kuerzel = %s"
    assert hub.value(token, kuerzel)
    psql.execute("UPDATE sync.setting SET brake_count = brake_count + 1")
    office.add_termin(**termin(kuerzel, "Währenddessen"))
    began = time.monotonic()
    hub.sync()
    assert time.monotonic() - began < 5
    assert office.event_of(kuerzel, "Währenddessen")
    # It might have been the window.
    assert hub.value(token, kuerzel) is None
    psql.commit()
    hub.sync()
    assert hub.value(token, kuerzel)
    assert_agree(office)


def test_who_reads_the_audit_does_not_keep_a_new_month_from_being_made(hub, psql):
    psql.execute("SELECT count(*) FROM sync.calendar_sync_audit, sync.policy_audit")
    hub.rows("SET lock_timeout = '2s'")
    hub.rows("SELECT engine.ensure_audit_month(%s)", date(2044, 5, 1))
    # Nor does one that is being made keep anybody from reading.
    with psycopg.connect(dbname=hub.database) as maker:
        maker.execute("SELECT engine.ensure_audit_month(%s)", (date(2044, 6, 1),))
        hub.rows("SELECT count(*) FROM sync.calendar_sync_audit")
        hub.rows("UPDATE sync.employee SET paused = paused")
        maker.commit()
    made = hub.rows("""SELECT c.relname, col_description(c.oid, 1) IS NOT NULL, (SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgenabled = 'A')
        FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid WHERE c.relname LIKE '%2044\\_0%' AND c.relkind = 'r' ORDER BY 1""")
    assert [row[1:] for row in made] == [(True, 3)] * 4


def test_a_policy_that_somebody_is_changing_delays_only_the_schedule_that_would_change_it(hub, kuerzel, psql):
    hub.rows("INSERT INTO sync.employee (kuerzel) VALUES (%s) ON CONFLICT DO NOTHING", kuerzel)
    hub.rows("SELECT sync.schedule('anonymised', '@hourly', employee => %s, full_content => false), sync.schedule('plain', '@hourly')", kuerzel)
    hub.rows("UPDATE sync.job SET next_run_at = now() - interval '1 minute'")
    psql.execute("UPDATE sync.employee SET advoware_writes = 'none' WHERE kuerzel = %s", [kuerzel])
    hub.rows("SET lock_timeout = '500ms'")
    hub.rows("SELECT engine.run_due_jobs()")
    due = "SELECT jobname, next_run_at < now(), last_request_id IS NOT NULL, last_error FROM sync.job ORDER BY jobid"
    assert hub.rows(due) == [("anonymised", True, False, None), ("plain", False, True, None)]
    psql.commit()
    hub.rows("SELECT engine.run_due_jobs()")
    assert hub.rows(due) == [("anonymised", False, True, None), ("plain", False, True, None)]
    assert hub.value("SELECT anonymize FROM sync.employee WHERE kuerzel = %s", kuerzel)
