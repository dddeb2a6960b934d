"""bouncemill's peers, and how each is called over native archives.

What is compared: `zstd -dc` and the like to nowhere, the limit of everything that reads such archives; DuckDB, Polars
and chDB with the policy `sfmc` (what they leave out, sfmc.sql says); Miller and mawk, which only count bounces by
address.
"""
import csv
import os
import shutil
import subprocess

import measure

HERE = os.path.dirname(os.path.abspath(__file__))
AWK_PROGRAM = '$2 == "bounce" { n[$3]++ } END { for (address in n) print address "," n[address] }'
DATABASES = {'duckdb': ('DuckDB', 'duckdb_run.py'), 'polars': ('Polars', 'polars_run.py'),
             'chdb': ('chDB (ClickHouse)', 'chdb_run.py')}
LIMITS = {'zst': ('zstd -dc', 'zstd -dcq'), 'gz': ('gzip -dc', 'gzip -dc'), 'none': ('cat', 'cat')}
# One address in 2,000 may differ: what sfmc.sql says that windows cannot follow.
DIFFERENT_SHARE_MAX = 0.0005


def limit_name(compression):
    return LIMITS[compression][0]


def limit_command(compression, threads, archives):
    """As many at a time as there are threads."""
    return ['sh', '-c', f'threads=$1; shift; printf "%s\\0" "$@" | xargs -0 -n 1 -P "$threads" '
            f'{LIMITS[compression][1]} >/dev/null', 'sh', str(threads), *archives]


def database_command(python, package, threads, out, archives):
    return [python, os.path.join(HERE, DATABASES[package][1]), str(threads), out, *archives]


def counting_commands(archives, work):
    """Name to command, of the programs that are there. Both print a line an address."""
    commands = {}
    if shutil.which('mlr'):
        # Not with --prepipe, by which Miller 6.6 loses rows at the ends of files.
        commands['Miller, bounces by address'] = [
            'sh', '-c', 'out=$1; shift; zstd -dcq "$@" | mlr --icsv --ocsv --headerless-csv-output '
            "filter '$event == \"bounce\"' then count -g address >\"$out\"", 'sh']
    if shutil.which('mawk'):
        commands['mawk, bounces by address'] = [
            'sh', '-c', 'out=$1; program=$2; shift 2; zstd -dcq "$@" | mawk -F, "$program" >"$out"', 'sh']
    for name, command in commands.items():
        program = [AWK_PROGRAM] if name.startswith('mawk') else []
        commands[name] = [*command, counted_path(work, name.split(',')[0]), *program, *archives]
    return commands


def counted_path(work, name):
    return os.path.join(work, f'counted-{name}')


def counted_check(work):
    """Whether the programs that count bounces by address found the same counts; None where there are not two."""
    found = []
    for name in ('Miller', 'mawk'):
        if os.path.exists(counted_path(work, name)):
            with open(counted_path(work, name)) as file:
                found.append(sorted(file.read().split()))
    return found[0] == found[1] if len(found) == 2 else None


def status_rows(path):
    with open(path, newline='') as file:
        return {row['address']: (row['status'], row['reason'], row['since'], row['bounce_count'])
                for row in csv.DictReader(file)}


def answers_compare(commands):
    """Rows of status.csv that differ from the first program's. `commands`: name to (output folder, command)."""
    first, found = None, {}
    for name, (out, command) in commands.items():
        measure.run_measured(command)
        rows = status_rows(os.path.join(out, 'status.csv'))
        shutil.rmtree(out)
        first = first or rows
        addresses = first.keys() | rows.keys()
        found[name] = {'addresses': len(addresses),
                       'different': sum(first.get(address) != rows.get(address) for address in addresses)}
    return found


def texts_strip(python, folder, archives):
    subprocess.run([python, os.path.join(HERE, 'strip_texts.py'), folder, *archives], check=True)
