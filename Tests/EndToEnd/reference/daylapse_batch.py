#!/usr/bin/env python3
"""What Daylapse must compute, as one plain batch program: raw CSVs in, the three processed CSVs and the books out.

    python daylapse_batch.py RAW_DIR OUT_DIR [--keep-engagement] [--strict]

It reads RAW_DIR/users.csv and RAW_DIR/events.csv (or .csv.gz) and writes users_clean.csv, events_clean.csv,
user_daily.csv and counts.json to OUT_DIR. It shares no code with Daylapse, so that each can be held against the other;
everything is kept in memory, and every rule is written for being read, not for speed. Standard library only.
"""
import argparse
import gzip
import json
import math
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

USER_COLUMNS = ["user_id", "signup_date", "plan", "is_paid", "country", "marketing_source", "engagement_score"]
EVENT_COLUMNS = ["event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score", "amount"]
DAILY_COLUMNS = [
    "user_id", "as_of_date", "signup_date", "days_since_signup", "plan", "is_paid", "country", "marketing_source",
    "is_active_day", "total_events", "logins_count", "enroll_count", "watch_minutes_sum", "quiz_attempts_count",
    "quiz_avg_score", "payment_success_count", "payment_failed_count", "support_ticket_count"]
REQUIRED = {"users": USER_COLUMNS[:3], "events": EVENT_COLUMNS[:4]}
EVENT_TYPES = {"login", "course_enroll", "video_watch", "quiz_attempt", "payment_success", "payment_failed", "support_ticket"}
MISSING = {
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA",
    "NULL", "NaN", "None", "n/a", "nan", "null"}


class InputError(Exception):
    """An input that no result can be given for."""


# --- reading CSV ------------------------------------------------------------------------------------------------------

REST_OF_FIELD = re.compile(rb"[^,\n]*")


def records(data):
    """The records of RFC 4180 bytes, each a list of byte strings; None for a record whose quotes never close.

    A record ends at LF or CR LF. Lines with nothing but spaces and tabs are skipped. A quote opens a quoted field only
    at the field's start; text between a closing quote and the next comma belongs to the field.
    """
    position, size = 0, len(data)
    while position < size:
        end = data.find(b"\n", position)
        line = data[position:size if end < 0 else end]
        if b'"' not in line:
            position += len(line) + 1
            line = line[:-1] if line.endswith(b"\r") else line
            if line.strip(b" \t"):
                yield line.split(b",")
            continue
        fields, last = [], False
        while not last:
            text = b""
            if data[position:position + 1] == b'"':
                start = position + 1
                while True:
                    position = data.find(b'"', start) + 1
                    if position == 0:
                        yield None
                        return
                    text += data[start:position - 1]
                    if data[position:position + 1] != b'"':
                        break
                    text += b'"'
                    start = position + 1
            rest = REST_OF_FIELD.match(data, position)
            position = rest.end() + 1
            last = data[rest.end():position] != b","
            rest = rest.group()
            fields.append(text + (rest[:-1] if last and rest.endswith(b"\r") else rest))
        yield fields


def read_table(raw_dir, name, columns):
    """(columns present, extra columns, rows); a row is a dict of texts, None for one that is not UTF-8, or None when the row
    cannot be taken apart."""
    path = raw_dir / f"{name}.csv"
    if path.exists():
        data = path.read_bytes()
    else:
        path = raw_dir / f"{name}.csv.gz"
        if not path.exists():
            raise InputError(f"{raw_dir}: no {name}.csv or {name}.csv.gz")
        data = gzip.decompress(path.read_bytes())
    found = records(data[3:] if data.startswith(b"\xef\xbb\xbf") else data)
    header = next(found, None)
    if header is None:
        raise InputError(f"{path}: no header line")
    header = [column.decode("utf-8") for column in header]
    absent = [column for column in REQUIRED[name] if column not in header]
    if absent:
        raise InputError(f"{path}: no column {', '.join(absent)}; the header has {', '.join(header)}")
    place = {column: header.index(column) for column in columns if column in header}
    rows = []
    for fields in found:
        # what is not UTF-8 in a column that nothing clean has is nobody's concern
        rows.append({column: utf8(fields[i]) for column, i in place.items()}
                    if fields and len(fields) == len(header) else None)
    return list(place), [column for column in header if column not in columns], rows


def utf8(field):
    try:
        return field.decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_malformed(row):
    return row is None or None in row.values()


# --- values -----------------------------------------------------------------------------------------------------------

NUMBER = re.compile(r"([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?")
TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?"
    r"(?:Z|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?")


def whole_number(text):
    """The whole number that a text stands for, exactly, when it fits a signed 64-bit integer; else None."""
    match = NUMBER.fullmatch(text.strip())
    if not match:
        return None
    sign, whole, fraction, only_fraction, exponent_sign, exponent = match.groups()
    fraction = only_fraction or fraction or ""
    digits = ((whole or "") + fraction).lstrip("0")
    if not digits:
        return 0
    exponent = (exponent or "").lstrip("0") or "0"
    if len(exponent) > 18:  # far below one, or far too large: no text is long enough to make up for it
        return None
    power = int(exponent_sign + exponent if exponent_sign else exponent) - len(fraction)
    significant = digits.rstrip("0")
    power += len(digits) - len(significant)
    if power < 0 or len(significant) + power > 19:
        return None
    value = int(significant) * 10 ** power * (-1 if sign == "-" else 1)
    return value if -2 ** 63 <= value < 2 ** 63 else None


