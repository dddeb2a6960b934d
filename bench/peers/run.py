"""Runs bouncemill and its peers side by side over a folder of native archives (*.csv.zst) and compares them.

In every round each program runs once, one after the other, so that what disturbs the machine disturbs all. The
shortest times and the highest memory of all rounds count.

Peers: `zstd -dc`, the limit of everything that reads compressed archives; DuckDB with the same policy in SQL
(sfmc.sql), where a Python with it is given; mawk, which only counts bounces by address. Writes a Markdown table to
standard output and, with --json, the figures to a file.
"""
import argparse
import csv
import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ALL_OUTPUTS = 'bouncemill, outputs all'
CODES_ALONE = 'bouncemill by codes alone, outputs all'
AWK_PROGRAM = '$2 == "bounce" { n[$3]++ } END { for (address in n) print address "," n[address] }'
# One address in 2,000 may differ: what sfmc.sql says that windows cannot follow.
DIFFERENT_SHARE_MAX = 0.0005


def run_measured(command, own_figures=False):
    """Wall and CPU seconds and peak memory of a command with its children. A peer's own seconds, printed as JSON,
    replace those of its process: an interpreter's start is not the peer's fault."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    with tempfile.TemporaryFile('w+') as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f'failed with {process.returncode}: {" ".join(command)[:200]}')
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = {'wall_s': wall, 'cpu_s': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                   'peak_mb': usage.ru_maxrss / 1000}
        if own_figures:
            output.seek(0)
            figures.update(json.loads(output.read()))
    return figures


class Contest:
    def __init__(self, arguments, archives, work):
        self.arguments, self.archives, self.work = arguments, archives, work
        self.entries = []  # name, threads, command, prints its own figures
        self.best = {}

    def add(self, name, threads, command, own_figures=False):
        self.entries.append((name, threads, command, own_figures))

    def add_all(self):
        for threads in self.arguments.threads:
            self.add('zstd -dc', threads, self.zstd(threads))
            for outputs in ('suppression,status', 'suppression,report', 'all'):
                name = 'bouncemill, outputs ' + outputs.replace(',', ' and ')
                self.add(name, threads, self.bouncemill(threads, outputs))
            self.add(CODES_ALONE, threads, self.bouncemill_codes(threads))
        if self.arguments.duckdb_python:
            threads = max(self.arguments.threads)
            self.add('DuckDB, sfmc.sql', threads, self.duckdb(threads, self.archives, 'duckdb'), own_figures=True)
        if shutil.which('mawk'):
            self.add('mawk, bounces by address', 1,
                     ['sh', '-c', 'program=$1; shift; zstd -dcq "$@" | mawk -F, "$program" >/dev/null', 'sh',
                      AWK_PROGRAM, *self.archives])

    def bouncemill(self, threads, outputs, archives=None, out='bouncemill'):
        chosen = [] if outputs == 'all' else ['--outputs', outputs]
        return [self.arguments.bouncemill, 'run', '--quiet', '--policy', 'sfmc', '--threads', str(threads), *chosen,
                '--output', os.path.join(self.work, out), *(archives or self.archives)]

    def bouncemill_codes(self, threads):
        """The same archives, by codes alone: with tables of phrases and providers that have no rows."""
        tables = []
        for name, header in (('phrases', 'phrase,reason'), ('providers', 'provider')):
            path = os.path.join(self.work, f'no-{name}.csv')
            with open(path, 'w') as file:
                file.write(header + '\n')
            tables += [f'--{name}', path]
        run = self.bouncemill(threads, 'all', out='bouncemill-codes')
        return [*run[:2], *tables, '--replace', 'phrases,providers', *run[2:]]

    def duckdb(self, threads, archives, out):
        return [self.arguments.duckdb_python, os.path.join(HERE, 'duckdb_run.py'), str(threads),
                os.path.join(self.work, out), *archives]

    def zstd(self, threads):
        return ['sh', '-c', 'threads=$1; shift; printf "%s\\0" "$@" | xargs -0 -n 1 -P "$threads" zstd -dcq >/dev/null',
                'sh', str(threads), *self.archives]

    def run(self, rounds):
        for _ in range(rounds):
            for name, threads, command, own_figures in self.entries:
                figures = run_measured(command, own_figures)
                known = self.best.setdefault((name, threads), figures)
                known.update({key: min(known[key], figures[key]) for key in ('wall_s', 'cpu_s')})
                known['peak_mb'] = max(known['peak_mb'], figures['peak_mb'])


def status_rows(path):
    with open(path, newline='') as file:
        return {row['address']: (row['status'], row['reason'], row['since'], row['bounce_count'])
                for row in csv.DictReader(file)}


def answers_compare(contest, archives, name):
    """Addresses in all and those whose rows of status.csv differ between bouncemill and DuckDB."""
    ours, theirs = name + '-bouncemill', name + '-duckdb'
    run_measured(contest.bouncemill(1, 'suppression,status', archives, ours))
    run_measured(contest.duckdb(max(contest.arguments.threads), archives, theirs))
    rows = [status_rows(os.path.join(contest.work, out, 'status.csv')) for out in (ours, theirs)]
    addresses = rows[0].keys() | rows[1].keys()
    return {'addresses': len(addresses),
            'different': sum(rows[0].get(address) != rows[1].get(address) for address in addresses)}


def answers_check(contest):
    """With texts DuckDB does not see what bouncemill reads in them; without, both must say the same."""
    bare = os.path.join(contest.work, 'bare')
    run_measured([contest.arguments.duckdb_python, os.path.join(HERE, 'strip_texts.py'), bare, *contest.archives])
    without = answers_compare(contest, sorted(glob.glob(os.path.join(bare, '*'))), 'bare')
    shutil.rmtree(bare)
    return {'without_texts': without, 'with_texts': answers_compare(contest, contest.archives, 'full'),
            'agree': without['different'] <= without['addresses'] * DIFFERENT_SHARE_MAX}


def print_table(contest, rows):
    threads_max = max(contest.arguments.threads)
    ours = contest.best['bouncemill, outputs suppression and status', threads_max]
    print('| program | threads | wall s | CPU s | peak MB | CPU / `zstd -dc` | CPU / bouncemill | wall / bouncemill |')
    print('|---|---|---|---|---|---|---|---|')
    for (name, threads), best in contest.best.items():
        limit = contest.best.get(('zstd -dc', threads), contest.best['zstd -dc', contest.arguments.threads[0]])
        print(f'| {name} | {threads} | {best["wall_s"]:.2f} | {best["cpu_s"]:.2f} | {best["peak_mb"]:.0f} '
              f'| {best["cpu_s"] / limit["cpu_s"]:.2f} | {best["cpu_s"] / ours["cpu_s"]:.2f} '
              f'| {best["wall_s"] / ours["wall_s"]:.2f} |')
    threads = contest.arguments.threads[0]
    share = contest.best[ALL_OUTPUTS, threads]['cpu_s'] / contest.best[CODES_ALONE, threads]['cpu_s']
    print(f'\nReading the texts makes a run with all outputs take {share:.3f} times the CPU of one by codes alone '
          f'(threads: {threads}).')
    print(f'\n{rows:,} rows; best of {contest.arguments.rounds}, programs taking turns. The last two columns are to '
          f'`--outputs suppression,status` with {threads_max} threads. Memory below 16 MB is not told apart.')


def print_answers(answers):
    def words(found):
        return f'{found["addresses"] - found["different"]:,} of {found["addresses"]:,} addresses'
    print(f'\nDuckDB and bouncemill agree on {words(answers["without_texts"])} (status, reason, date and count) where '
          f'the archives have no texts, and on {words(answers["with_texts"])} where they have: DuckDB goes by the '
          'codes alone. What it leaves out is said in bench/peers/sfmc.sql.')


def rows_count(contest):
    with open(os.path.join(contest.work, 'bouncemill', 'manifest.json')) as file:
        return sum(entry['rows'] for entry in json.load(file)['inputs'])


def arguments_parse():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--bouncemill', default='build/src/cli/bouncemill', help='the program (default: %(default)s)')
    parser.add_argument('--duckdb-python', help='a Python that has DuckDB (see install.sh); default: without DuckDB')
    parser.add_argument('--threads', type=int, nargs='+', default=[1, 2])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--json', help='where to write the figures')
    parser.add_argument('--work', help='where to write what the programs write (default: a temporary folder)')
    parser.add_argument('archives', help='a folder of *.csv.zst')
    return parser.parse_args()


def main():
    arguments = arguments_parse()
    archives = sorted(glob.glob(os.path.join(arguments.archives, '*.csv.zst')))
    if not archives:
        sys.exit(f'no *.csv.zst in {arguments.archives}')
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        contest = Contest(arguments, archives, work)
        contest.add_all()
        contest.run(arguments.rounds)
        rows = rows_count(contest)
        answers = answers_check(contest) if arguments.duckdb_python else None
    print_table(contest, rows)
    if answers:
        print_answers(answers)
    if arguments.json:
        with open(arguments.json, 'w') as file:
            json.dump({'rows': rows, 'rounds': arguments.rounds, 'answers': answers,
                       'programs': [{'name': name, 'threads': threads, **best}
                                    for (name, threads), best in contest.best.items()]}, file, indent=2)
    if answers and not answers['agree']:
        sys.exit('the answers differ by more than sfmc.sql leaves out')


if __name__ == '__main__':
    main()
