-- What is written into a job is short; whatever is longer is refused before anything is made of it, in a message that is short as well.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();
CALL office();
-- Reading so much would take many minutes.
SET LOCAL statement_timeout = '20s';

SELECT lives_ok(format($$INSERT INTO sync.job (jobname, schedule) VALUES ('list', '%s * * * *')$$, (SELECT string_agg(m::text, ',') FROM generate_series(0, 59) AS m)),
    'all minutes of an hour, one by one, are a schedule');
SELECT throws_like($$SELECT sync.schedule('long', '0' || repeat(',0', 2000000) || ' * * * *')$$, 'schedule: "0,0,0,%…" has 4000009 characters; allowed: 200',
    'a schedule of millions of characters is refused at once');
SELECT throws_like($$SELECT sync.next_run('0' || repeat(',0', 2000000) || ' * * * *')$$, 'schedule: "0,0,0,%…" has 4000009 characters; allowed: 200', '… also when it is only tried out');
SELECT throws_like($$SELECT sync.schedule(repeat('x', 101), '@daily')$$, 'jobname: "xxx%…" has 101 characters; allowed: 100', 'a name of more than 100 characters is refused');
SELECT lives_ok($$SELECT sync.schedule(repeat('x', 100), '@daily')$$, '… one of 100 is a name');
SELECT throws_like($$UPDATE sync.job SET jobname = repeat('x', 5000000) WHERE jobname = 'list'$$, 'jobname: "xxx%…" has 5000000 characters; allowed: 100', '… also when it is changed');
SELECT throws_like($$SELECT sync.schedule('zone', '@daily', time_zone => repeat('x', 5000000))$$, 'time_zone: "xxx%" is unknown%', 'a time zone of millions of characters is unknown');

SELECT * FROM finish();
ROLLBACK;
