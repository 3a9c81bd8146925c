-- What a schedule may say, and what is said about one that makes no sense.
BEGIN;
\ir ../support/office.psql
SELECT no_plan();

CREATE FUNCTION short(numbers integer[]) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN cardinality(numbers) IN (60, 24, 31, 12, 7) THEN 'all' ELSE array_to_string(numbers, ',') END
$$;
CREATE FUNCTION reads(schedule text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN p.every_seconds IS NOT NULL THEN p.every_seconds || ' s'
        ELSE concat_ws(' ', short(p.minutes), short(p.hours), short(p.days) || CASE WHEN p.last_day THEN '$' ELSE '' END, short(p.months), short(p.weekdays),
            CASE WHEN p.either_day THEN 'either' END, CASE WHEN p.follows_clock THEN 'clock' END) END
    FROM engine.parse_schedule(schedule) AS p
$$;

SELECT is(reads(schedule), wanted, format('"%s" is understood', schedule))
FROM (VALUES
    ('* * * * *', 'all all all all all clock'),
    ('*/10 7-19 * * mon-fri', '0,10,20,30,40,50 7,8,9,10,11,12,13,14,15,16,17,18,19 all all 1,2,3,4,5 clock'),
    ('15 3 * * *', '15 3 all all all'),
    ('0 */6 * * *', '0 0,6,12,18 all all all clock'),
    ('05,50,20-25/2,5 0 * * *', '5,20,22,24,50 0 all all all'),
    ('0 0 1 JAN,Jul *', '0 0 1 1,7 all'),
    ('0 0 * * 7', '0 0 all all 0'),
    ('0 0 * * 5-7', '0 0 all all 0,5,6'),
    ('0 0 * * Fri-Sun', '0 0 all all 0,5,6'),
    ('0 0 * * sun-tue', '0 0 all all 0,1,2'),
    ('0 0 * * mon-sun', '0 0 all all all'),
    ('0 0 1,15 * mon', '0 0 1,15 all 1 either'),
    ('0 0 */2 * mon', '0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 all 1'),
    ('0 0 1 * */2', '0 0 1 all 0,2,4,6'),
    ('0 0 $ * *', '0 0 $ all all'),
    ('0 0 15,$ * *', '0 0 15$ all all'),
    ('0 0 $ * fri', '0 0 $ all 5 either'),
    (E'  0\t0   1 1  * ', '0 0 1 1 all'),
    ('0 0 28,30 2 *', '0 0 28,30 2 all'),
    ('0 0 29 2 *', '0 0 29 2 all'),
    ('0 0 31 2 mon', '0 0 31 2 1 either'),
    ('@hourly', '0 all all all all clock'), ('@daily', '0 0 all all all'), ('@midnight', '0 0 all all all'), ('@weekly', '0 0 all all 0'),
    ('@monthly', '0 0 1 all all'), ('@yearly', '0 0 1 1 all'), ('@annually', '0 0 1 1 all'), ('@Daily', '0 0 all all all'),
    ('1 second', '1 s'), ('30 seconds', '30 s'), (' 59 Seconds ', '59 s')
) AS s (schedule, wanted);

CREATE FUNCTION says(schedule text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM engine.parse_schedule(schedule);
    RETURN 'accepted';
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN SQLERRM;
END
$$;
SELECT alike(says(schedule), 'schedule: ' || wanted, format('"%s" is refused, and why', left(schedule, 30)))
FROM (VALUES
    ('', '"" is empty; expected five fields (minute, hour, day of month, month, day of week)%'),
    (E' \t ', '%is empty; expected five fields%'),
    ('nightly', '"nightly" is one word; expected five fields%'),
    ('* * * *', '"* * * *" has 4 fields; expected five fields%'),
    ('* * * * * *', '"* * * * * *" has 6 fields; expected five fields%'),
    ('0 0 * * * 2027 x', '%has 7 fields%'),
    ('5-1 * * * *', 'minute, "5-1": the range runs backwards; write it as two: 5-59,0-1'),
    ('0 22-6 * * *', 'hour, "22-6": the range runs backwards; write it as two: 22-23,0-6'),
    ('0 0 * * fri-mon', 'day of week, "fri-mon": the range runs backwards%'),
    ('*/90 * * * *', 'minute, "*/90": step 90 is out of range; allowed: 1-59'),
    ('*/0 * * * *', 'minute, "*/0": step 0 is out of range; allowed: 1-59'),
    ('0 */24 * * *', 'hour, "*/24": step 24 is out of range; allowed: 1-23'),
    ('*/x * * * *', 'minute, "*/x": step x is out of range%'),
    ('*/ * * * *', 'minute, "*/": expected *, a number, a range%'),
    ('5/15 * * * *', 'minute, "5/15": a step needs * or a range before it, such as 5-59/15'),
    ('60 * * * *', 'minute, "60": 60 is out of range; allowed: 0-59'),
    ('0 24 * * *', 'hour, "24": 24 is out of range; allowed: 0-23'),
    ('0 0 0 * *', 'day of month, "0": 0 is out of range; allowed: 1-31'),
    ('0 0 32 * *', 'day of month, "32": 32 is out of range; allowed: 1-31'),
    ('0 0 * 13 *', 'month, "13": 13 is out of range; allowed: 1-12 or jan-dec'),
    ('0 0 * 0 *', 'month, "0": 0 is out of range%'),
    ('0 0 * * 8', 'day of week, "8": 8 is out of range; allowed: 0-7 (0 and 7 are Sunday) or mon-sun'),
    ('0-60 * * * *', 'minute, "0-60": 60 is out of range%'),
    ('99999999999999999999 * * * *', 'minute, "99999999999999999999"%allowed: 0-59'),
    ('-1 * * * *', 'minute, "-1": expected *, a number%'),
    ('1.5 * * * *', 'minute, "1.5": expected *, a number%'),
    ('*-5 * * * *', 'minute, "*-5": expected *, a number%'),
    ('1-2-3 * * * *', 'minute, "1-2-3": expected *, a number%'),
    ('1,,2 * * * *', 'minute, "1,,2": an element of the list is empty'),
    ('1, * * * *', 'minute, "1,": an element of the list is empty'),
    ('0 0 * maerz *', 'month, "maerz": "maerz" is unknown; allowed: 1-12 or jan-dec'),
    ('0 0 * * montag', 'day of week, "montag": "montag" is unknown; allowed: 0-7%'),
    ('0 mon * * *', 'hour, "mon": "mon" is unknown; allowed: 0-23'),
    ('0 0 ? * *', 'day of month, "?": expected *%'),
    ('0 0 L * *', 'day of month, "l": "l" is unknown%'),
    ('0 0 $-3 * *', 'day of month, "$-3": expected *%'),
    ('$ 0 * * *', 'minute, "$": expected *%'),
    ('0 0 31 2 *', 'day of month "31" never comes in month "2": the job would never run'),
    ('0 0 30,31 feb *', 'day of month "30,31" never comes in month "feb"%'),
    ('0 0 31 4,6,sep,11 *', 'day of month "31" never comes in month "4,6,sep,11"%'),
    ('0 0 30 2 */2', 'day of month "30" never comes in month "2"%'),
    ('@reboot', '"@reboot" is not a known abbreviation; expected%'),
    ('@fortnightly', '"@fortnightly" is not a known abbreviation; expected%'),
    ('0 seconds', '"0 seconds" is out of range; allowed: 1-59 seconds'), ('60 seconds', '"60 seconds" is out of range; allowed: 1-59 seconds'),
    ('1.5 seconds', '%has 2 fields; expected%'), ('10 minutes', '%has 2 fields; expected%')
) AS s (schedule, wanted);
SELECT throws_ok('SELECT engine.parse_schedule(NULL)', '22023', NULL, 'no schedule at all is refused');
SELECT is(length(says(repeat('1,', 5000))) < 400, true, 'a long one leaves a short message');

SELECT * FROM finish();
ROLLBACK;
