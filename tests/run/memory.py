"""--memory: with so little that tallies and outcomes are spilled, the same bytes as with enough, on one thread and two, in
run, scan and merge; within what is promised; and the old output whole when the disk is full or the run is killed.

  memory.py PROGRAM [ROWS]
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

LEAST, ENOUGH = "16M", "4G"
PROMISED = (16 + 64) << 20  # bytes of resident set
POLICIES = "sfmc,mailman3,ses,marketo"
FILES = ("--history", "--policy", POLICIES, "--as-of", "2026-06-10/7d/2026-07-05", "--outputs",
         "all,history,segments,details,moments", "--export", "ses,sha256", "--export-policy", "sfmc")
checks, wrong = 0, 0
os.environ.pop("MALLOC_PERTURB_", None)  # which the test runner sets: it makes memory resident that nobody uses


def expect(condition, what):
    global checks, wrong
    checks += 1
    if not condition:
        wrong += 1
        print("wrong:", what)


def command(program, *arguments, **options):
    return subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=300, **options)


def succeed(program, *arguments):
    done = command(program, *arguments)
    expect(done.returncode == 0, f"{arguments}: {done.stderr}")


def sanitized(program):
    """Sanitizers take several times the memory."""
    return b"__asan_" in read(program) or b"__tsan_" in read(program)


def content(folder):
    """Every file's bytes by path, but for the manifest."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if name != "manifest.json":
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder)] = file.read()
    return found


def manifest(folder):
    with open(os.path.join(folder, "manifest.json")) as file:
        return json.load(file)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def jobs(program, folder, archives, memory, threads):
    """All jobs with this memory; returns the folders and files they wrote."""
    at = lambda name: os.path.join(folder, f"{name}-{memory}-{threads}")
    options = ("--quiet", "--memory", memory, "--threads", str(threads))
    half = len(archives) // 2
    succeed(program, "run", *options, *FILES, "-o", at("run"), *archives)
    succeed(program, "scan", *options, "--policy", POLICIES, "-o", at("half"), *archives[:half])
    succeed(program, "run", *options, *FILES, "--state", at("half"), "--save-state", at("state"), "-o", at("night"),
            *archives[half:])
    succeed(program, "merge", *options, *FILES, "-o", at("merge"), at("state"))
    succeed(program, "run", *options, "--outputs", "suppression", "-o", at("suppressed"), *archives)
    return [at(name) for name in ("run", "night", "merge", "suppressed")], [at("half"), at("state")]


def compare(program, folder, archives):
    wanted_folders, wanted_files = jobs(program, folder, archives, ENOUGH, 2)
    wanted = [content(path) for path in wanted_folders]
    expect(wanted[0] == wanted[1] == wanted[2] and len(wanted[0]) > 15, "run, night and merge write the same")
    expect(all(manifest(path)["spilled_bytes"] == 0 for path in wanted_folders), "nothing is spilled where there is enough")
    for threads in 1, 2:
        folders, files = jobs(program, folder, archives, LEAST, threads)
        for path, whole in zip(folders, wanted):
            expect(content(path) == whole, f"{path} is the same as with enough memory")
            told = manifest(path)
            expect(told["spilled_bytes"] > 0 and told["spilled_runs"] > 0, f"{path}: something was spilled")
            expect(sanitized(program) or told["peak_bytes"] <= PROMISED, f"{path}: a resident set of {told['peak_bytes']} bytes")
        for path, other in zip(files, wanted_files):
            expect(read(path) == read(other), f"{path} is the same as with enough memory")


def small_files():
    """What is written ends at 4 MB, as on a disk that is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))


def full_disk(program, folder, archives):
    out = os.path.join(folder, "full", "out")
    os.mkdir(os.path.dirname(out))
    succeed(program, "run", "--quiet", "-o", out, archives[0])
    before = content(out)
    for name in "run", "scan":
        target = out if name == "run" else os.path.join(folder, "full", "tally")
        done = command(program, name, "--quiet", "--threads", "2", "--memory", LEAST, "-o", target, *archives, preexec_fn=small_files)
        expect(done.returncode in (4, 5) and "temporary file" in done.stderr, f"{name}: {done.returncode}: {done.stderr}")
        expect(os.listdir(os.path.dirname(out)) == ["out"], f"{name} leaves nothing: {os.listdir(os.path.dirname(out))}")
        expect(content(out) == before, "the old output is untouched")


def killed(program, folder, archives):
    out = os.path.join(folder, "killed", "out")
    os.mkdir(os.path.dirname(out))
    arguments = ("run", "--quiet", "--threads", "2", "--memory", LEAST, "-o", out, *archives)
    succeed(program, *arguments)
    wanted = content(out)
    for part in range(1, 8):
        process = subprocess.Popen([program, *arguments])
        time.sleep(0.06 * part)
        process.kill()
        process.wait()
        expect(content(out) == wanted, "the output is whole after a kill")
    succeed(program, *arguments)
    expect(content(out) == wanted, "and after the next run")
    expect(os.listdir(os.path.dirname(out)) == ["out"], f"which cleans up: {os.listdir(os.path.dirname(out))}")


def usage(program, folder, archives):
    out = os.path.join(folder, "usage")
    for memory in "1M", "15M", "0", "x", "-1", "16MB", "1.5G":
        done = command(program, "run", "--quiet", "--memory", memory, "-o", out, archives[0])
        expect(done.returncode == 2 and "--memory" in done.stderr and "hint" in done.stderr, f"--memory {memory}: {done.stderr}")
        expect(not os.path.exists(out), "nothing is written")


def main():
    program = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 900000
    with tempfile.TemporaryDirectory() as folder:
        events = os.path.join(folder, "events")
        subprocess.run([program, "generate", "-o", events, "--events", str(rows), "--addresses", str(rows // 2), "--files", "4",
                        "--quiet"], check=True)
        archives = [os.path.join(events, name) for name in sorted(os.listdir(events))]
        for part in compare, full_disk, killed, usage:
            part(program, folder, archives)
    print(f"{checks} checks, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
