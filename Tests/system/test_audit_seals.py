"""Seals of the audit with several sessions at once, and kept outside the database. No office is needed."""

import os
import secrets
import subprocess
import threading

import psycopg
import pytest
from hub import PROJECT, psql

# The audit takes rows from triggers only: this one says how many days ago.
LATE = """
    CREATE TABLE public.late (days integer);
    CREATE FUNCTION public.late() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO sync.calendar_sync_audit (sync_id, action, "timestamp", actor, transaction_id)
        VALUES (gen_random_uuid(), 'UPDATE', (current_date - NEW.days)::timestamp AT TIME ZONE 'UTC' + interval '1 hour', 'x', 1);
        RETURN NULL;
    END $$;
    CREATE TRIGGER late BEFORE INSERT ON public.late FOR EACH ROW EXECUTE FUNCTION public.late();
"""
ROW = "INSERT INTO public.late VALUES ({days})"


@pytest.fixture
def connect():
    """Opens sessions of a superuser in a hub of the test's own."""
    database = f"system_{secrets.token_hex(6)}"
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {database} OWNER calendar_sync_owner TEMPLATE {os.environ['SYSTEM_TEMPLATE']}")
    psql(database, "-f", "sql/database.sql")
    sessions = []

    def session(**options) -> psycopg.Connection:
        sessions.append(psycopg.connect(dbname=database, options="-c timezone=UTC", **options))
        return sessions[-1]

    session.database = database
    with session(autocommit=True) as start:
        start.execute(LATE)
        for days in (2, 3, 4, 5):
            start.execute("SELECT engine.ensure_audit_month(current_date - %s::int)", (days,))
        start.execute(ROW.format(days=5))
    yield session
    for opened in sessions:
        opened.close()
    with psycopg.connect(dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE {database} WITH (FORCE)")


def value(session: psycopg.Connection, query: str):
    return session.execute(query).fetchone()[0]


def test_a_day_is_not_sealed_while_a_transaction_that_wrote_into_it_is_open(connect):
    late, sealer = connect(), connect(autocommit=True)
    late.execute(ROW.format(days=3))
    assert value(sealer, "SELECT sync.seal_audit()") == 2
    assert value(sealer, "SELECT current_date - max(day) FROM sync.audit_seal") == 4
    late.commit()
    assert value(sealer, "SELECT sync.seal_audit()") >= 2
    assert value(sealer, "SELECT rows FROM sync.audit_seal WHERE day = current_date - 3") == 1
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="is sealed"):
        late.execute(ROW.format(days=3))
    assert sealer.execute("SELECT * FROM sync.verify_audit()").fetchall() == []


def test_a_row_behind_an_old_snapshot_is_refused(connect):
    old, sealer = connect(), connect(autocommit=True)
    old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    old.execute("SELECT 1 FROM sync.audit_seal")
    assert value(sealer, "SELECT sync.seal_audit(3)") == 3
    with pytest.raises(psycopg.errors.SerializationFailure):
        old.execute(ROW.format(days=4))
    assert sealer.execute("SELECT * FROM sync.verify_audit()").fetchall() == []


def test_todays_writers_go_on_while_an_older_day_is_being_sealed(connect):
    sealer, writer = connect(), connect(autocommit=True)
    assert value(sealer, "SELECT sync.seal_audit()") >= 4
    writer.execute("SET lock_timeout = '2s'")
    writer.execute("UPDATE sync.setting SET brake_count = 11")
    sealer.commit()
    assert writer.execute("SELECT * FROM sync.verify_audit()").fetchall() == []


