"""Programs taking turns: in every round each runs once, one after the other, so that what disturbs the machine
disturbs all. The shortest times and the highest memory of all rounds count."""
import json
import os
import resource
import subprocess
import tempfile
import time


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
            raise SystemExit(f'failed with {process.returncode}: {" ".join(command)[:300]}')
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = {'wall_s': wall, 'cpu_s': after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                   'peak_mb': usage.ru_maxrss / 1000}
        if own_figures:
            output.seek(0)
            own = json.loads(output.read().splitlines()[-1])
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
