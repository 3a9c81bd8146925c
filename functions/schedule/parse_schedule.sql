CREATE OR REPLACE FUNCTION engine.cron_bounds(
    field text, OUT lowest integer, OUT highest integer, OUT names text[], OUT allowed text)
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT b.lowest, b.highest, b.names::text[], b.lowest || '-' || b.highest || b.words
    FROM (VALUES
        ('minute', 0, 59, NULL, ''),
        ('hour', 0, 23, NULL, ''),
        ('day of month', 1, 31, NULL, ''),
        ('month', 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}', ' or jan-dec'),
        ('day of week', 0, 7, '{sun,mon,tue,wed,thu,fri,sat}', ' (0 and 7 are Sunday) or mon-sun')
    ) AS b (field, lowest, highest, names, words)
    WHERE b.field = cron_bounds.field
$$;
COMMENT ON FUNCTION engine.cron_bounds(text) IS
'Which numbers and names a field of a cron expression may hold, and how that is said to people.';

-- Long because one element of a field can be wrong in nine ways, and each is told apart.
CREATE OR REPLACE FUNCTION engine.cron_field(field text, value text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    b record := engine.cron_bounds(field);
    -- The last day of the week is 6 where 7 would name Sunday once more.
    last_one integer := CASE field WHEN 'day of week' THEN 6 ELSE b.highest END;
    part text;
    pieces text[];
    bounds integer[];
    problem text;
    numbers integer[] := '{}';
BEGIN
    FOREACH part IN ARRAY string_to_array(lower(value), ',') LOOP
        -- What stands there: first, last, step --------------------------------------
        pieces := regexp_match(part, '^(\*|[[:alnum:]]+)(?:-([[:alnum:]]+))?(?:/([[:alnum:]]+))?$');
        SELECT array_agg(
            CASE WHEN p.text ~ '^[0-9]{1,9}$' THEN p.text::integer
                ELSE array_position(b.names, p.text) - 1 + b.lowest END
            ORDER BY p.nr)
        INTO bounds
        FROM unnest(pieces[1:2]) WITH ORDINALITY AS p (text, nr);

        -- What is wrong with it -----------------------------------------------------
        problem := CASE
            WHEN part = '' THEN 'an element of the list is empty'
            WHEN pieces IS NULL OR (pieces[1] = '*' AND pieces[2] IS NOT NULL)
                THEN 'expected *, a number, a range (a-b), a step (*/n, a-b/n), or a list of these (a,b,c)'
            WHEN pieces[1] <> '*' AND pieces[2] IS NULL AND pieces[3] IS NOT NULL
                THEN format('a step needs * or a range before it, such as %s-%s/%s', pieces[1], last_one, pieces[3])
            WHEN pieces[1] <> '*' AND bounds[1] IS NULL
                THEN format('"%s" is unknown; allowed: %s', pieces[1], b.allowed)
            WHEN pieces[2] IS NOT NULL AND bounds[2] IS NULL
                THEN format('"%s" is unknown; allowed: %s', pieces[2], b.allowed)
            WHEN bounds[1] NOT BETWEEN b.lowest AND b.highest
                THEN format('%s is out of range; allowed: %s', pieces[1], b.allowed)
            WHEN bounds[2] NOT BETWEEN b.lowest AND b.highest
                THEN format('%s is out of range; allowed: %s', pieces[2], b.allowed)
            WHEN pieces[3] !~ '^[0-9]{1,9}$' OR pieces[3]::integer NOT BETWEEN 1 AND b.highest
                THEN format('step %s is out of range; allowed: 1-%s', pieces[3], b.highest)
        END;
        IF problem IS NULL THEN
            bounds := CASE
                WHEN pieces[1] = '*' THEN ARRAY[b.lowest, last_one]
                WHEN pieces[2] IS NULL THEN ARRAY[bounds[1], bounds[1]]
                -- A week that ends on Sunday: mon-sun.
                WHEN field = 'day of week' AND pieces[2] = 'sun' AND bounds[1] > 0 THEN ARRAY[bounds[1], 7]
                ELSE bounds END;
            IF bounds[1] > bounds[2] THEN
                problem := format('the range runs backwards; write it as two: %s-%s,%s-%s',
                    pieces[1], last_one, b.lowest, pieces[2]);
            END IF;
        END IF;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION 'schedule: %, "%": %',
                field, left(CASE part WHEN '' THEN value ELSE part END, 40), problem
                USING ERRCODE = '22023',
                    HINT = 'Five fields: minute 0-59, hour 0-23, day of month 1-31 or $ (last day), '
                    'month 1-12 or jan-dec, day of week 0-7 or mon-sun.';
        END IF;

        -- The numbers it stands for -------------------------------------------------
        numbers := numbers || ARRAY(
            SELECT CASE WHEN field = 'day of week' THEN n % 7 ELSE n END
            FROM generate_series(bounds[1], bounds[2], coalesce(pieces[3]::integer, 1)) AS n);
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT n FROM unnest(numbers) AS n ORDER BY n);
END
$$;
COMMENT ON FUNCTION engine.cron_field(text, text) IS
'The numbers, in order, that the value of a field of a cron expression stands for (Sunday is 0). Raises 22023 that says what is wrong.';

