CREATE OR REPLACE FUNCTION engine.cron_field(field text, value text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lowest integer := CASE WHEN field IN ('minute', 'hour', 'day of week') THEN 0 ELSE 1 END;
    highest integer := CASE field WHEN 'minute' THEN 59 WHEN 'hour' THEN 23 WHEN 'day of month' THEN 31 WHEN 'month' THEN 12 WHEN 'day of week' THEN 7 END;
    names text[] := CASE field WHEN 'month' THEN '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}' WHEN 'day of week' THEN '{sun,mon,tue,wed,thu,fri,sat}' END;
    allowed text := lowest || '-' || highest || CASE field WHEN 'month' THEN ' or jan-dec' WHEN 'day of week' THEN ' (0 and 7 are Sunday) or mon-sun' ELSE '' END;
    part text;
    pieces text[];
    bounds integer[];
    problem text;
    numbers integer[] := '{}';
BEGIN
    FOREACH part IN ARRAY string_to_array(lower(value), ',') LOOP
        -- First, last, step.
        pieces := regexp_match(part, '^(\*|[[:alnum:]]+)(?:-([[:alnum:]]+))?(?:/([[:alnum:]]+))?$');
        SELECT array_agg(CASE WHEN p.text ~ '^[0-9]{1,9}$' THEN p.text::integer ELSE array_position(names, p.text) - 1 + lowest END ORDER BY p.nr)
        INTO bounds FROM unnest(pieces[1:2]) WITH ORDINALITY AS p (text, nr);
        problem := CASE
            WHEN part = '' THEN 'an element of the list is empty'
            WHEN pieces IS NULL OR (pieces[1] = '*' AND pieces[2] IS NOT NULL)
                THEN 'expected *, a number, a range (a-b), a step (*/n, a-b/n), or a list of these (a,b,c)'
            WHEN pieces[1] <> '*' AND pieces[2] IS NULL AND pieces[3] IS NOT NULL
                THEN format('a step needs * or a range before it, such as %s-%s/%s', pieces[1], CASE field WHEN 'day of week' THEN 6 ELSE highest END, pieces[3])
            WHEN pieces[1] <> '*' AND bounds[1] IS NULL THEN format('"%s" is unknown; allowed are %s', pieces[1], allowed)
            WHEN pieces[2] IS NOT NULL AND bounds[2] IS NULL THEN format('"%s" is unknown; allowed are %s', pieces[2], allowed)
            WHEN bounds[1] NOT BETWEEN lowest AND highest THEN format('%s is out of range; allowed are %s', pieces[1], allowed)
            WHEN bounds[2] NOT BETWEEN lowest AND highest THEN format('%s is out of range; allowed are %s', pieces[2], allowed)
            WHEN pieces[3] !~ '^[0-9]{1,9}$' OR pieces[3]::integer NOT BETWEEN 1 AND highest
                THEN format('step %s is out of range; allowed are 1-%s', pieces[3], highest)
        END;
        IF problem IS NULL THEN
            bounds := CASE
                WHEN pieces[1] = '*' THEN ARRAY[lowest, CASE field WHEN 'day of week' THEN 6 ELSE highest END]
                WHEN pieces[2] IS NULL THEN ARRAY[bounds[1], bounds[1]]
                -- A week that ends on Sunday: mon-sun.
                WHEN field = 'day of week' AND pieces[2] = 'sun' AND bounds[1] > 0 THEN ARRAY[bounds[1], 7]
                ELSE bounds END;
            IF bounds[1] > bounds[2] THEN
                problem := format('the range runs backwards; write it as two: %s-%s,%s-%s', pieces[1], CASE field WHEN 'day of week' THEN 6 ELSE highest END, lowest, pieces[2]);
            END IF;
        END IF;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION 'schedule: %, "%": %', field, left(CASE part WHEN '' THEN value ELSE part END, 40), problem USING ERRCODE = '22023',
                HINT = 'Five fields: minute 0-59, hour 0-23, day of month 1-31 or $ (last day), month 1-12 or jan-dec, day of week 0-7 or mon-sun.';
        END IF;
        numbers := numbers || ARRAY(SELECT CASE WHEN field = 'day of week' THEN n % 7 ELSE n END
            FROM generate_series(bounds[1], bounds[2], coalesce(pieces[3]::integer, 1)) AS n);
    END LOOP;
    RETURN ARRAY(SELECT DISTINCT n FROM unnest(numbers) AS n ORDER BY n);
END
$$;
COMMENT ON FUNCTION engine.cron_field(text, text) IS 'The numbers that one field of a cron expression stands for, in order. field is minute, hour, day of month, month or day of week (Sunday is 0). Raises 22023 that names field, value and what is allowed.';

CREATE OR REPLACE FUNCTION engine.parse_schedule(schedule text, OUT every_seconds integer, OUT minutes integer[], OUT hours integer[],
    OUT days integer[], OUT last_day boolean, OUT months integer[], OUT weekdays integer[], OUT either_day boolean, OUT follows_clock boolean)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    expression text := lower(btrim(schedule, E' \t\n\r'));
    usual constant text := 'expected five fields (minute, hour, day of month, month, day of week) such as "*/10 7-19 * * mon-fri", @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually, or "30 seconds" (1-59)';
    fields text[];
    day_list text;
BEGIN
    -- First: reading millions of characters takes minutes.
    IF length(schedule) > 200 THEN
        RAISE EXCEPTION 'schedule: "%…" has % characters; allowed are 200', left(schedule, 40), length(schedule) USING ERRCODE = '22023',
            HINT = 'Ranges and steps are shorter than lists: 0-30/5 instead of 0,5,10,15,20,25,30. Or make two jobs of it.';
    END IF;
    every_seconds := substring(expression FROM '^([0-9]{1,9})\s+seconds?$')::integer;
    IF every_seconds NOT BETWEEN 1 AND 59 THEN
        RAISE EXCEPTION 'schedule: "%": allowed are 1-59 seconds', left(schedule, 40) USING ERRCODE = '22023', HINT = 'Every minute is * * * * *, every two minutes */2 * * * *.';
    END IF;
    IF every_seconds IS NOT NULL THEN
        RETURN;
    END IF;
    fields := regexp_split_to_array(CASE expression
        WHEN '@hourly' THEN '0 * * * *' WHEN '@daily' THEN '0 0 * * *' WHEN '@midnight' THEN '0 0 * * *' WHEN '@weekly' THEN '0 0 * * 0'
        WHEN '@monthly' THEN '0 0 1 * *' WHEN '@yearly' THEN '0 0 1 1 *' WHEN '@annually' THEN '0 0 1 1 *' ELSE expression END, '\s+');
    IF coalesce(expression, '') = '' OR cardinality(fields) <> 5 THEN
        RAISE EXCEPTION 'schedule: "%" %; %', left(schedule, 80),
            CASE WHEN coalesce(expression, '') = '' THEN 'is empty' WHEN expression LIKE '@%' THEN 'is no known abbreviation'
                WHEN cardinality(fields) = 1 THEN 'is one word' ELSE 'has ' || cardinality(fields) || ' fields' END, usual
            USING ERRCODE = '22023', HINT = CASE
                WHEN expression = '@reboot' THEN 'A hub does not boot. To sync when a listener starts: INSERT INTO sync.request DEFAULT VALUES before starting it.'
                WHEN cardinality(fields) IN (6, 7) THEN 'There is no field for seconds or years; schedules in seconds are written "10 seconds".'
                ELSE 'SELECT sync.next_run(''0 3 * * *'') tells when a schedule would run next.' END;
    END IF;
    minutes := engine.cron_field('minute', fields[1]);
    hours := engine.cron_field('hour', fields[2]);
    months := engine.cron_field('month', fields[4]);
    weekdays := engine.cron_field('day of week', fields[5]);
    -- $ may stand alone or in a list.
    last_day := '$' = ANY (string_to_array(fields[3], ','));
    day_list := array_to_string(array_remove(string_to_array(fields[3], ','), '$'), ',');
    days := CASE WHEN last_day AND day_list = '' THEN '{}' ELSE engine.cron_field('day of month', day_list) END;
    -- As in Vixie's and Debian's cron, a field that begins with * restricts nothing, whatever follows.
    either_day := fields[3] NOT LIKE '*%' AND fields[5] NOT LIKE '*%';
    follows_clock := fields[1] LIKE '*%' OR fields[2] LIKE '*%';
    IF NOT either_day AND NOT last_day AND NOT EXISTS (
        SELECT FROM unnest(months) AS m, unnest(days) AS d WHERE d <= CASE WHEN m = 2 THEN 29 WHEN m IN (4, 6, 9, 11) THEN 30 ELSE 31 END)
    THEN
        RAISE EXCEPTION 'schedule: day of month "%" never comes in month "%": the job would never run', fields[3], fields[4] USING ERRCODE = '22023',
            HINT = 'The last day of a month is written $.';
    END IF;
END
$$;
COMMENT ON FUNCTION engine.parse_schedule(text) IS 'Reads a schedule: five-field cron with names, ranges, lists, steps and $ (last day of the month), @hourly … @yearly, or "N seconds" (1-59). either_day: day of month and day of week are both restricted, and one of them suffices. follows_clock: minute or hour begins with *. Raises 22023 that names the field, the value and what is allowed; what could never run, and more than 200 characters, is refused.';
GRANT EXECUTE ON FUNCTION engine.cron_field(text, text), engine.parse_schedule(text) TO calendar_sync_user, calendar_sync_operator, calendar_sync_bi;
