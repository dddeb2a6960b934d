"""Instructions per row of each function of a run, counted by callgrind: they repeat where clocks do not.

A run over twice the rows, less one over the rows once, so that what a run does once (reading tables, making files) falls
out. Functions are grouped by the file that their instructions come from, also where they were inlined; so a build with
debug information is needed, and the groups are not quite the stages of `bouncemill bench run`, which go by time.
valgrind knows no AVX-512: vector code is that of AVX2.
"""
import os
import re
import shutil
import subprocess

# The first that is part of the object's or file's name counts.
STAGES = [
    ('decompress', ('libzstd', 'libz.so', 'libisal', '/src/archive/')),
    ('index', ('/csv/scan', '/csv/lines', '/csv/row_start', '/run/run_text', 'libxxhash')),
    ('fields', ('/src/csv/', '/src/event/', '/run/unit', '/run/scan')),
    ('hashes', ('xxhash.h', '/base/hash.h')),
    ('classify', ('/src/classify/',)),
    ('count', ('/tally/counts', '/tally/named_', '/tally/label_', '/tally/domain_hours', '/tally/unmatched')),
    ('observe', ('/run/observe',)),
    ('tally', ('/tally/shards', '/tally/event_log', '/tally/blocks', '/tally/tally_event')),
    ('merge', ('/src/policy/', '/run/merge', '/run/shard_merge', '/run/address_', '/run/timeline', '/output/outcomes',
               '/src/tally/')),
    ('write', ('/src/output/', '/run/job', '/base/writer', '/base/text')),
    ('libc', ('libc.so', 'libc-', 'ld-linux')),
]
FUNCTIONS_SHOWN = 25
NAME = re.compile(r'(?:\((\d+)\))?\s*(.*)')


class Profile:
    """Instructions of each function by file and object, out of a file that callgrind wrote."""

    def __init__(self, path):
        self.names = {}
        self.instructions = {}
        current = {}
        skip = False  # the line behind calls= has what the callee took
        with open(path) as file:
            for line in file:
                key, equals, value = line.rstrip('\n').partition('=')
                if equals and key in ('ob', 'fl', 'fi', 'fe', 'fn'):
                    name = self.name(key, value)
                    current['fl' if key in ('fi', 'fe') else key] = name
                    if key == 'fl':
                        current['home'] = name  # where the function stands that others were inlined into
                elif equals and key == 'calls':
                    skip = True
                elif equals and key in ('cob', 'cfi', 'cfl', 'cfn'):
                    self.name(key[1:], value)
                elif line[:1].isdigit() or line[:1] in '+-*':
                    if not skip:
                        at = (current['fn'], current['fl'], current['home'], current.get('ob', ''))
                        self.instructions[at] = self.instructions.get(at, 0) + int(line.split()[1])
                    skip = False

    def name(self, key, value):
        """A name stands behind its number once; later the number alone."""
        kind = {'fi': 'fl', 'fe': 'fl'}.get(key, key)
        number, text = NAME.fullmatch(value).groups()
        if text:
            self.names[kind, number] = text
        return self.names.get((kind, number), '?')


def stage_of(text):
    return next((stage for stage, parts in STAGES if any(part in text for part in parts)), None)


def place_of(function, file, home, object_):
    """Name and stage. What comes from headers of the compiler belongs to the function that it was inlined into."""
    if 'bouncemill' not in object_:  # other libraries' files may be called anything
        library = os.path.basename(object_)
        return (f'{library}, without names' if function.startswith('0x') else function), stage_of(library) or 'other'
    return function.split('.lto_priv')[0], stage_of(file) or stage_of(home) or 'other'


def profile_run(bouncemill, rows, addresses, work):
    folder = os.path.join(work, 'callgrind')
    out = os.path.join(work, 'callgrind.out')
    subprocess.run([bouncemill, 'generate', '--quiet', '--output', folder, '--files', '1', '--events', str(rows),
                    '--addresses', str(addresses)], check=True)
    subprocess.run(['valgrind', '-q', '--tool=callgrind', f'--callgrind-out-file={out}', bouncemill, 'run', '--quiet',
                    '--threads', '1', '--policy', 'sfmc', '--output', os.path.join(work, 'callgrind-output'), folder],
                   check=True)
    profile = Profile(out)
    for path in (folder, os.path.join(work, 'callgrind-output')):
        shutil.rmtree(path)
    os.remove(out)
    return profile.instructions


def instructions_count(bouncemill, rows, work):
    """Per row: the whole, by stage, and the functions that take most."""
    once, twice = (profile_run(bouncemill, times * rows, rows // 5, work) for times in (1, 2))
    per_row = {at: (twice.get(at, 0) - once.get(at, 0)) / rows for at in once.keys() | twice.keys()}
    stages, functions = {}, {}
    for at, count in per_row.items():
        function, stage = place_of(*at)
        stages[stage] = stages.get(stage, 0) + count
        functions[function, stage] = functions.get((function, stage), 0) + count
    most = sorted(functions.items(), key=lambda item: -item[1])[:FUNCTIONS_SHOWN]
    order = [stage for stage, _ in STAGES] + ['other']
    return {'rows': rows, 'per_row': sum(per_row.values()),
            'stages': {stage: stages[stage] for stage in order if stage in stages},
            'functions': [{'name': function, 'stage': stage, 'per_row': count} for (function, stage), count in most]}