CREATE OR REPLACE FUNCTION engine.schedule_fields(schedule text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    expression text := lower(btrim(schedule, E' \t\n\r'));
    fields text[] := regexp_split_to_array(CASE expression
        WHEN '@hourly' THEN '0 * * * *'
        WHEN '@daily' THEN '0 0 * * *'
        WHEN '@midnight' THEN '0 0 * * *'
        WHEN '@weekly' THEN '0 0 * * 0'
        WHEN '@monthly' THEN '0 0 1 * *'
        WHEN '@yearly' THEN '0 0 1 1 *'
        WHEN '@annually' THEN '0 0 1 1 *'
        ELSE expression END, '\s+');
BEGIN
    IF coalesce(expression, '') = '' OR cardinality(fields) <> 5 THEN
        RAISE EXCEPTION 'schedule: "%" %; expected five fields (minute, hour, day of month, month, day of week) '
            'such as "*/10 7-19 * * mon-fri", @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually, '
            'or "30 seconds" (1-59)',
            left(schedule, 80),
            CASE
                WHEN coalesce(expression, '') = '' THEN 'is empty'
                WHEN expression LIKE '@%' THEN 'is not a known abbreviation'
                WHEN cardinality(fields) = 1 THEN 'is one word'
                ELSE 'has ' || cardinality(fields) || ' fields' END
            USING ERRCODE = '22023', HINT = CASE
                WHEN expression = '@reboot' THEN 'A hub does not boot. To sync when a listener starts: '
                    'INSERT INTO sync.request DEFAULT VALUES before starting it.'
                WHEN cardinality(fields) IN (6, 7) THEN 'There is no field for seconds or years; '
                    'schedules in seconds are written "10 seconds".'
                ELSE 'SELECT sync.next_run(''0 3 * * *'') tells when a schedule would run next.' END;
    END IF;
    RETURN fields;
END
$$;
COMMENT ON FUNCTION engine.schedule_fields(text) IS
'The five fields of a cron expression or of an abbreviation such as @daily. Raises 22023 that says what is expected.';

CREATE OR REPLACE FUNCTION engine.parse_schedule(schedule text) RETURNS engine.schedule
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    s engine.schedule;
    fields text[];
    day_list text;
BEGIN
    -- First: reading millions of characters takes minutes.
    IF length(schedule) > 200 THEN
        RAISE EXCEPTION 'schedule: "%…" has % characters; allowed: 200', left(schedule, 40), length(schedule)
            USING ERRCODE = '22023',
                HINT = 'Ranges and steps are shorter than lists: 0-30/5 instead of 0,5,10,15,20,25,30. '
                    'Or make two jobs of it.';
    END IF;
    s.every_seconds := substring(lower(btrim(schedule, E' \t\n\r')) FROM '^([0-9]{1,9})\s+seconds?$')::integer;
    IF s.every_seconds NOT BETWEEN 1 AND 59 THEN
        RAISE EXCEPTION 'schedule: "%" is out of range; allowed: 1-59 seconds', left(schedule, 40)
            USING ERRCODE = '22023', HINT = 'Every minute is * * * * *, every two minutes */2 * * * *.';
    END IF;
    IF s.every_seconds IS NOT NULL THEN
        RETURN s;
    END IF;
    fields := engine.schedule_fields(schedule);
    s.minutes := engine.cron_field('minute', fields[1]);
    s.hours := engine.cron_field('hour', fields[2]);
    s.months := engine.cron_field('month', fields[4]);
    s.weekdays := engine.cron_field('day of week', fields[5]);
    -- $ may stand alone or in a list.
    s.last_day := '$' = ANY (string_to_array(fields[3], ','));
    day_list := array_to_string(array_remove(string_to_array(fields[3], ','), '$'), ',');
    s.days := CASE WHEN s.last_day AND day_list = '' THEN '{}' ELSE engine.cron_field('day of month', day_list) END;
    -- As in Vixie's and Debian's cron, a field that begins with * restricts nothing, whatever follows.
    s.either_day := fields[3] NOT LIKE '*%' AND fields[5] NOT LIKE '*%';
    s.follows_clock := fields[1] LIKE '*%' OR fields[2] LIKE '*%';
    IF NOT s.either_day AND NOT s.last_day AND NOT EXISTS (
        SELECT FROM unnest(s.months) AS m, unnest(s.days) AS d
        WHERE d <= CASE WHEN m = 2 THEN 29 WHEN m IN (4, 6, 9, 11) THEN 30 ELSE 31 END)
    THEN
        RAISE EXCEPTION 'schedule: day of month "%" never comes in month "%": the job would never run',
            fields[3], fields[4]
            USING ERRCODE = '22023', HINT = 'The last day of a month is written $.';
    END IF;
    RETURN s;
END
$$;
-- Five-field cron with names, ranges, lists, steps and $ (last day of the month), @hourly … @yearly, or "N seconds"
-- (1-59). What could never run, and more than 200 characters, is refused.
COMMENT ON FUNCTION engine.parse_schedule(text) IS
'Reads a schedule: cron, @hourly … @yearly or "N seconds". Raises 22023 that names the field, the value and what is allowed.';
GRANT EXECUTE ON FUNCTION engine.cron_field(text, text), engine.parse_schedule(text)
    TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
