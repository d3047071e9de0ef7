#!/usr/bin/env python3
"""Rough users.csv and events.csv, as real exports are and worse; the same seed gives the same bytes.

    python rough_inputs.py SEED OUT_DIR

Every seed draws its own shape: how many users, days and events, which kinds of trouble and how often. All files are
well-formed CSV (RFC 4180) with a complete header; what is wrong is wrong in the rows. Clean events never span more than
two years, and no sum of a user-day leaves the range of a double.
"""
import argparse
import gzip
import math
import random
from datetime import datetime, timedelta
from decimal import Context, Decimal
from pathlib import Path

USER_COLUMNS = ["user_id", "signup_date", "plan", "is_paid", "country", "marketing_source", "engagement_score"]
EVENT_COLUMNS = ["event_id", "user_id", "event_time", "event_type", "course_id", "watch_minutes", "quiz_score", "amount"]
EVENT_TYPES = ["login", "course_enroll", "video_watch", "quiz_attempt", "payment_success", "payment_failed", "support_ticket"]
MISSING = ["", "", "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A",
           "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
ALMOST_MISSING = ["Null", "NAN", "Nan", "NONE", "none", "na", "N/a", "nil", " NA", "NA ", "\tnull", " ", "\t", " \v\f ", "-",
                  "<na>", "#n/a", "NaT", "\u00a0", "\u3000"]
ODD_TEXTS = ["São Tomé, ST", 'say "hi"', '"', '""', '","', "two\nlines", "two\r\nlines", "\n", "\r", "old\rmac", "tab\there", " lead",
             "trail ", "back\\slash", "\\", "\\n", "\\u0041", '\\"', "😀", "👩‍👩‍👧", "e\u0301", "é", "العربية", "中文", "\u2028", "\u0085",
             "\ufeff", "\uffff", "\U0010ffff", "\x00", "\x01\x02\x1f", "\x7f", "\x1b[31m", "=1+1", "'", "a/b", "</script>",
             '{"a":null}', "true", "0", "-0.0", "1e5", "007", "2025-01-01", ",", ",,", ";", "|", "#", "%s", "$HOME", "x" * 5000]
BAD_IDS = ["x7", "7.5", "1e-1", "1e30", "9223372036854775808", "-9223372036854775809", "9.3e18", "0x10", "1_000", "--1", "+-1",
           "1e", "e5", ".", "+", "-", "٣", "１２", "inf", "Infinity", "-inf", "7 7", "1,000", "12a", "1e99999999999999999999",
           "1e-99999999999999999999", "1.0000000000000000001", "0.5", " NA ", "1.5e0", "1e1.0", "true", "#1", "1" * 400]
BAD_TIMES = ["2025-02-30", "2023-02-29T10:00:00", "2100-02-29", "1900-02-29", "2025-13-01", "2025-00-10", "2025-01-00", "2025-01-32",
             "2025-04-31T00:00:00", "2025-01-05T24:00:00", "2025-01-05T25:00:00", "2025-01-05T10:60", "2025-01-05T23:59:60",
             "2025-1-5", "2025-01-5", "25-01-05", "2025/01/05", "05.01.2025", "01/05/2025", "20250105", "2025-01", "2025",
             "2025-01-05T", "2025-01-05T10", "2025-01-05T1:00", "2025-01-05T10:0", "2025-01-05T10:00:0", "2025-01-05T10:00:00.",
             "2025-01-05T10:00:00,5", "2025-01-05T10:00.5", "2025-01-05t10:00:00", "2025-01-05T10:00:00z", "2025-01-05Z",
             "2025-01-05+01:00", "2025-01-05T10:00:00 Z", "2025-01-05T10:00:00 +01:00", "2025-01-05T10:00:00+1:00",
             "2025-01-05T10:00:00+24:00", "2025-01-05T10:00:00+05:60", "2025-01-05T10:00:00+053", "2025-01-05T10:00:00+05:",
             "2025-01-05T10:00:00+05:30:00", "2025-01-05T10:00:00ZZ", "2025-01-05T10:00:00Z+01:00", "2025-01-05  10:00:00",
             "2025-01-05_10:00:00", "2025-01-05T10-00-00", "+2025-01-05T10:00:00", "-2025-01-05", "0000-01-01", "0000-12-31T23:59:59-01:00",
             "10000-01-01", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T12:00-1200", "1736112540", "NaT",
             "yesterday", "２０２５-01-05", "2025-01-05T10:00:00\u200b", "2025-01-05T10:00:00\u22121:00", "Jan 5, 2025", "12:00"]
FAR_TIMES = ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T12:00:00+12:00", "9999-12-31 12:00:00-11:59", "1969-12-31T23:59:59",
             "1970-01-01", "2038-01-19T03:14:08Z", "1582-10-10T10:00", "0004-02-29", "2400-02-29T23:59:59.999999999Z"]
