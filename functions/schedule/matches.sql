CREATE OR REPLACE FUNCTION engine.day_matches(s engine.schedule, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN (s).either_day THEN by_date OR by_week ELSE by_date AND by_week END
    FROM (VALUES (
        pg_catalog.date_part('day', day) = ANY ((s).days)
            OR ((s).last_day AND pg_catalog.date_part('day', day + 1) = 1),
        pg_catalog.date_part('dow', day) = ANY ((s).weekdays)
    )) AS matched (by_date, by_week)
$$;
COMMENT ON FUNCTION engine.day_matches(engine.schedule, date) IS
'Whether a schedule matches a day of a month it names: by day of month or day of week if both are restricted, else by both.';

CREATE OR REPLACE FUNCTION engine.next_match(s engine.schedule, wall timestamp) RETURNS timestamp
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    day date := wall::date;
    from_hour integer := date_part('hour', wall);
    from_minute integer := date_part('minute', wall);
    found integer;
BEGIN
    -- 29 February on a given weekday can be 40 years away.
    WHILE day < wall::date + 15000 LOOP
        IF NOT date_part('month', day) = ANY (s.months) THEN
            day := date_trunc('month', day::timestamp) + interval '1 month';
        ELSE
            IF engine.day_matches(s, day) THEN
                IF from_hour = ANY (s.hours) THEN
                    found := (SELECT min(m) FROM unnest(s.minutes) AS m WHERE m >= from_minute);
                    IF found IS NOT NULL THEN
                        RETURN day + make_interval(hours => from_hour, mins => found);
                    END IF;
                END IF;
                found := (SELECT min(h) FROM unnest(s.hours) AS h WHERE h > from_hour);
                IF found IS NOT NULL THEN
                    RETURN day + make_interval(hours => found, mins => s.minutes[1]);
                END IF;
            END IF;
            day := day + 1;
        END IF;
        from_hour := 0;
        from_minute := 0;
    END LOOP;
    RETURN NULL;
END
$$;
-- Goes day by day, and month by month over months that are not named.
COMMENT ON FUNCTION engine.next_match(engine.schedule, timestamp) IS
'The first wall-clock minute at or after a given one that a schedule names, without regard to zones.';

CREATE OR REPLACE FUNCTION engine.count_matches(s engine.schedule, after timestamp, until timestamp) RETURNS bigint
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(sum(CASE
        WHEN d > after AND d + interval '1 day' <= until THEN cardinality((s).hours) * cardinality((s).minutes)
        ELSE (
            SELECT count(*)
            FROM unnest((s).hours) AS h
            CROSS JOIN unnest((s).minutes) AS m
            WHERE d + make_interval(hours => h, mins => m) > after
                AND d + make_interval(hours => h, mins => m) <= until)
        END), 0)
    FROM generate_series(date_trunc('day', after), until, interval '1 day') AS d
    WHERE date_part('month', d) = ANY ((s).months)
        AND engine.day_matches(s, d::date)
$$;
COMMENT ON FUNCTION engine.count_matches(engine.schedule, timestamp, timestamp) IS
'How many wall-clock minutes after one and until another, that one included, a schedule names, without regard to zones.';
