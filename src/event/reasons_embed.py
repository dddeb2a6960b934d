"""Makes C from the table of bounce reasons: the enum (`names`) or the rows (`table`), in byte order of the names.

usage: reasons_embed.py names|table reasons.csv OUTPUT
"""
import csv
import sys

CLASSES = {"hard": "BM_HARD", "block": "BM_BLOCK", "soft": "BM_SOFT", "technical": "BM_TECHNICAL",
           "unknown": "BM_UNKNOWN", "none": "BM_NONE"}
SIDES = {"": "SIDE_NONE", "address": "SIDE_ADDRESS", "mailbox": "SIDE_MAILBOX", "server": "SIDE_SERVER"}
NUMBERS = {"sfmc_category_id", "sfmc_subcategory_id", "blackbaud_limit", "marketo_category", "sparkpost_code"}
ENUMS = {"class": CLASSES, "industry_side": SIDES}
COLUMNS = ["reason", "class", "meaning", "sfmc_category_id", "sfmc_category", "sfmc_subcategory_id",
           "sfmc_subcategory", "blackbaud_reason", "blackbaud_limit", "marketo_category", "ses_type", "ses_subtype",
           "sparkpost_code", "powermta_category", "kumomta_class", "industry_side", "retry"]
FIELDS = {"reason": "name", "class": "class_"}


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        if reader.fieldnames != COLUMNS:
            sys.exit(f"{path}:1: the columns are not {','.join(COLUMNS)}")
        rows = list(reader)
    rows.sort(key=lambda row: row["reason"].encode())
    for before, after in zip(rows, rows[1:]):
        if before["reason"] == after["reason"]:
            sys.exit(f"{path}: reason {after['reason']} occurs twice")
    return rows


def enum_name(reason):
    return "REASON_" + reason.upper().replace("-", "_")


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if " " <= c <= "~" else "".join(f"\\{b:03o}" for b in c.encode()) for c in escaped) + '"'


def value(column, text):
    if column in NUMBERS:
        return str(int(text or "0"))
    if column in ENUMS:
        return ENUMS[column][text]
    return quoted(text)


def names(rows):
    yield "/* Generated from classify/tables/reasons.csv. */"
    yield "#ifndef EVENT_REASON_NAMES_H"
    yield "#define EVENT_REASON_NAMES_H"
    yield "enum reason {"
    for row in rows:
        yield f"    {enum_name(row['reason'])},"
    yield "    REASON_COUNT"
    yield "};"
    yield "#endif"


def table(rows):
    yield "/* Generated from classify/tables/reasons.csv. */"
    yield '#include "base/base.h"'
    yield '#include "event/reason.h"'
    yield "const struct reason_row reason_table[REASON_COUNT] = {"
    for row in rows:
        fields = ", ".join(f".{FIELDS.get(column, column)} = {value(column, row[column])}" for column in COLUMNS)
        yield f"    [{enum_name(row['reason'])}] = {{{fields}}},"
    yield "};"


def main():
    form, source, target = sys.argv[1:]
    lines = {"names": names, "table": table}[form](read_rows(source))
    with open(target, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


main()
