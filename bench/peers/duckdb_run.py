"""Runs sfmc.sql in DuckDB over archives: duckdb_run.py THREADS OUT ARCHIVE...

Prints a line of JSON: DuckDB's version and the wall and CPU seconds of the query, without Python's start.
"""
import json
import os
import sys
import time

from sfmc_tables import query_text, quoted

def main():
    import duckdb
    threads, out, archives = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.makedirs(out, exist_ok=True)
    query = query_text('sfmc.sql', out, ARCHIVES='[' + quoted(archives) + ']')
    connection = duckdb.connect(config={'threads': threads})
    wall, cpu = time.monotonic(), time.process_time()
    connection.execute(query)
    print(json.dumps({'version': duckdb.__version__, 'wall_s': time.monotonic() - wall,
                      'cpu_s': time.process_time() - cpu}))


if __name__ == '__main__':
    main()
