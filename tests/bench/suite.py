"""The benchmark suite: a small round of it is whole, and what it must find wrong it finds wrong.

    suite.py PROGRAM SOURCE_ROOT
"""
import json
import os
import subprocess
import sys
import tempfile
import types
import unittest

PROGRAM, SOURCE = sys.argv.pop(1), sys.argv.pop(1)
BENCH = os.path.join(SOURCE, 'bench')
sys.path[:0] = [BENCH, os.path.join(BENCH, 'peers')]
import archives  # noqa: E402
import callgrind  # noqa: E402
import measure  # noqa: E402
import suite  # noqa: E402
import table  # noqa: E402

PROFILE = """# callgrind format
events: Ir
ob=(1) /lib/libzstd.so.1
fl=(1) ???
fn=(1) 0x0000000000001000
0 700
ob=(2) /build/src/libbouncemill.so.0
fl=(2) ../src/run/scan.c
fn=(2) worker_run
10 5
+1 7
fi=(3) ../src/tally/counts.c
20 11
fi=(4) /usr/include/immintrin.h
30 13
fe=(2)
cob=(1)
cfi=(1)
cfn=(1)
calls=3 0
* 9999
12 1
"""


class Round(unittest.TestCase):
    def test_round(self):
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([sys.executable, os.path.join(BENCH, 'suite.py'), '--bouncemill', PROGRAM, '--rows', '10000',
                            '--rounds', '1', '--files', '2', '--against', PROGRAM, '--without-peers',
                            '--without-callgrind', out], check=True, stderr=subprocess.DEVNULL)
            with open(os.path.join(out, 'bench.json')) as file:
                figures = json.load(file)
            with open(os.path.join(out, 'bench.md')) as file:
                text = file.read()
        self.assertEqual(figures['wrong'], [])
        self.assertEqual(figures['before_differs'], [], 'the program differs from itself')
        self.assertEqual(len(figures['sets']), 9)
        for of_set in figures['sets']:
            single = of_set['name'].startswith('one')
            self.assertEqual(of_set['files'], 1 if single else 2)
            names = {(found['name'], found['threads']) for found in of_set['programs']}
            self.assertTrue({(table.ALL, 1), (table.ALL, 2), ('before, all outputs', 1)} <= names, names)
            self.assertIn(f'### {of_set["name"]}', text)
            for found in of_set['programs']:
                self.assertEqual('cpu_to_before' in found, found['name'].startswith('bouncemill,'), found['name'])
        many, few = (table.set_named(figures, name)['tracked_addresses'] for name in ('many addresses', 'few addresses'))
        self.assertGreater(many, 2 * few)
        self.assertTrue(all(isinstance(target[1], float) for target in figures['targets']))


def run_of(rows_of, hashes):
    return types.SimpleNamespace(archive_set=types.SimpleNamespace(name='set', rows_of=rows_of), hashes=hashes)


class Checks(unittest.TestCase):
    def test_archives_given(self):
        """They hold other rows than the sets that are generated."""
        arguments = types.SimpleNamespace(files=2, rows=10, archives=None)
        generated = archives.archive_sets(arguments)
        self.assertEqual([found.name for found in generated if found.rows_of == 'mixed'], ['mixed', 'plain', 'gz'])
        arguments.archives = 'some/folder'
        given = archives.archive_sets(arguments)
        self.assertEqual((given[0].name, given[0].rows_of), ('mixed', ''))
        self.assertEqual(given[1:], generated[1:])

    def test_same_outputs(self):
        good = [run_of('a', {suite.OURS: {'1'}, suite.BEFORE: {'2'}}), run_of('a', {suite.OURS: {'1'}}),
                run_of('', {suite.OURS: {'3'}})]
        self.assertEqual(suite.same_outputs(good), [])
        self.assertEqual(len(suite.same_outputs([run_of('', {suite.OURS: {'1', '2'}})])), 1)
        self.assertEqual(len(suite.same_outputs(good + [run_of('a', {suite.OURS: {'4'}})])), 1)
        self.assertEqual(suite.before_differs(good), ['set'])

    def test_answers(self):
        answers = {'counts_agree': True, 'without_texts': {'bouncemill': {'addresses': 10000, 'different': 0},
                                                           'duckdb': {'addresses': 10000, 'different': 5}}}
        self.assertEqual(suite.answers_wrong(answers), [])
        self.assertEqual(suite.answers_wrong(None), [])
        answers['without_texts']['duckdb']['different'] = 6
        self.assertEqual(len(suite.answers_wrong(answers)), 1)
        answers['counts_agree'] = False
        self.assertEqual(len(suite.answers_wrong(answers)), 2)

    def test_targets(self):
        self.assertTrue(table.is_met(1.5, '<=', 1.5) and not table.is_met(1.6, '<=', 1.5))
        self.assertTrue(table.is_met(5.0, '>=', 5) and not table.is_met(4.9, '>=', 5))
        of_set, peak_mb = {'tracked_addresses': 1000}, (64 * table.MIB + 5000) / 1e6
        self.assertAlmostEqual(table.memory_per_address(of_set, {'peak_mb': peak_mb}), 5)
        self.assertEqual(table.memory_per_address(of_set, {'peak_mb': 20}), 0)


class Measuring(unittest.TestCase):
    def test_figures(self):
        here = bytearray(300_000_000)
        figures = measure.run_measured(['true'])
        self.assertEqual(len(here), 300_000_000)
        self.assertLessEqual(figures['peak_mb'], measure.PEAK_MB_TOLD, "the caller's memory is not the command's")
        taken = measure.run_measured([sys.executable, '-c', 'bytearray(300_000_000)'])
        self.assertGreater(taken['peak_mb'], 300)
        spent = measure.run_measured(['sh', '-c', f'{sys.executable} -c "sum(range(10000000))"; sleep 0.2'])
        self.assertGreater(spent['cpu_s'], 0.02, 'children count')
        self.assertGreater(spent['wall_s'], 0.2 + spent['cpu_s'] / 2)

    def test_own_figures(self):
        figures = measure.run_measured(['echo', '{"wall_s": 7, "cpu_s": 8}'], own_figures=True)
        self.assertEqual((figures['wall_s'], figures['cpu_s']), (7, 8))
        for command in (['false'], ['no-such-program-at-all']):
            with self.assertRaises(SystemExit):
                measure.run_measured(command)

    def test_best(self):
        turns, seen = measure.Turns(), []
        turns.add('a', ['true'], after=seen.append)
        turns.add('b', ['true'], after=seen.append)
        turns.run(2)
        self.assertEqual(seen, ['a', 'b', 'a', 'b'])
        self.assertEqual(set(turns.best), {'a', 'b'})


class Instructions(unittest.TestCase):
    def test_profile(self):
        with tempfile.NamedTemporaryFile('w', suffix='.out') as file:
            file.write(PROFILE)
            file.flush()
            found = callgrind.Profile(file.name).instructions
        placed = {}
        for at, count in found.items():
            place = callgrind.place_of(*at)
            placed[place] = placed.get(place, 0) + count
        self.assertEqual(placed, {('libzstd.so.1, without names', 'decompress'): 700,
                                  ('worker_run', 'fields'): 5 + 7 + 13 + 1, ('worker_run', 'count'): 11})


if __name__ == '__main__':
    unittest.main()