ODD_NUMBERS = ["1e3", "1E-7", "+5", "+.5", "5.", ".5", "-5.", "007.50", "00", "0", "-0", "-0.0", "0e999999", "5e-324", "4.9e-324", "2e-324",
               "3e-324", "1e-400", "2.2250738585072014e-308", "2.2250738585072011e-308", "1e22", "1e23", "1e15", "1e16", "1e17", "1e21",
               "123456789012345680.0", "9007199254740993", "9007199254740992.5", "0.0001", "0.00001", "0.1", "0.30000000000000004",
               "0.1234567890123456789", "123456789012345678901234567890", "3.14159265358979323846264338327950288", "1e300", "-1e300",
               "45", "45.0", "45.00", "100", "-12.5", " 45.0 ", "\t3", "7\n", "\v8.25\f", "1e+5", "1e-05", "1.0E5", "0.5e1", "8.5e0",
               "1" + "0" * 30, "0." + "0" * 400 + "1", "0" * 500 + "1.5", "1" * 30 + "." + "1" * 400, "17.000000000000000000000001"]
BAD_NUMBERS = ["abc", "1e999", "-1e999", "1e309", "1.7976931348623159e308", "9" * 400, "inf", "-inf", "Infinity", "+inf", " NaN ", "NAN",
               "nan(1)", "1_0", "0x1p3", "0x10", "1e", "1e+", "e", ".", "-", "+", "", "..5", "1.2.3", "1,5", "45.0f", "45 min", "１２", "٣",
               "1d5", "1 000", "--1", "+-1", "1e5.0", "5.e", " ", "$5", "5%", "\u221e", "true", "½", "1\x00"]
