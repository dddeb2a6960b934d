"""Runs sfmc_clickhouse.sql in chDB, which is ClickHouse in a Python package: chdb_run.py THREADS OUT ARCHIVE...

Prints a line of JSON, as duckdb_run.py does.
"""
import json
import os
import sys
import time

from sfmc_tables import query_text, quoted, trusted_pattern


def file_pattern(paths):
    """Braces may not stand for the root of a path."""
    folder = os.path.commonpath([os.path.dirname(path) for path in paths])
    names = [os.path.relpath(path, folder) for path in paths]
    return os.path.join(folder, '{' + ','.join(names) + '}' if len(names) > 1 else names[0])


def main():
    from chdb import session
    import chdb
    threads, out, archives = int(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]
    os.makedirs(out, exist_ok=True)
    files = file_pattern([os.path.abspath(archive) for archive in archives])
    escaped = trusted_pattern().replace('\\', '\\\\')  # a backslash escapes in ClickHouse's texts
    query = query_text('sfmc_clickhouse.sql', out, FILES=quoted([files]), TRUSTED=quoted([escaped]))
    connection = session.Session()
    connection.query(f'SET max_threads = {threads}')
    wall, cpu = time.monotonic(), time.process_time()
    for statement in query.split('--;'):
        connection.query(statement)
    print(json.dumps({'version': chdb.__version__, 'wall_s': time.monotonic() - wall,
                      'cpu_s': time.process_time() - cpu}))


if __name__ == '__main__':
    main()
