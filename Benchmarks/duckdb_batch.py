#!/usr/bin/env python3
"""The same work in DuckDB: raw CSVs to both clean tables and user_daily.csv, on all cores.

    python duckdb_batch.py RAW_DIR OUT_DIR [--threads N]

An event is kept when its ids and time can be read, it has a type, its user is known and it is the first of its id (in
event-time order). Ids, times and numbers follow DuckDB's own casts, sums its own order; everything else is the same.
"""
import argparse
import time
from pathlib import Path

started = time.perf_counter()
import duckdb  # noqa: E402

loaded = time.perf_counter()

# All columns are known, so nothing need be sniffed; all are read as texts, because a typed column would refuse a whole row.
TEXTS = """header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
             nullstr = ['', 'NA', 'N/A', 'n/a', 'NULL', 'null', 'NaN', 'nan', 'None', '<NA>']"""

READ_USERS = """
CREATE TEMP TABLE users AS
WITH raw AS (
    SELECT row_number() OVER () AS row, TRY_CAST(user_id AS BIGINT) AS user_id, TRY_CAST(signup_date AS DATE) AS signup_date,
           lower(trim(plan)) AS plan, country, marketing_source, TRY_CAST(engagement_score AS DOUBLE) AS engagement_score
    FROM read_csv('{raw}/users.csv', {texts}, columns = {{
        user_id: 'VARCHAR', signup_date: 'VARCHAR', plan: 'VARCHAR', is_paid: 'VARCHAR', country: 'VARCHAR',
        marketing_source: 'VARCHAR', engagement_score: 'VARCHAR'}})
)
SELECT * FROM raw
WHERE user_id IS NOT NULL AND signup_date IS NOT NULL AND plan <> ''
QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY row) = 1
"""

READ_EVENTS = """
CREATE TEMP TABLE events AS
WITH raw AS (
    SELECT TRY_CAST(event_id AS BIGINT) AS event_id, TRY_CAST(user_id AS BIGINT) AS user_id,
           TRY_CAST(event_time AS TIMESTAMP) AS event_time, lower(trim(event_type)) AS event_type, course_id,
           coalesce(TRY_CAST(watch_minutes AS DOUBLE), 0) AS watch_minutes, TRY_CAST(quiz_score AS DOUBLE) AS quiz_score,
           TRY_CAST(amount AS DOUBLE) AS amount
    FROM read_csv('{raw}/events.csv', {texts}, columns = {{
        event_id: 'VARCHAR', user_id: 'VARCHAR', event_time: 'VARCHAR', event_type: 'VARCHAR', course_id: 'VARCHAR',
        watch_minutes: 'VARCHAR', quiz_score: 'VARCHAR', amount: 'VARCHAR'}})
)
SELECT * FROM raw
WHERE event_id IS NOT NULL AND user_id IS NOT NULL AND event_time IS NOT NULL AND event_type <> ''
"""

# Few ids come twice or never do: find those first, and rank only their rows.
TWICE = "CREATE TEMP TABLE twice AS SELECT event_id FROM events GROUP BY event_id HAVING count(*) > 1"
CLEAN = """
CREATE TEMP TABLE events_clean AS
WITH first_seen AS (
    SELECT * FROM events ANTI JOIN twice USING (event_id)
    UNION ALL
    (SELECT events.* FROM events SEMI JOIN twice USING (event_id)
     QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY event_time, events.rowid) = 1)
)
SELECT first_seen.*, event_time::DATE AS event_date
FROM first_seen SEMI JOIN users USING (user_id)
"""
WRITE_USERS = """
COPY (SELECT user_id, signup_date, plan, (plan = 'paid')::INT AS is_paid, country, marketing_source, engagement_score
      FROM users ORDER BY row)
TO '{out}/users_clean.csv' (HEADER)
"""
WRITE_EVENTS = "COPY (FROM events_clean ORDER BY event_id) TO '{out}/events_clean.csv' (HEADER)"
WRITE_DAILY = """
COPY (
    WITH span AS (SELECT min(event_date) AS first, max(event_date) AS last FROM events_clean),
    days AS (SELECT unnest(generate_series(first, last, INTERVAL 1 DAY))::DATE AS as_of_date FROM span),
    daily AS (
        SELECT user_id, event_date,
               count(*) AS total_events,
               count(*) FILTER (event_type = 'login') AS logins_count,
               count(*) FILTER (event_type = 'course_enroll') AS enroll_count,
               sum(watch_minutes) FILTER (event_type = 'video_watch') AS watch_minutes_sum,
               count(*) FILTER (event_type = 'quiz_attempt') AS quiz_attempts_count,
               avg(quiz_score) FILTER (event_type = 'quiz_attempt') AS quiz_avg_score,
               count(*) FILTER (event_type = 'payment_success') AS payment_success_count,
               count(*) FILTER (event_type = 'payment_failed') AS payment_failed_count,
               count(*) FILTER (event_type = 'support_ticket') AS support_ticket_count
        FROM events_clean GROUP BY user_id, event_date
    )
    SELECT u.user_id, d.as_of_date, u.signup_date, greatest(0, d.as_of_date - u.signup_date) AS days_since_signup,
           u.plan, (u.plan = 'paid')::INT AS is_paid, u.country, u.marketing_source,
           (a.total_events IS NOT NULL)::INT AS is_active_day,
           coalesce(a.total_events, 0) AS total_events,
           coalesce(a.logins_count, 0) AS logins_count,
           coalesce(a.enroll_count, 0) AS enroll_count,
           coalesce(a.watch_minutes_sum, 0) AS watch_minutes_sum,
           coalesce(a.quiz_attempts_count, 0) AS quiz_attempts_count,
           a.quiz_avg_score,
           coalesce(a.payment_success_count, 0) AS payment_success_count,
           coalesce(a.payment_failed_count, 0) AS payment_failed_count,
           coalesce(a.support_ticket_count, 0) AS support_ticket_count
    FROM users u CROSS JOIN days d LEFT JOIN daily a ON a.user_id = u.user_id AND a.event_date = d.as_of_date
    ORDER BY u.row, d.as_of_date
) TO '{out}/user_daily.csv' (HEADER)
"""
STEPS = {"read users": READ_USERS, "read events": READ_EVENTS, "find duplicates": TWICE, "clean events": CLEAN,
         "write users": WRITE_USERS, "write events": WRITE_EVENTS, "write daily": WRITE_DAILY}


def prepare(raw_dir, out_dir, threads=None):
    """Runs every step and returns their seconds."""
    Path(out_dir).mkdir(parents=True, exist_ok=True)
    seconds = {}
    with duckdb.connect() as db:
        if threads:
            db.execute(f"SET threads = {threads}")
        for name, sql in STEPS.items():
            start = time.perf_counter()
            db.execute(sql.format(raw=raw_dir, out=out_dir, texts=TEXTS))
            seconds[name] = time.perf_counter() - start
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw_dir", metavar="RAW_DIR")
    parser.add_argument("out_dir", metavar="OUT_DIR")
    parser.add_argument("--threads", type=int, help="default: all cores")
    options = parser.parse_args()
    for name, seconds in prepare(options.raw_dir, options.out_dir, options.threads).items():
        print(f"{name:<16} {seconds:7.3f} s")
    ended = time.perf_counter()
    print(f"{'total':<16} {ended - loaded:7.3f} s   (DuckDB {duckdb.__version__}, loading it {loaded - started:.3f} s more)")