BAD_BYTES = [b"\xff", b"caf\xe9", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82", b"\xf4\x90\x80\x80", b"\x80", b"\xf5\x80\x80\x80"]


class Rough:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.rates = {}

    def now(self, trouble, most=0.12):
        """Whether this trouble strikes here; how often it does, if at all, is drawn once per seed."""
        if trouble not in self.rates:
            self.rates[trouble] = self.random.random() ** 2 * most if self.random.random() < 0.75 else 0.0
        return self.random.random() < self.rates[trouble]

    def one_in(self, n):
        return self.random.randrange(n) == 0

    # --- values as texts

    def id(self, value):
        r = self.random
        if self.now("missing id", 0.05):
            return r.choice(MISSING)
        if self.now("bad id", 0.08):
            return r.choice(BAD_IDS)
        if not self.now("odd id", 0.5):
            return str(value)
        sign, digits = ("-" if value < 0 else ""), str(abs(value))
        trailing = len(digits) - len(digits.rstrip("0")) if value else 0
        forms = [f"{value}.0", f"{value}.", f"{value}.000", f"{value}e0", f"{value}E+00", f"{value}0e-1", f"{value}00.0e-2",
                 f" {value}", f"{value} ", f"\t{value}\n", f"{sign}000{digits}", f"{sign}{digits[0]}.{digits[1:]}e{len(digits) - 1}",
                 f"{sign}.{digits}e{len(digits)}", f"{sign}0.{digits}E+{len(digits):03}",
                 f"{sign}{digits[:len(digits) - trailing]}e{trailing}"]
        if value >= 0:
            forms += [f"+{value}", f" +0{value}.0 "]
        if value == 0:
            forms += ["-0", "0e99999999999999999999", "-.0"]
        return r.choice(forms)

    def time(self, time, date_only=False):
        r = self.random
        if self.now("missing time", 0.05):
            return r.choice(MISSING + [" ", "\t"])
        if self.now("bad time", 0.1):
            return r.choice(BAD_TIMES)
        if date_only and not self.now("odd date", 0.4):
            return time.date().isoformat()
        if not self.now("odd time", 0.6):
            return time.isoformat()
        zone = ""
        if r.random() < 0.5:
            minutes = r.choice([0, 60, -60, 330, 345, -210, 14 * 60, -12 * 60, 23 * 60 + 59, -(23 * 60 + 59), r.randrange(-1439, 1440)])
            try:
                time += timedelta(minutes=minutes)
                zone = ("-" if minutes < 0 else "+") + f"{abs(minutes) // 60:02}" + r.choice(["", ":"]) + f"{abs(minutes) % 60:02}"
                if minutes % 60 == 0 and r.random() < 0.5:
                    zone = zone[:3]
                if minutes == 0:
                    zone = r.choice(["Z", "+00:00", "-00:00", "+0000", "-00"])
            except OverflowError:
                zone = "Z"
        text = time.isoformat(sep=r.choice("T "))
        if time.second == 0 and r.random() < 0.4:
            text = text[:-3]
            if not zone and text.endswith("00:00") and r.random() < 0.8:
                text = text[:10]
        elif r.random() < 0.4:
            text += "." + str(r.randrange(10 ** r.choice([1, 3, 6, 9]))) + r.choice(["", "999999999999"])
        return r.choice(["", "", "", " ", "\t", "\n"]) + text + zone + r.choice(["", "", "", " ", "\r\n"])

    def number(self, usual, huge=False):
        r = self.random
        if self.now("missing number", 0.15):
            return r.choice(MISSING)
        if self.now("bad number", 0.15):
            return r.choice(BAD_NUMBERS)
        if not self.now("odd number", 0.6):
            return repr(usual)
        kind = r.randrange(6)
        if kind == 0:  # between two doubles, or a hair to either side
            x = usual * 2.0 ** r.randrange(-60, 60)
            exact = Context(prec=1200)
            middle = exact.divide(exact.add(Decimal(x), Decimal(math.nextafter(x, math.inf))), Decimal(2))
            return f"{middle:f}" + r.choice(["", "", "0", "1", "0000000001"])
        if kind == 1:
            return f"{usual:.{r.randrange(25)}e}"
        if kind == 2:
            return f"{usual:.{r.randrange(25)}f}"
        if huge and r.random() < 0.1:
            return r.choice(["1.7976931348623157e308", "1.7976931348623158e308", "-1.7976931348623157e+308"])
        return r.choice(ODD_NUMBERS)

    def text(self, usual):
        r = self.random
        if self.now("missing text", 0.15):
            return r.choice(MISSING)
        if self.now("almost missing text", 0.1):
            return r.choice(ALMOST_MISSING)
        if self.now("odd text", 0.4):
            if self.one_in(400):
                return "long \"text\" " * 7000
            return "".join(r.choice(ODD_TEXTS) for _ in range(r.choice([1, 1, 1, 2, 3])))
        return r.choice(usual)

    def word(self, usual, odd):
        r = self.random
        if self.now("missing word", 0.08):
            return r.choice(MISSING + [" ", "\t \n", "\v"])
        if self.now("odd word", 0.1):
            return r.choice(odd)
        word = r.choice(usual)
        if self.now("rough word", 0.5):
            word = r.choice([word.upper(), word.title(), f" {word}", f"{word} ", f"\t{word.capitalize()}\r\n", f"\v{word}\f",
                             f"\u00a0{word}\u2003", f"{word}\u0085\x1f", f"\u3000{word}"])
        return word

    # --- tables

    def tables(self):
        r = self.random
        first = datetime(2025, 1, 1) + timedelta(days=r.randrange(-3000, 3000))
        if self.one_in(6):
            first = r.choice([datetime(2024, 2, 27), datetime(2023, 12, 30), datetime(2000, 2, 28), datetime(1969, 12, 30)])
        days = r.choice([1, 2, 3, 5, 8, 12, 30, 100, 400])
        if self.one_in(25):
            first, days = r.choice([(datetime(1, 1, 1), 3), (datetime(9999, 12, 29), 3)])
        n_users = 0 if self.one_in(20) else r.choice([1, 2, 5, 12, 30])
        n_events = 0 if self.one_in(15) else r.choice([1, 10, 100, 400, 1000])
        odd_ids = [-1, 0, 2 ** 63 - 1, -2 ** 63, 2 ** 53, 2 ** 53 + 1, -2 ** 53 - 1, 10 ** 18, 1000, 2 ** 32, -700]
        user_ids = list(range(1, n_users + 1))
        if self.one_in(2):
            user_ids = r.sample(user_ids + odd_ids, n_users)
        event_ids = list(range(1, n_events + 1))
        if self.one_in(2):
            event_ids = r.sample(event_ids + odd_ids + [r.randrange(-2 ** 63, 2 ** 63) for _ in range(20)], n_events)

        users = []
        for user_id in user_ids:
            users.append(self.user(user_id, first))
            while self.now("duplicate user", 0.4):
                users.append(self.user(user_id, first))

        moments = [first + timedelta(seconds=r.randrange(days * 86400)) for _ in range(r.choice([3, 40, 100000]))]
        minutes_only, known = self.one_in(2), user_ids or [1]
        rows = []  # (time, row)
        for event_id in event_ids:
            time = r.choice(moments)
            rows.append((time, self.event(event_id, r.choice(known), time.replace(second=0) if minutes_only else time)))
            while self.now("duplicate event", 0.3):
                time = r.choice(moments)
                rows.append((time, self.event(event_id, r.choice(known), time)))
        if n_events and self.one_in(2):  # busy user-days
            for size in (r.randrange(8, 40), r.randrange(129, 400), r.choice([7, 8, 9, 15, 16, 17, 127, 128, 129, 136, 255, 256, 257])):
                user_id, day = r.choice(known), first + timedelta(days=r.randrange(days))
                for _ in range(size):
                    time = day + timedelta(minutes=r.randrange(r.choice([3, 1440])))
                    event_id = r.randrange(10 ** 6, 10 ** 7)
                    rows.append((time, self.event(event_id, user_id, time, r.choice(["video_watch", "video_watch", "quiz_attempt"]))))

        shape = r.randrange(4)
        if shape == 0:
            r.shuffle(rows)
        elif shape == 1:
            rows.sort(key=lambda row: row[0])
            for _ in range(len(rows) // 10):
                i, j = r.randrange(len(rows)), r.randrange(len(rows))
                rows[i], rows[j] = rows[j], rows[i]
        elif shape == 2:
            rows.sort(key=lambda row: row[0], reverse=True)
        if self.one_in(3):
            r.shuffle(users)
        return users, [row for _, row in rows]

    def user(self, user_id, first):
        r = self.random
        try:
            signup = first + timedelta(days=r.randrange(-60, 10))
        except OverflowError:
            signup = first
        return {
            "user_id": self.id(user_id), "signup_date": self.time(signup, date_only=True),
            "plan": self.word(["free", "paid"], ["pro", "pàid", "\u00a0paid", "paid\u00a0", "p\u0430id", "paid!", "1", " NA ", "Null", "a,b", 'pa"id', "pa\nid"]),
            "is_paid": r.choice(["0", "1", "", "yes", "1.0", "nan", "2"]),
            "country": self.text(["IN", "US", "UK", "CA", "AU", "SG"]),
            "marketing_source": self.text(["organic", "referral", "ads", "youtube", "community"]),
            "engagement_score": self.number(r.random(), huge=True)}

    def event(self, event_id, user_id, time, event_type=None):
        r = self.random
        time = self.time(time)
        if self.now("unknown user", 0.1):
            user_id = r.choice([777777, -777777, 2 ** 62])
            if self.one_in(3):
                time = r.choice(FAR_TIMES)
        text = event_type or self.word(EVENT_TYPES + ["video_watch"], [
            "page_view", "logout", "LOG\u0130N", "\u017fupport_ticket", "video-watch", "video watch", "login,", 'log"in', "log\nin",
            "\u00a0login", "login\u00a0", "\u212a", "😀", " NA ", "NONE", "x\\y", "\x00", "True", "1", "0.0"])
        kind = text.strip().lower()
        return {
            "event_id": self.id(event_id), "user_id": self.id(user_id), "event_time": time, "event_type": text,
            "course_id": self.text(["k8s-mastery", "argo-cd", "terraform"]) if r.random() < 0.6 else "",
            "watch_minutes": self.number(r.uniform(2, 180)) if kind == "video_watch" or self.one_in(8) else r.choice(["0.0", "0.0", "", "0"]),
            "quiz_score": self.number(r.uniform(0, 100)) if kind == "quiz_attempt" or self.one_in(8) else "",
            "amount": self.number(r.uniform(199, 999), huge=True) if kind.startswith("payment") or self.one_in(8) else ""}

    # --- bytes

    def field(self, text):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        if any(c in data for c in b',"\r\n') or self.now("needless quotes", 0.5):
            return b'"' + data.replace(b'"', b'""') + b'"'
        return data

    def csv(self, columns, rows):
        r = self.random
        columns = list(columns)
        if self.one_in(2):
            columns += r.sample(["extra", "Event_ID", "notes, free", "visit id", 'a "b"', "événement", "index"], r.randrange(1, 4))
        if self.one_in(2):
            r.shuffle(columns)
        newline, mixed = r.choice([b"\n", b"\n", b"\r\n"]), self.one_in(8)
        lines = [[self.field(column) for column in columns]]
        for row in rows:
            fields = [row[column] if column in row else self.text(["x", "y"]) for column in columns]
            if self.now("bad UTF-8", 0.04):
                i = r.randrange(len(fields))
                fields[i] = fields[i].encode("utf-8") + r.choice(BAD_BYTES)
            if self.now("a field too few", 0.04):
                del fields[r.randrange(len(fields))]
            if self.now("a field too many", 0.04):
                fields.insert(r.randrange(len(fields) + 1), r.choice(["", "x", "1"]))
            lines.append([self.field(field) for field in fields])
        data = b"\xef\xbb\xbf" if self.one_in(4) else b""
        for line in lines:
            end = r.choice([b"\n", b"\r\n"]) if mixed else newline
            data += b",".join(line) + end
            while self.now("blank line", 0.1):
                data += r.choice([b"", b"", b"", b" ", b"\t "]) + end
        if self.one_in(3):
            data = data[:-len(end)]
        return data

    def write(self, out_dir, name, data):
        path = out_dir / f"{name}.csv"
        for old in (path, out_dir / f"{name}.csv.gz"):
            if old.exists():
                old.unlink()
        if self.one_in(5):
            cut = self.random.randrange(len(data)) if self.one_in(4) else len(data)  # two members are one gzip file
            parts = [data[:cut], data[cut:]] if cut < len(data) else [data]
            (out_dir / f"{name}.csv.gz").write_bytes(b"".join(gzip.compress(part, mtime=0) for part in parts))
        else:
            path.write_bytes(data)


def write_rough_inputs(seed, out_dir):
    rough = Rough(seed)
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    users, events = rough.tables()
    user_columns = USER_COLUMNS[:-1] if rough.one_in(3) else USER_COLUMNS
    rough.write(out_dir, "users", rough.csv(user_columns, users))
    rough.write(out_dir, "events", rough.csv(EVENT_COLUMNS, events))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rough users.csv and events.csv.")
    parser.add_argument("seed", type=int, metavar="SEED")
    parser.add_argument("out_dir", metavar="OUT_DIR")
    options = parser.parse_args()
    write_rough_inputs(options.seed, options.out_dir)
