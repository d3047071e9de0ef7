#!/usr/bin/env python3
"""Holds a topics directory against its contract: every example and the first messages of each topic.

    python validate_topics.py TOPICS_DIR [--messages 1000]

Each topic is a directory with schema.json (JSON Schema 2020-12), examples.jsonl and message files named by their first
offset in 20 digits. Every message must be valid for the schema and in compact form: UTF-8, one line ended by LF, no blanks
between tokens, fields in the order of the schema's `properties`, none twice, none null, numbers in their shortest text.
Exits with 1 when anything is wrong, naming file, line and reason. Needs jsonschema.
"""
import argparse
import json
import re
import sys
from pathlib import Path

import jsonschema

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SEGMENT = re.compile(r"[0-9]{20}\.jsonl")


class Flaw(Exception):
    """What is wrong with a line."""


def without_repeats(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Flaw(f"field {name} comes twice")
    return dict(pairs)


def shortest_int(text):
    if str(int(text)) != text:
        raise Flaw(f"number {text} is not in its shortest form {int(text)}")
    return int(text)


def shortest_float(text):
    if repr(float(text)) != text:
        raise Flaw(f"number {text} is not in its shortest form {float(text)!r}")
    return float(text)


def no_constant(text):
    raise Flaw(f"{text} is not JSON")


def first_null(value, path):
    if value is None:
        return path or "the message"
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next(filter(None, (first_null(item, f"{path}.{name}".lstrip(".")) for name, item in inner)), None)


def check_order(value, schema, path=""):
    """Fields come as the schema lists them; those that it does not list may stand anywhere."""
    if isinstance(value, dict):
        schema = next((choice for choice in schema.get("anyOf", []) if "properties" in choice), schema)
        known = schema.get("properties", {})
        order = [name for name in value if name in known]
        wanted = sorted(order, key=list(known).index)
        if order != wanted:
            raise Flaw(f"fields {'of ' + path + ' ' if path else ''}are {', '.join(order)}; the schema's order is {', '.join(wanted)}")
        for name in order:
            check_order(value[name], known[name] if isinstance(known[name], dict) else {}, f"{path}.{name}".lstrip("."))


def check_line(line, schema, validator):
    """Raises Flaw when a line (without its LF) breaks the contract."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Flaw(f"not UTF-8 at byte {error.start}")
    if not text.strip():
        raise Flaw("empty line")
    try:
        message = json.loads(text, object_pairs_hook=without_repeats, parse_int=shortest_int, parse_float=shortest_float,
                             parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise Flaw(f"not JSON: {error}")
    blank = re.search(r"\s", STRING.sub(lambda match: "_" * len(match.group()), text))
    if blank:
        raise Flaw(f"not compact: a blank at column {blank.start() + 1}")
    null = first_null(message, "")
    if null:
        raise Flaw(f"{null} is null; absent fields are left out")
    check_order(message, schema)
    errors = sorted(validator.iter_errors(message), key=lambda error: [str(part) for part in error.path])
    if errors:
        raise Flaw("; ".join(f"{'.'.join(map(str, e.path)) or 'message'}: {e.message}" for e in errors[:3]))


def check_file(path, schema, validator, limit, report):
    """Checks up to `limit` lines; returns how many lines it saw and whether that was the whole file."""
    seen = 0
    with open(path, "rb") as file:
        for line in file:
            if seen == limit:
                return seen, False
            seen += 1
            try:
                if not line.endswith(b"\n"):
                    raise Flaw("the last line is not ended by LF")
                check_line(line[:-1], schema, validator)
            except Flaw as flaw:
                report(f"{path}:{seen}: {flaw}")
    return seen, True


def check_topic(topic, limit, report):
    """Checks one topic and returns how many examples and messages it saw."""
    schema_path, examples_path = topic / "schema.json", topic / "examples.jsonl"
    try:
        schema = json.loads(schema_path.read_text(encoding="utf-8"))
        if schema.get("$schema", "").rstrip("#") != "https://json-schema.org/draft/2020-12/schema":
            report(f"{schema_path}:1: $schema is {schema.get('$schema')!r}, not JSON Schema 2020-12")
        jsonschema.Draft202012Validator.check_schema(schema)
    except OSError as error:
        report(f"{schema_path}: {error.strerror}")
        return 0, 0
    except json.JSONDecodeError as error:
        report(f"{schema_path}:{error.lineno}: {error.msg}")
        return 0, 0
    except jsonschema.SchemaError as error:
        report(f"{schema_path}: {'.'.join(map(str, error.path))}: {error.message}")
        return 0, 0
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

    examples = 0
    if examples_path.exists():
        examples, _ = check_file(examples_path, schema, validator, -1, report)
    if not examples:
        report(f"{examples_path}: no examples")
    messages, whole = 0, True
    for path in sorted(topic.glob("*.jsonl")):
        if path == examples_path:
            continue
        if not SEGMENT.fullmatch(path.name):
            report(f"{path}: a message file is named by its first offset in 20 digits")
        elif whole and int(path.stem) != messages:
            report(f"{path}: is named offset {int(path.stem)}, but {messages} messages come before it")
        if messages < limit:
            seen, whole = check_file(path, schema, validator, limit - messages, report)
            messages += seen
        else:
            whole = False
    return examples, messages


def main():
    parser = argparse.ArgumentParser(description="Holds a topics directory against its contract.")
    parser.add_argument("topics_dir", type=Path, metavar="TOPICS_DIR")
    parser.add_argument("--messages", type=int, default=1000, help="messages to check per topic (%(default)s)")
    options = parser.parse_args()
    flaws = []

    def report(flaw):
        flaws.append(flaw)
        print(flaw, file=sys.stderr)

    if not options.topics_dir.is_dir():
        sys.exit(f"{options.topics_dir}: no such directory")
    topics = sorted(path for path in options.topics_dir.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not topics:
        report(f"{options.topics_dir}: no topics")
    for topic in topics:
        examples, messages = check_topic(topic, options.messages, report)
        print(f"{topic.name}: {examples} examples, {messages} messages")
    sys.exit(1 if flaws else 0)


if __name__ == "__main__":
    main()
