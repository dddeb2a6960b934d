"""Reads addresses a line in hexadecimal, writes each normalised, in hexadecimal, or '-' when it is not usable.

Written from the rules alone, with other means than the library: regular expressions over the whole address.
ASCII only: U-labels have a table of their own in the tests.
"""
import re
import sys

LIMIT = 1024
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]"
DOT_ATOM = re.compile(rf"{ATEXT}+(\.{ATEXT}+)*", re.S)
QUOTED = r'"(?:\\.|[^"\\])*"'
ADDRESS = re.compile(rf'((?:{QUOTED}|[^" <>])*)@([^"@ <>]+)', re.S)


def lower(text):
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def normalise(text):
    text = text.lstrip(" \t<").rstrip(" \t>")
    found = ADDRESS.fullmatch(text)
    if len(text) > LIMIT or re.search(r"[\x00-\x1f\x7f]", text) or not found:
        return None
    local, domain = found.groups()
    if domain.endswith("."):
        domain = domain[:-1]
    literal = domain.startswith("[") and domain.endswith("]")
    if local in ("", '""') or domain in ("", "[]") or (not literal and "" in domain.split(".")):
        return None
    if re.fullmatch(QUOTED, local, re.S):
        content = re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.S)
        if DOT_ATOM.fullmatch(content):
            local = content
    return lower(local + "@" + domain)


for line in sys.stdin:
    result = normalise(bytes.fromhex(line).decode("latin-1"))
    print("-" if result is None else result.encode("latin-1").hex())
