"""Every measurement of bouncemill beside its peers: makes the archives, measures, compares the answers, and writes
bench.md and bench.json. scripts/bench.sh installs and builds what this needs and calls it.

Exits with 1 when programs that must give the same answer do not.
"""
import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, 'peers')]
import archives as archive_module  # noqa: E402
import callgrind  # noqa: E402
import contest  # noqa: E402
import measure  # noqa: E402
import table  # noqa: E402

OURS, BEFORE, CODES_ALONE = 'bouncemill', 'before', 'bouncemill by codes alone'
REPLIES = 10000  # as many as `bench classify` has
OUTPUTS = {'all outputs': 'all', 'suppression and status': 'suppression,status',
           'suppression and report': 'suppression,report'}


def ours(outputs, program=OURS):
    return f'{program}, {outputs}'


class SetRun:
    """One set of archives: what is measured over it, and the outputs that must agree."""

    def __init__(self, arguments, archive_set, archives, work):
        self.arguments, self.archive_set, self.archives, self.work = arguments, archive_set, archives, work
        self.turns = measure.Turns()
        self.hashes = {}  # of the outputs, by program

    def run_command(self, program, threads, outputs, tables=()):
        chosen = [] if outputs == 'all' else ['--outputs', outputs]
        return [program, 'run', '--quiet', '--policy', 'sfmc', '--threads', str(threads), *chosen, *tables,
                '--output', self.output(), *self.archives]

    def output(self):
        return os.path.join(self.work, 'output')

    def output_note(self, key):
        """Keeps a hash of the list that every run writes, and clears the way for the next one."""
        hashes = self.hashes.setdefault(key[0].split(',')[0], set())
        hashes.add(table.file_hash(os.path.join(self.output(), 'suppression.csv')))
        with open(os.path.join(self.output(), 'manifest.json')) as file:
            self.tracked = json.load(file)['accounting']['addresses']
        shutil.rmtree(self.output())

    def codes_tables(self):
        """Tables of phrases and providers that have no rows."""
        options = ['--replace', 'phrases,providers']
        for name, header in (('phrases', 'phrase,reason'), ('providers', 'provider')):
            path = os.path.join(self.work, f'no-{name}.csv')
            with open(path, 'w') as file:
                file.write(header + '\n')
            options += [f'--{name}', path]
        return options

    def add_limit(self, threads):
        compression = self.archive_set.compression
        self.turns.add((contest.limit_name(compression), threads),
                       contest.limit_command(compression, threads, self.archives))

    def add_ours(self, threads, outputs):
        programs = {OURS: self.arguments.bouncemill}
        if self.arguments.against:
            programs[BEFORE] = self.arguments.against
        for name, program in programs.items():
            self.turns.add((ours(outputs, name), threads), self.run_command(program, threads, OUTPUTS[outputs]),
                           after=self.output_note)

    def add_main(self):
        """What is measured only over the first set."""
        for threads in self.arguments.threads:
            for outputs in OUTPUTS:
                self.add_ours(threads, outputs)
        threads = self.arguments.threads[0]
        self.turns.add((f'{CODES_ALONE}, all outputs', threads),
                       self.run_command(self.arguments.bouncemill, threads, 'all', self.codes_tables()),
                       after=self.output_note)
        threads = max(self.arguments.threads)
        for package in self.arguments.databases:
            out = os.path.join(self.work, package)
            self.turns.add((f'{contest.DATABASES[package][0]}, policy by codes alone', threads),
                           contest.database_command(self.arguments.python, package, threads, out, self.archives),
                           own_figures=True)
        if self.arguments.peers:
            for name, command in contest.counting_commands(self.archives, self.work).items():
                self.turns.add((name, 1), command)

    def measure(self, is_main):
        for threads in self.arguments.threads:
            # One archive has one decompressor.
            if threads == self.arguments.threads[0] or not self.archive_set.single:
                self.add_limit(threads)
        if is_main:
            self.add_main()
        else:
            for threads in self.arguments.threads:
                self.add_ours(threads, 'all outputs')
        self.turns.run(self.arguments.rounds)

    def limit_of(self, threads):
        name = contest.limit_name(self.archive_set.compression)
        return self.turns.best.get((name, threads)) or self.turns.best[name, self.arguments.threads[0]]

    def figures(self):
        programs = []
        for (name, threads), best in self.turns.best.items():
            limit = self.limit_of(threads)
            programs.append({'name': name, 'threads': threads, **best,
                             'cpu_to_limit': best['cpu_s'] / limit['cpu_s'],
                             'wall_to_limit': best['wall_s'] / limit['wall_s'],
                             **self.against(name, threads, best)})
        return {'name': self.archive_set.name, 'what': self.archive_set.what, 'files': len(self.archives),
                'bytes': sum(os.path.getsize(path) for path in self.archives), 'tracked_addresses': self.tracked,
                'programs': programs}

    def against(self, name, threads, best):
        before = self.turns.best.get((name.replace(OURS, BEFORE, 1), threads))
        if not name.startswith(OURS + ',') or not before:
            return {}
        return {'cpu_to_before': best['cpu_s'] / before['cpu_s'], 'wall_to_before': best['wall_s'] / before['wall_s']}


