"""SIGINT and SIGTERM at many moments of every command that takes long.

  stop.py PROGRAM [ROWS [MOMENTS [SECONDS]]]

The program must be gone within SECONDS, with 130 or 143 and an untouched old output, or with 0 and the new one; and never leave
anything behind. ROWS large enough for runs of seconds, and SECONDS 1, show what README promises; a test run on a busy machine is
given more time.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
MOMENTS = int(sys.argv[3]) if len(sys.argv) > 3 else 6
SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 10
ALL = ("--policy", "sfmc,marketo,mailman3,ses", "--outputs", "all,history,segments,details,moments",
       "--export", "ses,sha256", "--export-policy", "sfmc", "--quiet")


def listing(folder):
    """What is in a folder and below: what was written anew differs in time and number."""
    found = {}
    for where, _, names in os.walk(folder):
        found[where] = None
        for name in names:
            status = os.lstat(os.path.join(where, name))
            found[os.path.join(where, name)] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def start(arguments, **more):
    return subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), **more)


def whole(arguments):
    begun = time.monotonic()
    child = start(arguments, stdin=subprocess.DEVNULL)
    errors = child.communicate()[1].decode()
    if child.returncode:
        raise SystemExit(f"{arguments}: exit {child.returncode}: {errors}")
    return time.monotonic() - begun


class Checks:
    def __init__(self):
        self.sent, self.stopped, self.wrong, self.slowest = 0, 0, 0, (0, "")

    def bad(self, text):
        self.wrong += 1
        print(text)

    def end(self, what, child, number):
        """The signal, and what comes of it. Whether the program was stopped."""
        sent = time.monotonic()
        child.send_signal(number)
        try:
            child.wait(timeout=60)  # its standard input stays open
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            self.bad(f"{what}: goes on for a minute")
            return True
        seconds = time.monotonic() - sent
        errors = child.communicate()[1].decode()
        self.sent += 1
        self.slowest = max(self.slowest, (seconds, what))
        if seconds > SECONDS:
            self.bad(f"{what}: gone after {seconds:.2f} s")
        stopped = child.returncode in (128 + number, -number)
        self.stopped += stopped
        if child.returncode and not stopped:
            self.bad(f"{what}: exit {child.returncode}: {errors}")
        if stopped and child.returncode > 0 and "interrupted" not in errors:
            self.bad(f"{what}: does not say that it was interrupted: {errors}")
        return stopped

    def spread(self, what, arguments, folder, moments=MOMENTS, undo=lambda: None):
        """Signals at moments all over a run's time."""
        undo()
        time_whole = whole(arguments)
        for k in range(moments):
            undo()
            before = listing(folder)
            child = start(arguments, stdin=subprocess.DEVNULL)
            time.sleep(time_whole * (k + 0.5) / moments)
            number = (signal.SIGINT, signal.SIGTERM)[k % 2]
            moment = f"{what}, {number.name} after {time_whole * (k + 0.5) / moments:.3f} s"
            stopped, after = self.end(moment, child, number), listing(folder)
            if stopped and after != before:
                self.bad(f"{moment}: left {sorted(set(after.items()) ^ set(before.items()))[:4]}")
            if [name for name in after if "bouncemill-" in name]:
                self.bad(f"{moment}: left temporary files: {sorted(after)}")

    def waiting(self, what, arguments, folder, **more):
        """A signal to a program that waits for input."""
        before = listing(folder)
        for number in (signal.SIGINT, signal.SIGTERM):
            child = start(arguments, **(more or {"stdin": subprocess.PIPE}))
            time.sleep(0.3)
            if not self.end(f"{what}, {number.name}", child, number):
                self.bad(f"{what}: ends before its input does")
            if listing(folder) != before:
                self.bad(f"{what}: leaves something")


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        def path(*names):
            return os.path.join(folder, *names)

        generate = ("generate", "-o", path("events"), "--events", str(ROWS), "--addresses", str(max(ROWS // 8, 1)),
                    "--files", "4", "--quiet")
        whole(generate)
        archives = sorted(path("events", name) for name in os.listdir(path("events")))
        os.mkdir(path("work"))
        out, state = path("work", "out"), path("work", "state.tally")
        checks.spread("run", ("run", "-o", out, "--save-state", state, *ALL, path("events")), path("work"), 2 * MOMENTS)
        checks.spread("scan", ("scan", "-o", state, *ALL[:2], "--quiet", path("events")), path("work"))
        parts = []
        for k, archive in enumerate(archives):
            parts.append(path(f"part-{k}.tally"))
            whole(("scan", "-o", parts[-1], *ALL[:2], "--quiet", archive))
        checks.spread("merge", ("merge", "-o", out, "--save-state", state, *ALL, *parts), path("work"), 2 * MOMENTS)
        shares = [path(f"share-{k}") for k in (1, 2, 3)]
        for k, share in enumerate(shares):
            whole(("merge", "-o", share, "--partition", f"{k + 1}/3", *ALL[:4], "--quiet", *parts))
        checks.spread("combine", ("merge", "--combine", "-o", out, "--quiet", *shares), path("work"))
        checks.spread("explain", ("explain", "user1@example.com", path("events")), folder)
        checks.spread("explain with tally files", ("explain", "user1@example.com", *parts), folder)

        def generated_remove():
            for name in os.listdir(path("made")) if os.path.isdir(path("made")) else ():
                os.unlink(path("made", name))

        made = ("generate", "-o", path("made"), *generate[3:])
        generated_remove()
        time_whole = whole(made)
        sizes = {name: os.stat(path("made", name)).st_size for name in os.listdir(path("made"))}
        for k in range(MOMENTS):
            generated_remove()
            child = start(made)
            time.sleep(time_whole * (k + 0.5) / MOMENTS)
            checks.end("generate", child, signal.SIGTERM)
            for name in os.listdir(path("made")):
                if os.stat(path("made", name)).st_size != sizes[name]:
                    checks.bad(f"generate: leaves a part of {name}")

        os.mkfifo(path("pipe"))
        checks.waiting("run from standard input", ("run", "-o", out, "-"), folder)
        checks.waiting("run with a list from standard input", ("run", "-o", out, "--files-from", "-"), folder)
        checks.waiting("run from a named pipe", ("run", "-o", out, path("pipe")), folder)
        checks.waiting("scan with a list from a named pipe", ("scan", "-o", state, "--files-from", path("pipe")), folder)
        checks.waiting("classify", ("classify", "-"), folder)
        child = start(("run", "-o", out, "-"), stdin=subprocess.PIPE)
        child.stdin.write(b"time,event,address\n" * 10000)
        child.stdin.flush()
        time.sleep(0.3)
        checks.end("run in the middle of standard input", child, signal.SIGTERM)
        if [name for name in listing(folder) if "bouncemill-" in name]:
            checks.bad("run in the middle of standard input: leaves temporary files")
    print(f"{checks.sent} signals, {checks.stopped} stopped a run; the slowest took {checks.slowest[0]:.3f} s ({checks.slowest[1]}); "
          f"{checks.wrong} wrong")
    if not checks.stopped:
        raise SystemExit("no run was stopped")
    return checks.wrong > 0


if __name__ == "__main__":
    sys.exit(main())