def test_who_may_only_read_reports_can_hold_no_lock_that_the_audit_waits_for(connect):
    reader, writer = connect(), connect(autocommit=True)
    reader.execute("SET SESSION AUTHORIZATION calendar_sync_bi")
    reader.commit()
    for what in ("engine.audit_gate IN ACCESS SHARE MODE", "sync.audit_seal IN SHARE MODE", "sync.calendar_sync_audit IN SHARE MODE", "sync.policy_audit IN SHARE MODE"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"LOCK TABLE {what}")
        reader.rollback()
    for rows in ("engine.audit_gate", "sync.audit_seal"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"SELECT 1 FROM {rows} FOR SHARE")
        reader.rollback()
    # Locks that everybody may take, with every key that the audit ever used.
    reader.execute("""SELECT pg_advisory_lock(hashtextextended(key, 0)) FROM (
        SELECT 'calendar_sync audit ' || current_date + d FROM generate_series(-6, 1) AS d
        UNION ALL VALUES ('calendar_sync audit seals'), ('sync.calendar_sync_audit'), ('sync.policy_audit')) AS k (key)""")
    writer.execute("SET lock_timeout = '2s'")
    writer.execute("UPDATE sync.setting SET brake_count = 11")
    writer.execute("SELECT engine.ensure_audit_month('2041-01-01')")
    assert value(writer, "SELECT sync.seal_audit()") >= 4


def test_sealing_needs_to_see_what_is_there_now(connect):
    session = connect()
    session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with pytest.raises(psycopg.errors.ActiveSqlTransaction, match="read committed"):
        session.execute("SELECT sync.seal_audit()")


def test_of_two_that_seal_at_once_each_day_is_sealed_once(connect):
    sessions = [connect(autocommit=True) for _ in range(3)]
    made = []
    threads = [threading.Thread(target=lambda s=s: made.append(value(s, "SELECT sync.seal_audit()"))) for s in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(made)[:2] == [0, 0] and made.count(0) == 2
    assert value(sessions[0], "SELECT count(*) FROM sync.audit_seal") == max(made)


def seals(connect, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["ops/audit_seals", *arguments], cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env={**os.environ, "PGDATABASE": connect.database})


def test_seals_kept_outside_show_what_was_rewritten(connect, tmp_path):
    session = connect(autocommit=True)
    session.execute("SELECT sync.seal_audit(3)")
    kept = tmp_path / "seals.csv"
    kept.write_text(seals(connect, "export").stdout)
    assert len(kept.read_text().splitlines()) == 4
    session.execute("SELECT sync.seal_audit()")
    good = seals(connect, "verify", str(kept))
    assert good.returncode == 0 and "3 seals of the file" in good.stdout, good

    # A superuser writes history anew, seals and all: the hub itself cannot know.
    session.execute("ALTER TABLE sync.audit_seal DISABLE TRIGGER USER")
    session.execute("DELETE FROM sync.audit_seal WHERE day >= current_date - 4")
    session.execute(ROW.format(days=4))
    session.execute("SELECT sync.seal_audit()")
    assert session.execute("SELECT * FROM sync.verify_audit()").fetchall() == []
    bad = seals(connect, "verify", str(kept))
    assert bad.returncode == 1 and bad.stdout.startswith(str(value(session, "SELECT current_date - 4"))), bad


def test_a_hub_whose_rows_do_not_add_up_is_told_by_the_script(connect, tmp_path):
    session = connect(autocommit=True)
    session.execute("SELECT sync.seal_audit()")
    kept = tmp_path / "seals.csv"
    kept.write_text(seals(connect, "export").stdout)
    session.execute("ALTER TABLE sync.calendar_sync_audit DISABLE TRIGGER USER")
    session.execute("UPDATE sync.calendar_sync_audit SET actor = 'nobody'")
    bad = seals(connect, "verify", str(kept))
    assert (bad.returncode, bad.stdout) == (1, f"{value(session, 'SELECT current_date - 5')}: rows were changed\n")


def test_the_script_says_what_it_cannot_do(connect, tmp_path):
    assert seals(connect).returncode == 2
    assert seals(connect, "verify", str(tmp_path / "none")).returncode == 2
    strange = tmp_path / "strange"
    strange.write_text("2026-01-01,three\n")
    assert seals(connect, "verify", str(strange)).returncode == 2
    away = subprocess.run(["ops/audit_seals", "export"], cwd=PROJECT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, env={**os.environ, "PGDATABASE": "no_such_database"})
    assert away.returncode == 3 and "does not exist" in away.stderr
