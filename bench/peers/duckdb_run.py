"""Runs sfmc.sql in DuckDB over archives: duckdb_run.py THREADS OUT ARCHIVE...

Prints a line of JSON: DuckDB's version and the wall and CPU seconds of the query, without Python's start.
"""
import csv
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TABLES = os.path.join(HERE, '..', '..', 'src', 'classify', 'tables')


def table_rows(name):
    with open(os.path.join(TABLES, name), newline='') as file:
        return list(csv.DictReader(line for line in file if not line.startswith('#')))


def quoted(texts):
    return ', '.join("'" + text.replace("'", "''") + "'" for text in texts)


def code_lists():
    """The enhanced codes that decide, those of them that are hard, and the hard reply codes."""
    classes = {row['reason']: row['class'] for row in table_rows('reasons.csv')}
    enhanced, hard_reply = {}, []
    for row in table_rows('codes.csv'):
        is_hard = classes[row['reason']] == 'hard'
        if row['kind'] == 'reply' and is_hard:
            first, _, last = row['code'].partition('-')
            hard_reply += [str(code) for code in range(int(first), int(last or first) + 1)]
        elif row['kind'] == 'enhanced' and row['code'].startswith('X.'):  # 4 and 5, where they have no own row
            for digit in '45':
                enhanced.setdefault(digit + row['code'][1:], is_hard)
        elif row['kind'] == 'enhanced':
            enhanced[row['code']] = is_hard
    known = [code for code in enhanced if not code.endswith('.0.0')]
    return known, [code for code in known if enhanced[code]], hard_reply


def trusted_pattern():
    """The table of trusted domains as a regular expression that matches addresses."""
    names = []
    with open(os.path.join(TABLES, 'trusted_domains.txt')) as file:
        for line in file:
            rule = line.partition('#')[0].strip()
            if rule:
                name = re.escape(rule).replace(r'\{cc\}', '[a-z]{2}').replace(r'\*', '[^@]+')
                names.append(name)
    return '@(' + '|'.join(names) + ')$'


def query_text(out, archives):
    known, hard, hard_reply = code_lists()
    with open(os.path.join(HERE, 'sfmc.sql')) as file:
        lines = [line for line in file if not line.startswith('--')]
    text = ''.join(lines)
    for name, value in (('ARCHIVES', '[' + quoted(archives) + ']'), ('KNOWN_ENHANCED', quoted(known)),
                        ('HARD_ENHANCED', quoted(hard)), ('HARD_REPLY', quoted(hard_reply) or "''"),
                        ('TRUSTED', quoted([trusted_pattern()])), ('OUT', out)):
        text = re.sub(rf'\b{name}\b', lambda _, value=value: value, text)
    return text


def main():
    import duckdb
    threads, out, archives = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.makedirs(out, exist_ok=True)
    query = query_text(out, archives)
    connection = duckdb.connect(config={'threads': threads})
    wall, cpu = time.monotonic(), time.process_time()
    connection.execute(query)
    print(json.dumps({'version': duckdb.__version__, 'wall_s': time.monotonic() - wall,
                      'cpu_s': time.process_time() - cpu}))


if __name__ == '__main__':
    main()
