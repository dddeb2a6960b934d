"""Programs taking turns: in every round each runs once, one after the other, so that what disturbs the machine
disturbs all. The shortest times and the highest memory of all rounds count.

As a program it runs a command: the kernel counts the memory of the process that a command was started from as the
command's, so that process must be a small one.
"""
import json
import os
import subprocess
import sys
import time

# Of a command that takes less the peak is that of the process that starts it.
PEAK_MB_TOLD = 15


def command_run(command):
    """Runs the command, and prints its standard output's last line behind a line of JSON with its figures."""
    output = os.memfd_create('output')
    start = time.monotonic()
    process = os.fork()
    if process == 0:
        try:
            os.dup2(output, 1)
            os.execvp(command[0], command)
        except OSError as error:
            print(f'{command[0]}: {error}', file=sys.stderr)
        os._exit(127)
    _, status, usage = os.wait4(process, 0)
    figures = {'wall_s': time.monotonic() - start, 'cpu_s': usage.ru_utime + usage.ru_stime,
               'peak_mb': usage.ru_maxrss * 1024 / 1e6, 'exit': os.waitstatus_to_exitcode(status)}
    os.lseek(output, 0, os.SEEK_SET)
    with os.fdopen(output) as text:
        lines = text.read().splitlines()
    print(json.dumps(figures))
    print(lines[-1] if lines else '')


def run_measured(command, own_figures=False):
    """Wall and CPU seconds and peak memory of a command with its children. A peer's own seconds, printed as JSON,
    replace those of its process: an interpreter's start is not the peer's fault."""
    said = subprocess.run([sys.executable, '-I', '-S', os.path.abspath(__file__), *command], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.splitlines()
    figures = json.loads(said[0])
    if figures.pop('exit') != 0:
        raise SystemExit(f'failed: {" ".join(command)[:300]}')
    if own_figures:
        own = json.loads(said[1])
        figures.update({key: own[key] for key in ('wall_s', 'cpu_s')})
    return figures


class Turns:
    """Commands by key, and the best figures of each."""

    def __init__(self):
        self.commands = {}
        self.best = {}

    def add(self, key, command, own_figures=False, after=None):
        """`after` is called, with the key, when the command has run."""
        self.commands[key] = (command, own_figures, after)

    def run(self, rounds):
        for _ in range(rounds):
            for key, (command, own_figures, after) in self.commands.items():
                figures = run_measured(command, own_figures)
                if after:
                    after(key)
                known = self.best.setdefault(key, dict(figures))
                known.update({name: min(known[name], figures[name]) for name in ('wall_s', 'cpu_s')})
                known['peak_mb'] = max(known['peak_mb'], figures['peak_mb'])


if __name__ == '__main__':
    command_run(sys.argv[1:])
