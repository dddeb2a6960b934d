"""The same bytes out, whatever the threads, the SIMD level, the order of the archives, and how rows are spread over them.

  identity.py PROGRAM [ROWS]

Generated rows in eight archives: zstd with small frames, gzip, and another dialect's plain text. The first run, one
thread and no SIMD, says what every other must write; manifest.json alone may differ.
"""
import gzip
import os
import random
import subprocess
import sys
import tempfile

from program import differences, events_generate, read, run, write

POLICIES = ("sfmc", "sfmc,sfmc/timer", "sfmc/attempts,sfmc/timer,sfmc")


def generate(program, folder, name, rows, seed, *options):
    out = os.path.join(folder, name)
    events_generate(program, out, rows, rows // 20, "--seed", str(seed), *options)
    return [os.path.join(out, file) for file in sorted(os.listdir(out))]


def archives_make(program, folder, rows):
    """Three of zstd (together enough for several runs), three of gzip, two plain ones of another dialect."""
    frames = generate(program, folder, "frames", rows * 5 // 8, 1, "--files", "3", "--frame-size", "64K")
    members = generate(program, folder, "members", rows // 4, 2, "--files", "3", "--compression", "gz")
    plain = generate(program, folder, "plain", rows // 8, 3, "--files", "2", "--dialect", "powermta", "--compression", "none")
    return frames, members, plain


def spread_otherwise(folder, frames, members, plain):
    """The same rows in fewer archives: what `cat` makes of them, with their headers in the middle; and plain text of all."""
    one = write(os.path.join(folder, "one.zst"), b"".join(read(path) for path in frames))
    other = write(os.path.join(folder, "other.gz"), b"".join(read(path) for path in reversed(members)))
    text = subprocess.run(["zstd", "-dcq", *frames], check=True, capture_output=True).stdout
    text += b"".join(gzip.decompress(read(path)) for path in members)
    native = write(os.path.join(folder, "native.csv"), text)
    pmta = write(os.path.join(folder, "pmta.csv"), b"".join(read(path) for path in plain))
    return [[one, other, *plain], [pmta, *members, one], [native, pmta]]


def levels(program, folder):
    """SIMD levels that this machine has."""
    probe = write(os.path.join(folder, "probe"), b"time,event,address\n")
    return [level for level in ("scalar", "avx2", "avx512")
            if run(program, os.path.join(folder, "probed"), [probe], "--simd", level).exit == 0]


def variants(archives, others, simd):
    """(what differs, archives, options) of every run that must be equal; report.* names the archives in their order."""
    shuffled = archives[:]
    random.Random(4).shuffle(shuffled)
    for level in simd:
        for threads in ("1", "2", "5"):
            yield f"{threads} threads, {level}", archives, ("--threads", threads, "--simd", level)
        yield f"shuffled, {level}", shuffled, ("--threads", "2", "--simd", level)
    for number, spread in enumerate(others):
        for threads in ("1", "3"):
            yield f"spread {number}, {threads} threads", spread, ("--threads", threads)


def alone(program, folder, archives):
    """Every file asked for alone is that of a run that writes all, and so is the accounting. (What nobody asks for is not
    even counted.)"""
    options = ("--policy", "marketo,sfmc", "--threads", "2")
    whole = run(program, os.path.join(folder, "whole"), archives, *options, "--outputs", "all,history,segments,details,moments")
    names = [name[:-4] for name in sorted(whole.files()) if name.endswith(".csv")]
    for name in names:
        got = run(program, os.path.join(folder, "alone"), archives, *options, "--outputs", name)
        same = got.exit == 0 and got.bytes(name + ".csv") == whole.bytes(name + ".csv") and \
            got.manifest["accounting"] == whole.manifest["accounting"] and \
            got.manifest["options"]["as_of"] == whole.manifest["options"]["as_of"]
        yield name, same


def main():
    program = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 300_000
    wrong = ran = 0
    with tempfile.TemporaryDirectory() as folder:
        groups = archives_make(program, folder, rows)
        archives = [path for group in groups for path in group]
        others = spread_otherwise(folder, *groups)
        simd = levels(program, folder)
        for policies in POLICIES:
            first = run(program, os.path.join(folder, "first"), archives, "--policy", policies, "--threads", "1", "--simd", "scalar")
            if first.exit or first.manifest["accounting"]["rows"] < rows * 0.9 or not first.rows("suppression.csv"):
                print(f"the first run failed: {first.errors}")
                return 1
            for what, paths, options in variants(archives, others, simd):
                got = run(program, os.path.join(folder, "got"), paths, "--policy", policies, *options)
                compared = (got.files(), first.files()) if paths == archives else (got.results(), first.results())
                if got.exit or differences(*compared):
                    print(f"{policies}, {what}: exit {got.exit} {got.errors.strip()} differs in {differences(*compared)}")
                    wrong += 1
                ran += 1
        for name, same in alone(program, folder, archives):
            if not same:
                print(f"{name}.csv alone is not that of all outputs")
                wrong += 1
            ran += 1
        print(f"{ran} runs over {len(archives)} archives, SIMD {' '.join(simd)}; {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
