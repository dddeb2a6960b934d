#!/usr/bin/env python3
"""The folders of src depend on each other in one direction only. Prints what breaks that; exits with 1 if any.

   includes_check.py FOLDER    checks src/FOLDER
   includes_check.py --list    prints the folders
"""
import pathlib
import re
import sys

READERS = {'base', 'archive', 'csv', 'event'}
# Folder: those that it may include from, beside itself and the public headers. The program gets nothing.
ALLOWED = {
    'base': set(),
    'archive': {'base'},
    'event': {'base'},
    'csv': {'base', 'event'},
    'classify': READERS,
    'tally': READERS | {'classify'},
    'policy': READERS | {'classify', 'tally'},
    'output': READERS | {'classify', 'tally', 'policy'},
    'run': READERS | {'classify', 'tally', 'policy', 'output'},
    'generate': {'base', 'event'},
    'bench': READERS | {'classify', 'tally', 'policy', 'output', 'generate', 'run'},
    'cli': set(),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def broken(folder, source):
    for number, line in enumerate(source.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        first, slash, _ = match[1].partition('/')
        if '..' in match[1] or (slash and first != folder and first not in ALLOWED[folder] and first != 'bouncemill'):
            yield f'{source}:{number}: {folder} may not include "{match[1]}"'


def main():
    src = pathlib.Path(__file__).resolve().parent.parent / 'src'
    folders = sorted(path.name for path in src.iterdir() if path.is_dir())
    if sys.argv[1:] == ['--list']:
        print('\n'.join(folders))
        return 0
    if len(sys.argv) != 2 or sys.argv[1] not in folders:
        print('usage: includes_check.py FOLDER|--list', file=sys.stderr)
        return 2
    folder = sys.argv[1]
    if folder not in ALLOWED:
        print(f'src/{folder} has no place in the order of the folders')
        return 1
    sources = sorted(path for path in (src / folder).rglob('*') if path.suffix in ('.c', '.h'))
    complaints = [complaint for source in sources for complaint in broken(folder, source)]
    print('\n'.join(complaints), end='\n' if complaints else '')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
