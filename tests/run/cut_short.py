"""An archive that is cut short while it is read: a message that names it, exit code 3, and an untouched output.

  cut_short.py PROGRAM

The program is stopped as soon as it has mapped the archive. It may be done with it by then, or not have begun: so this is tried
until it was in the midst of it.
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROWS = 1_000_000
ATTEMPTS = 50


def has_mapped(pid, path):
    try:
        with open(f"/proc/{pid}/maps") as maps:
            return path in maps.read()
    except ProcessLookupError:
        return False


def cut_while_read(out, archive, text):
    """What became of a run whose archive was cut after it was mapped: exit code and messages."""
    with open(archive, "wb") as file:
        file.write(text)
    child = subprocess.Popen([PROGRAM, "run", "-o", out, "--quiet", archive],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not has_mapped(child.pid, archive) and child.poll() is None and time.monotonic() < deadline:
        pass
    child.send_signal(signal.SIGSTOP)
    os.truncate(archive, 4096)
    child.send_signal(signal.SIGCONT)
    errors = child.communicate(timeout=60)[1].decode()
    return child.returncode, errors


def manifest(out):
    with open(os.path.join(out, "manifest.json"), "rb") as file:
        return file.read()


def main():
    rows = b"".join(b"%d,bounce,someone-%d@example.com,550 5.1.1 user unknown\n" % (1700000000 + k, k % 1000)
                    for k in range(ROWS // 100))
    text = b"time,event,address,diagnostic\n" + rows * 100
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        out, archive = os.path.join(folder, "out"), os.path.join(folder, "events.csv")
        with open(archive, "wb") as file:
            file.write(text[:text.index(b"\n", 4096) + 1])
        run = [PROGRAM, "run", "-o", out, "--quiet", archive]
        subprocess.run(run, check=True)
        for attempt in range(ATTEMPTS):
            before = manifest(out)
            code, errors = cut_while_read(out, archive, text)
            if "shorter" in errors:
                break
            if code != 0:  # cut before its size was asked for, or it is done: no error then
                sys.exit(f"exit {code}: {errors}")
        else:
            sys.exit(f"never in the midst of it, in {ATTEMPTS} attempts")
        if code != 3 or not errors.startswith(f"bouncemill: {archive} became shorter"):
            sys.exit(f"exit {code}, not 3, or another message: {errors}")
        if manifest(out) != before:
            sys.exit("the output is another")
        again = subprocess.run(run, stderr=subprocess.PIPE)
        left = [name for name in os.listdir(folder) if name not in ("out", "events.csv")]
        if again.returncode != 0 or left:
            sys.exit(f"the next run: exit {again.returncode}, left behind: {left}")
        print(f"1 passed, 0 failed ({attempt + 1} attempts)")


if __name__ == "__main__":
    main()
