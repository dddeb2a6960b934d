"""SIGKILL at random moments of a run over old outputs, with and without checkpoints.

  kill.py PROGRAM [COUNT [ROWS [SEED]]]

After each, the output folder must be the old one or the new one, whole: every file as its manifest says; and so must the tally file,
which may be new while the folder is old, but not the other way round. The next run must give the new ones and clean up. A third of
the moments is spread over the run, a third over its last part, and a third follows a step of the commit by at most some milliseconds.
COUNT 200 is the long form.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 24
ROWS = int(sys.argv[3]) if len(sys.argv) > 3 else 60_000
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 32)
OPTIONS = ("--policy", "sfmc,marketo", "--history", "--export", "ses", "--export-policy", "sfmc", "--quiet")


def start(arguments, checkpoints=False):
    environment = {**os.environ, "BOUNCEMILL_CHECKPOINT_SECONDS": "0.000001" if checkpoints else "0"}
    return subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True, env=environment)


def run(arguments, checkpoints=False):
    child = start(arguments, checkpoints)
    errors = child.communicate()[1]
    if child.returncode:
        raise SystemExit(f"{arguments}: exit {child.returncode}: {errors}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def snapshot(folder):
    """Every file's bytes; of the manifest what it says of the others, for it holds times."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            found[os.path.relpath(path, folder)] = json.loads(read(path))["outputs"] if name == "manifest.json" else read(path)
    said = {entry["name"]: entry["bytes"] for entry in found["manifest.json"]}
    sizes = {name: len(data) for name, data in found.items() if name != "manifest.json"}
    if said != sizes:
        raise SystemExit(f"the manifest says other sizes: {said}, {sizes}")
    return found


def which(what, got, old, new):
    if got not in (old, new):
        raise SystemExit(f"seed {SEED}: {what} is neither the old nor the new one")
    return got == new


class Work:
    def __init__(self, folder):
        self.folder, self.out, self.state = folder, os.path.join(folder, "out"), os.path.join(folder, "state")

    def inode(self, path):
        try:
            return os.stat(path).st_ino
        except FileNotFoundError:
            return None

    def manifest_begun(self):
        return any(name.startswith(".out.") and os.path.exists(os.path.join(self.folder, name, "manifest.json"))
                   for name in os.listdir(self.folder))

    def kill(self, arguments, checkpoints, kind, seconds):
        """Kills a run at a moment of the kind. Whether it was still at work."""
        begun, state, out = time.monotonic(), self.inode(self.state), self.inode(self.out)
        child = start(arguments, checkpoints)
        if kind < 2:
            time.sleep(random.uniform(0, 1) * seconds if kind == 0 else random.uniform(0.6, 1) * seconds)
        else:
            step = (self.manifest_begun, lambda: self.inode(self.state) != state, lambda: self.inode(self.out) != out)[kind - 2]
            while child.poll() is None and not step() and time.monotonic() - begun < 60:
                pass
            time.sleep(random.choice((0, 0.0005, random.uniform(0, 0.006))))
        child.kill()
        child.communicate()
        return child.returncode == -signal.SIGKILL


def main():
    random.seed(SEED)
    with tempfile.TemporaryDirectory() as folder:
        def path(*names):
            return os.path.join(folder, *names)

        for name, seed in (("a", 1), ("b", 2)):
            run(("generate", "-o", path(name), "--events", str(ROWS), "--addresses", str(ROWS // 8), "--files", "4", "--seed", str(seed),
                 "--quiet"))

        def arguments(place, archives):
            return ("run", "-o", path(place, "out"), "--save-state", path(place, "state"), *OPTIONS, path(archives))

        seconds = {}
        for name in ("a", "b"):
            os.mkdir(path("whole-" + name))
            run(arguments("whole-" + name, name))
        old, new = snapshot(path("whole-a", "out")), snapshot(path("whole-b", "out"))
        old_state, new_state = read(path("whole-a", "state")), read(path("whole-b", "state"))
        for checkpoints in (False, True):
            begun = time.monotonic()
            run(arguments("whole-b", "b"), checkpoints)
            seconds[checkpoints] = time.monotonic() - begun
        counts = {"killed": 0, "new states": 0, "new folders": 0, "leftovers": 0, "checkpoints": 0}
        for k in range(COUNT):
            shutil.rmtree(path("work"), ignore_errors=True)
            shutil.copytree(path("whole-a"), path("work"))
            work, checkpoints = Work(path("work")), k % 4 == 3
            counts["killed"] += work.kill(arguments("work", "b"), checkpoints, (0, 1, 2 + k // 3 % 3)[k % 3], seconds[checkpoints])
            if not os.path.isdir(work.out):
                raise SystemExit(f"seed {SEED}: no output folder")
            is_new = which("the output folder", snapshot(work.out), old, new)
            state_new = which("the tally file", read(work.state), old_state, new_state)
            if is_new and not state_new:
                raise SystemExit(f"seed {SEED}: the output folder is new, and the tally file is not")
            run(("tally", "verify", work.state))
            left = set(os.listdir(work.folder)) - {"out", "state"}
            counts["new folders"] += is_new
            counts["new states"] += state_new
            counts["leftovers"] += any("bouncemill-" in name for name in left)
            counts["checkpoints"] += any(name.startswith("state.partial-") for name in left)
            run(arguments("work", "b"), k % 2 == 0)
            which("the next output folder", snapshot(work.out), new, new)
            which("the next tally file", read(work.state), new_state, new_state)
            left = sorted(set(os.listdir(work.folder)) - {"out", "state"})
            if left:
                raise SystemExit(f"seed {SEED}: the next run leaves {left}")
    print(f"{COUNT} moments, seed {SEED}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    return counts["killed"] == 0


if __name__ == "__main__":
    sys.exit(main())
