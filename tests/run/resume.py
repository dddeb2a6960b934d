"""A scan that is interrupted or killed goes on from what it had kept.

  resume.py PROGRAM [ROWS]

A round is made so short that every archive is a checkpoint of its own. The program is then ended as soon as some are there: the same
command must not read them again, and must leave the bytes of a run that nobody disturbed, and no partials.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 160_000
POLICIES = ("--policy", "sfmc,marketo")
SHORT = {**os.environ, "BOUNCEMILL_CHECKPOINT_SECONDS": "0.000001"}
NEVER = {**os.environ, "BOUNCEMILL_CHECKPOINT_SECONDS": "0"}


def start(arguments, environment=SHORT):
    return subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True, env=environment)


def run(arguments, environment=SHORT, code=0):
    child = start(arguments, environment)
    errors = child.communicate()[1]
    if child.returncode != code:
        raise SystemExit(f"{arguments}: exit {child.returncode}: {errors}")
    return errors


def files(folder):
    """Bytes of an output folder, but for the manifest's times; and of a file."""
    if not os.path.isdir(folder):
        with open(folder, "rb") as file:
            return file.read()
    return {name: files(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name != "manifest.json"}


def partials(folder):
    return sorted(name for name in os.listdir(folder) if name.startswith("state.partial-"))


def expect(right, what):
    if not right:
        raise SystemExit(what)


def end_after(arguments, folder, count, number):
    """Ends a run when `count` checkpoints are there. Returns how many it left, and what it said."""
    child = start(arguments)
    while child.poll() is None and len(partials(folder)) < count:
        time.sleep(0.0005)
    child.send_signal(number)
    errors = child.communicate()[1]
    expect(child.returncode in (-number, 128 + number), f"ended by {number.name}: exit {child.returncode}: {errors}")
    return len(partials(folder)), errors


def main():
    with tempfile.TemporaryDirectory() as folder:
        def path(*names):
            return os.path.join(folder, *names)

        for name, seed, share in (("old", 7, 4), ("new", 1, 1)):
            run(("generate", "-o", path(name), "--events", str(ROWS // share), "--addresses", str(ROWS // 8), "--files", "8",
                 "--seed", str(seed), "--quiet"))
        with open(path("new", "rejects.csv"), "w") as file:
            file.write("time,event,address\n" + "".join(f"{k},bounce,nobody{k}\n" for k in range(300)))
        shutil.copy(path("new", "events-0002.csv.zst"), path("new", "the-same.csv.zst"))
        os.mkdir(path("work"))
        yesterday = path("yesterday.tally")
        run(("scan", "-o", yesterday, *POLICIES, path("old")), NEVER)
        cases = {"run": ("run", "-o", path("work", "out"), "--save-state", path("work", "state"), *POLICIES, path("new")),
                 "scan": ("scan", "-o", path("work", "state"), *POLICIES, path("new")),
                 "night": ("run", "-o", path("work", "out"), "--state", yesterday, "--save-state", path("work", "state"),
                           "--history", *POLICIES, path("old"), path("new"))}
        for what, arguments in cases.items():
            run(arguments, NEVER)
            wanted = files(path("work"))
            errors = run(arguments)
            expect(files(path("work")) == wanted, f"{what} with checkpoints: other bytes")
            expect("9 read" in errors and not partials(path("work")), f"{what}: checkpoints of its own are archives read: {errors}")
            for number in (signal.SIGTERM, signal.SIGKILL):
                for count in (1, 4):
                    kept, errors = end_after(arguments, path("work"), count, number)
                    expect(number == signal.SIGKILL or f"{kept} of " in errors, f"{what}: it says what is kept: {errors}")
                    for name in partials(path("work")):
                        run(("tally", "verify", path("work", name)))
                    errors = run(arguments)
                    says = re.search(r"(\d+) read.*, (\d+) by the run that was interrupted", errors)
                    expect(says and int(says[2]) == kept and int(says[1]) == 9 - kept, f"{what}: {kept} kept of 9 are not read: {errors}")
                    expect(files(path("work")) == wanted, f"{what} resumed after {number.name}: other bytes")
        arguments = cases["scan"]
        for what, change in (("other kinds", lambda: ("scan", "-o", path("work", "state"), "--policy", "mailman3", path("new"))),
                             ("fewer archives", lambda: (*arguments[:-1], path("new", "rejects.csv"))),
                             ("another dialect", lambda: (*arguments, "--dialect", "powermta")),
                             ("a damaged partial", lambda: damage(path("work", "state.partial-1")) and arguments)):
            end_after(arguments, path("work"), 1, signal.SIGTERM)
            other = change()
            errors = run(other, NEVER, 3 if "--dialect" in other else 0)
            if "--dialect" in other:
                run(arguments)
            else:
                expect("of another run were not used" in errors and "by the run" not in errors, f"{what}: {errors}")
                expect(not partials(path("work")), f"{what}: partials are gone when the file is there")
        expect(files(path("work")) == wanted_scan(arguments, path), "after all that")
        end_after(arguments, path("work"), 2, signal.SIGTERM)
        os.rename(path("new", "events-0007.csv.zst"), path("new", "another.csv.zst"))
        run(arguments)
        expect(files(path("work")) == wanted_scan(arguments, path), "with an archive renamed: other bytes")
        run(arguments, {**os.environ, "BOUNCEMILL_CHECKPOINT_SECONDS": "soon"}, 2)
    print("resumed as it should be")


def damage(name):
    with open(name, "r+b") as file:
        file.seek(100)
        byte = file.read(1)[0]
        file.seek(100)
        file.write(bytes([byte ^ 1]))
    return True


def wanted_scan(arguments, path):
    """What the scan writes where nothing was kept."""
    run((*arguments[:2], path("whole"), *arguments[3:]), NEVER)
    return {**files(path("work")), "state": files(path("whole"))}


if __name__ == "__main__":
    sys.exit(main())