def same_outputs(runs):
    """What must be the same and is not: one list for all threads and outputs of a set, and for sets of the same rows;
    other tables, and another build, may differ between them."""
    wrong = [f'{run.archive_set.name}: {program} does not always write the same suppression.csv'
             for run in runs for program, hashes in run.hashes.items() if len(hashes) > 1]
    for rows_of in {run.archive_set.rows_of for run in runs} - {''}:
        found = {next(iter(run.hashes[OURS])) for run in runs if run.archive_set.rows_of == rows_of}
        if len(found) > 1:
            wrong.append(f'archives with the same rows ({rows_of}) give different lists')
    return wrong


def before_differs(runs):
    return [run.archive_set.name for run in runs
            if BEFORE in run.hashes and run.hashes[BEFORE] != run.hashes[OURS]]


def answers_of(arguments, archives, work):
    """bouncemill and the databases over the same archives: differing rows of status.csv."""
    def output(name):
        return os.path.join(work, 'answer-' + name)
    threads = max(arguments.threads)
    commands = {'bouncemill': (output('bouncemill'), [
        arguments.bouncemill, 'run', '--quiet', '--policy', 'sfmc', '--outputs', 'suppression,status',
        '--threads', str(threads), '--output', output('bouncemill'), *archives])}
    for package in arguments.databases:
        commands[package] = (output(package), contest.database_command(arguments.python, package, threads,
                                                                       output(package), archives))
    return contest.answers_compare(commands)


def answers_check(arguments, archives, work):
    """With texts the databases do not see what bouncemill reads in them; without, all must say the same."""
    if 'duckdb' not in arguments.databases:
        return None
    bare = os.path.join(work, 'bare')
    contest.texts_strip(arguments.python, bare, archives)
    without = answers_of(arguments, archive_module.archives_of(bare), work)
    shutil.rmtree(bare)
    return {'without_texts': without, 'with_texts': answers_of(arguments, archives, work),
            'counts_agree': contest.counted_check(work)}


def answers_wrong(answers):
    wrong = [f'{name} and bouncemill differ on {found["different"]:,} of {found["addresses"]:,} addresses'
             for name, found in (answers or {}).get('without_texts', {}).items()
             if found['different'] > found['addresses'] * contest.DIFFERENT_SHARE_MAX]
    return wrong + (['Miller and mawk count differently'] if answers and answers['counts_agree'] is False else [])


def own_bench(arguments, name):
    """`bouncemill bench NAME`: the stages, the forms, or the classifier."""
    command = [arguments.bouncemill, 'bench', name, '--json']
    if name != 'classify':
        command += ['--events', str(arguments.rows), '--addresses', str(arguments.addresses), '--files',
                    str(arguments.files), '--seed', str(arguments.seed), '--rounds', str(arguments.rounds),
                    '--threads', str(max(arguments.threads))]
    environment = {**os.environ, 'TMPDIR': arguments.work} if arguments.work else None
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def kernels_bench(program):
    """Speed of finding fields at each level of vector instructions, as bench/scan.c prints it."""
    if not program:
        return []
    lines = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = [re.match(r'(\w+)\s+(\w+)\s+([\d.]+) GB/s\s+([\d.]+) ns/row', line) for line in lines]
    return [{'text': match[1], 'simd': match[2], 'gb_per_s': float(match[3]), 'ns_per_row': float(match[4])}
            for match in found if match]


def classifiers_bench(arguments, work):
    """ZoneMTA's rules, where they are installed, over replies of the kind that `bench classify` goes through."""
    modules = os.path.join(arguments.node or '', 'node_modules')
    if not arguments.peers or not arguments.node or not shutil.which('node') or not os.path.isdir(modules):
        return []
    replies = archive_module.ArchiveSet('replies', '', 'none', single=True, bounce_share='1')
    folder = os.path.join(work, 'replies')
    archives = archive_module.archives_make(arguments, replies, folder, rows=REPLIES)
    found = subprocess.run(['node', os.path.join(HERE, 'peers', 'zonemta_run.js'), modules, archives[0],
                            str(arguments.rounds)], check=True, stdout=subprocess.PIPE).stdout
    shutil.rmtree(folder)
    return [{'name': 'ZoneMTA bounce rules (npm)', **json.loads(found)}]


def machine():
    model = platform.processor()
    with open('/proc/cpuinfo') as file:
        model = next((line.split(':', 1)[1].strip() for line in file if line.startswith('model name')), model)
    return {'processor': model, 'processors': len(os.sched_getaffinity(0)), 'system': platform.platform(),
            'load_at_start': os.getloadavg()[0]}