def finite_number(text):
    """The double that a text stands for; None when it is no number or not finite."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def utc_time(text):
    """The UTC time that a text stands for, without its fraction of a second; else None."""
    match = TIME.fullmatch(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, sign, offset_hours, offset_minutes = match.groups()
    try:
        time = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        if sign:
            hours, minutes = int(offset_hours), int(offset_minutes or 0)
            if hours > 23 or minutes > 59:
                return None
            offset = timedelta(hours=hours, minutes=minutes)
            time = time - offset if sign == "+" else time + offset
        return time
    except (ValueError, OverflowError):
        return None


def word(text):
    """A plan or an event type: trimmed and in lower case; empty when missing."""
    return "" if text in MISSING else text.strip().lower()


def verbatim(text):
    return "" if text in MISSING else text


# --- the cleaner ------------------------------------------------------------------------------------------------------

class Books:
    """What became of every row of one table."""

    def __init__(self, rows, extra_columns):
        self.counts = {"in": len(rows), "clean": 0, "rejected": {}, "repaired": {}, "extra_columns": extra_columns}

    def clean(self):
        self.counts["clean"] += 1

    def reject(self, reason):
        self.counts["rejected"][reason] = self.counts["rejected"].get(reason, 0) + 1

    def repair(self, field):
        self.counts["repaired"][field] = self.counts["repaired"].get(field, 0) + 1

    def number(self, row, field):
        """A number or None; a text that is neither missing nor a finite number counts as repaired."""
        text = row.get(field, "")
        value = None if text in MISSING else finite_number(text)
        if value is None and text not in MISSING:
            self.repair(field)
        return value


def clean_users(rows, books):
    users = {}
    for row in rows:
        if is_malformed(row):
            books.reject("malformed")
            continue
        user_id = whole_number(row["user_id"])
        signup = utc_time(row["signup_date"])
        plan = word(row["plan"])
        if user_id is None:
            books.reject("bad_user_id")
        elif signup is None:
            books.reject("bad_signup_date")
        elif not plan:
            books.reject("missing_plan")
        elif user_id in users:
            books.reject("duplicate")
        else:
            books.clean()
            users[user_id] = {
                "user_id": user_id, "signup_date": signup.date(), "plan": plan, "is_paid": int(plan == "paid"),
                "country": verbatim(row.get("country", "")),
                "marketing_source": verbatim(row.get("marketing_source", "")),
                "engagement_score": books.number(row, "engagement_score")}
    return users


def in_time_order(rows):
    """Rows by event time, ties in file order; a row without a readable time goes with the one before it."""
    times = [utc_time(row["event_time"]) if row and row["event_time"] is not None else None for row in rows]
    latest = next((time for time in times if time is not None), datetime.min)
    keys = []
    for time in times:
        latest = latest if time is None else time
        keys.append(latest)
    return [rows[i] for i in sorted(range(len(rows)), key=keys.__getitem__)]


def clean_events(rows, users, books, strict):
    """The valid first-seen events in input order."""
    seen, events = set(), []
    for row in in_time_order(rows):
        if is_malformed(row):
            books.reject("malformed")
            continue
        event_id, user_id = whole_number(row["event_id"]), whole_number(row["user_id"])
        time, event_type = utc_time(row["event_time"]), word(row["event_type"])
        if event_id is None:
            books.reject("bad_event_id")
        elif user_id is None:
            books.reject("bad_user_id")
        elif time is None:
            books.reject("bad_event_time")
        elif not event_type:
            books.reject("missing_event_type")
        elif strict and event_type not in EVENT_TYPES:
            books.reject("unknown_event_type")
        elif event_id in seen:
            books.reject("duplicate")
        elif user_id not in users:
            seen.add(event_id)
            books.reject("unknown_user")
        else:
            seen.add(event_id)
            books.clean()
            minutes = books.number(row, "watch_minutes")
            if event_type == "video_watch" and row.get("watch_minutes", "") in MISSING:
                books.repair("watch_minutes")
            events.append({
                "event_id": event_id, "user_id": user_id, "event_time": time, "event_type": event_type,
                "course_id": verbatim(row.get("course_id", "")), "watch_minutes": 0.0 if minutes is None else minutes,
                "quiz_score": books.number(row, "quiz_score"), "amount": books.number(row, "amount"),
                "event_date": time.date()})
    return events


# --- the aggregator ---------------------------------------------------------------------------------------------------

def numpy_sum(values):
    """A sum to the same last digit as numpy.add.reduce over an array of doubles."""

    def pairwise(a):
        n = len(a)
        if n < 8:
            total = -0.0
            for value in a:
                total += value
            return total
        if n <= 128:
            r = a[:8]
            full = n - n % 8
            for i in range(8, full, 8):
                for j in range(8):
                    r[j] += a[i + j]
            total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
            for value in a[full:]:
                total += value
            return total
        half = n // 2
        half -= half % 8
        return pairwise(a[:half]) + pairwise(a[half:])

    return 0.0 + pairwise(list(values))


def days_of(users, events, max_days):
    """Every day from the first to the last event; without events the earliest signup; without users none."""
    if not events:
        return [min(user["signup_date"] for user in users.values())] if users else []
    first = last = events[0]["event_date"]
    for event in events:
        first, last = min(first, event["event_date"]), max(last, event["event_date"])
        if (last - first).days >= max_days:
            raise InputError(f"event {event['event_id']} at {event['event_time']}: "
                             f"more than {max_days} days from {first} to {last}")
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def user_days(users, events, max_days):
    days = days_of(users, events, max_days)
    by_user_day = {}
    for event in sorted(events, key=lambda event: (event["event_time"], event["event_id"])):
        by_user_day.setdefault((event["user_id"], event["event_date"]), []).append(event)
    for user in users.values():
        for day in days:
            of_day = by_user_day.get((user["user_id"], day), [])
            types = [event["event_type"] for event in of_day]
            scores = [event["quiz_score"] for event in of_day
                      if event["event_type"] == "quiz_attempt" and event["quiz_score"] is not None]
            yield {
                **user,
                "as_of_date": day,
                "days_since_signup": max(0, (day - user["signup_date"]).days),
                "is_active_day": int(bool(of_day)),
                "total_events": len(of_day),
                "logins_count": types.count("login"),
                "enroll_count": types.count("course_enroll"),
                "watch_minutes_sum": numpy_sum(
                    event["watch_minutes"] for event in of_day if event["event_type"] == "video_watch"),
                "quiz_attempts_count": types.count("quiz_attempt"),
                "quiz_avg_score": numpy_sum(scores) / len(scores) if scores else None,
                "payment_success_count": types.count("payment_success"),
                "payment_failed_count": types.count("payment_failed"),
                "support_ticket_count": types.count("support_ticket")}


# --- the sink ---------------------------------------------------------------------------------------------------------

NEEDS_QUOTES = re.compile('[",\r\n]')


def csv_text(value):
    if value is None or value != value:  # pandas writes what is no number as an empty field
        return ""
    text = repr(value) if isinstance(value, float) else str(value)  # dates and times: ISO, a space between the two
    return '"' + text.replace('"', '""') + '"' if NEEDS_QUOTES.search(text) else text


def write_table(path, columns, rows):
    count = 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns) + "\n")
        for row in rows:
            file.write(",".join(csv_text(row[column]) for column in columns) + "\n")
            count += 1
    return count


def prepare(raw_dir, out_dir, keep_engagement=False, strict=False, max_days=3660):
    """Does it all and returns the books."""
    raw_dir, out_dir = Path(raw_dir), Path(out_dir)
    user_columns, extra, user_rows = read_table(raw_dir, "users", USER_COLUMNS)
    user_books = Books(user_rows, extra)
    users = clean_users(user_rows, user_books)
    _, extra, event_rows = read_table(raw_dir, "events", EVENT_COLUMNS)
    event_books = Books(event_rows, extra)
    events = clean_events(event_rows, users, event_books, strict)

    has_engagement = "engagement_score" in user_columns
    daily_columns = list(DAILY_COLUMNS)
    if keep_engagement:
        daily_columns.insert(daily_columns.index("marketing_source") + 1, "engagement_score")
    out_dir.mkdir(parents=True, exist_ok=True)
    write_table(out_dir / "users_clean.csv", USER_COLUMNS if has_engagement else USER_COLUMNS[:-1], users.values())
    write_table(out_dir / "events_clean.csv", EVENT_COLUMNS + ["event_date"],
                sorted(events, key=lambda event: event["event_id"]))
    daily_rows = write_table(out_dir / "user_daily.csv", daily_columns, user_days(users, events, max_days))
    counts = {"users": user_books.counts, "events": event_books.counts, "user_daily": {"rows": daily_rows}}
    (out_dir / "counts.json").write_text(json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
                                         encoding="utf-8")
    return counts


def main():
    parser = argparse.ArgumentParser(description="Raw CSVs to the processed CSVs, in one plain batch.")
    parser.add_argument("raw_dir", metavar="RAW_DIR")
    parser.add_argument("out_dir", metavar="OUT_DIR")
    parser.add_argument("--keep-engagement", action="store_true", help="engagement_score in user_daily.csv")
    parser.add_argument("--strict", action="store_true", help="reject event types outside the seven")
    parser.add_argument("--max-days", type=int, default=3660, help="longest span of days (3660)")
    options = parser.parse_args()
    try:
        prepare(options.raw_dir, options.out_dir, options.keep_engagement, options.strict, options.max_days)
    except (InputError, OSError, EOFError, UnicodeDecodeError) as error:
        sys.exit(f"daylapse_batch: {error}")


if __name__ == "__main__":
    main()
