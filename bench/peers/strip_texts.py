"""Copies native archives without their diagnostic texts, so that codes alone decide: strip_texts.py OUT ARCHIVE..."""
import os
import sys

import duckdb

COLUMNS = ('time', 'event', 'address', 'campaign', 'message_id', 'smtp_code', 'enhanced_code', 'diagnostic')


def main():
    out, archives = sys.argv[1], sys.argv[2:]
    os.makedirs(out, exist_ok=True)
    columns = ', '.join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    for archive in archives:
        duckdb.execute(f"""
            COPY (SELECT * REPLACE ('' AS diagnostic)
                  FROM read_csv(?, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
                                columns = {{{columns}}}))
            TO '{os.path.join(out, os.path.basename(archive))}' (FORMAT csv, HEADER, COMPRESSION zstd)""", [archive])


if __name__ == '__main__':
    main()