def version_of(command):
    if not shutil.which(command):
        return None
    said = subprocess.run([command, '--version'], stdout=subprocess.PIPE, text=True, check=False).stdout
    number = re.search(r'\d+(\.\d+)+', said)
    return number[0] if number else None


def versions(arguments):
    found = {'bouncemill': version_of(arguments.bouncemill), 'zstd': version_of('zstd'), 'gzip': version_of('gzip'),
             **{contest.DATABASES[package][0]: version for package, version in arguments.databases.items()}}
    if arguments.against:
        found['before'] = version_of(arguments.against)
    if arguments.peers:
        found['Miller'] = version_of('mlr')
    return {name: version for name, version in found.items() if version}


def databases_of(python):
    """Package to version, of those that the Python given has."""
    found = {}
    for package in contest.DATABASES:
        tried = subprocess.run([python, '-c', f'import {package}; print({package}.__version__)'],
                               capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            found[package] = tried.stdout.strip()
    return found


def set_measure(arguments, archive_set, is_main, work):
    print(f'measuring: {archive_set.name}', file=sys.stderr)
    folder = os.path.join(work, 'archives')
    given = is_main and arguments.archives
    archives = archive_module.archives_of(arguments.archives) if given else \
        archive_module.archives_make(arguments, archive_set, folder)
    os.sync()  # or the first program that syncs its own files would pay for these
    run = SetRun(arguments, archive_set, archives, work)
    run.measure(is_main)
    figures = run.figures()
    answers = answers_check(arguments, archives, work) if is_main else None
    if not given:
        shutil.rmtree(folder)
    return run, figures, answers


def everything(arguments, work):
    figures = {'machine': machine(), 'versions': versions(arguments),
               'rows': arguments.rows, 'addresses': arguments.addresses, 'seed': arguments.seed,
               'rounds': arguments.rounds, 'threads': arguments.threads, 'sets': [], 'answers': None}
    runs = []
    for archive_set in archive_module.archive_sets(arguments):
        run, of_set, answers = set_measure(arguments, archive_set, not runs, work)
        runs.append(run)
        figures['sets'].append(of_set)
        figures['answers'] = figures['answers'] or answers
    print('measuring: stages', file=sys.stderr)
    figures['stages'], figures['forms'] = own_bench(arguments, 'run'), own_bench(arguments, 'scan')
    figures['classify'] = own_bench(arguments, 'classify')
    figures['kernels'] = kernels_bench(arguments.kernels)
    figures['classifiers'] = classifiers_bench(arguments, work)
    if arguments.callgrind:
        print('counting instructions', file=sys.stderr)
        figures['instructions'] = callgrind.instructions_count(arguments.bouncemill, arguments.callgrind_rows, work)
    figures['wrong'] = same_outputs(runs) + answers_wrong(figures['answers'])
    figures['before_differs'] = before_differs(runs)
    figures['targets'] = table.targets(figures)
    return figures


def arguments_parse():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--bouncemill', default='build/src/cli/bouncemill', help='the program (default: %(default)s)')
    parser.add_argument('--against', help='another build of it, to compare with')
    parser.add_argument('--rows', type=int, default=2000000)
    parser.add_argument('--addresses', type=int, help='to draw from (default: a fifth of the rows)')
    parser.add_argument('--files', type=int, default=8)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, nargs='+', default=[1, 2])
    parser.add_argument('--archives', help='a folder of *.csv.zst to compare with the peers on')
    parser.add_argument('--python', help='a Python that has the databases (see peers/install.sh); default: without')
    parser.add_argument('--kernels', help='the program bench-scan; default: without')
    parser.add_argument('--node', help='a folder whose node_modules has zone-mta; default: without')
    parser.add_argument('--without-peers', dest='peers', action='store_false')
    parser.add_argument('--without-callgrind', dest='callgrind', action='store_false')
    parser.add_argument('--callgrind-rows', type=int, default=200000)
    parser.add_argument('--work', help='where archives and outputs are meanwhile (default: TMPDIR or /tmp)')
    parser.add_argument('out', help='the folder for bench.md and bench.json')
    arguments = parser.parse_args()
    arguments.addresses = arguments.addresses or max(arguments.rows // 5, 1)
    arguments.threads.sort()
    arguments.databases = databases_of(arguments.python) if arguments.python and arguments.peers else {}
    arguments.callgrind = arguments.callgrind and shutil.which('valgrind') is not None
    return arguments


def main():
    arguments = arguments_parse()
    os.makedirs(arguments.out, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix='bouncemill-bench.', dir=arguments.work) as work:
        figures = everything(arguments, work)
    with open(os.path.join(arguments.out, 'bench.json'), 'w') as file:
        json.dump(figures, file, indent=2)
        file.write('\n')
    with open(os.path.join(arguments.out, 'bench.md'), 'w') as file:
        file.write(table.markdown(figures))
    for problem in figures['wrong']:
        print(problem, file=sys.stderr)
    sys.exit(1 if figures['wrong'] else 0)


if __name__ == '__main__':
    main()
