#!/usr/bin/env python3
"""Writes text.txt beside itself: what str.strip and str.lower do with every character, as runs of like ones.

    lower FIRST LAST STEP DELTA     lower case is the character DELTA further on, for every STEPth one
    lower FIRST = TEXT              lower case is TEXT (code points)
    space FIRST LAST                str.strip takes these away
    sigma FIRST LAST BITS           1: a Σ behind one ends a word; 2: a Σ in front of one does; 4: a Σ behind `a` and one does
"""
import sys
import unicodedata
from pathlib import Path

ALL = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]


def runs(values):
    """(first, last, value) of neighbouring characters with the same value."""
    found = []
    for character, value in zip(ALL, values):
        if found and found[-1][2] == value and ord(character) == found[-1][1] + 1:
            found[-1][1] = ord(character)
        else:
            found.append([ord(character), ord(character), value])
    return [run for run in found if run[2]]


def lower_runs():
    found = []
    for character in ALL:
        lower, code = character.lower(), ord(character)
        if lower == character:
            continue
        if len(lower) > 1:
            yield f"lower {code:x} = {' '.join(f'{ord(part):x}' for part in lower)}"
            continue
        delta = ord(lower) - code
        last = found[-1] if found else None
        if last and last[3] == delta and (last[2] == 0 and code - last[1] <= 2 or code - last[1] == last[2]):
            last[2], last[1] = code - last[1], code
        else:
            found.append([code, code, 0, delta])
    for first, last, step, delta in found:
        yield f"lower {first:x} {last:x} {max(1, step)} {delta}"


def sigma(character):
    return ((character + "Σ").lower()[-1] == "ς") | ((("aΣ" + character).lower()[1] == "ς") << 1) \
        | ((("a" + character + "Σ").lower()[-1] == "ς") << 2)


lines = [f"unicode {unicodedata.unidata_version}", *lower_runs()]
lines += [f"space {first:x} {last:x}" for first, last, _ in runs([character.strip() == "" for character in ALL])]
lines += [f"sigma {first:x} {last:x} {bits}" for first, last, bits in runs([sigma(character) for character in ALL])]
Path(__file__).with_name("text.txt").write_text("\n".join(lines) + "\n")
