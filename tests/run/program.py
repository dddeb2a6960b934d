"""Running the program and reading what it wrote, for the tests beside this file."""
import csv
import json
import os
import subprocess
import sys

HEADER = "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic\n"


def same(got, expected, what):
    if got != expected:
        sys.exit(f"{what}: got {got!r:.600}, expected {expected!r:.600}")


def compressed(folder, text, frames):
    """`text` as zstd frames with checksums, of about equal size."""
    size = max(1, -(-len(text) // frames))
    names = []
    for at in range(0, max(1, len(text)), size):
        names.append(os.path.join(folder, f"frame-{len(names):04}"))
        with open(names[-1], "wb") as file:
            file.write(text[at:at + size])
    packed = subprocess.run(["zstd", "-q", "-c", "--check", *names], check=True, capture_output=True).stdout
    for name in names:
        os.remove(name)
    return packed


def events_generate(program, out, rows, addresses, *options):
    """Archives of that many rows in the folder `out`, which it returns."""
    subprocess.run([program, "generate", "-o", out, "--events", str(rows), "--addresses", str(addresses), "--quiet", *options],
                   check=True)
    return out


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def rows_of(path):
    # A sample of a rejected row may hold bytes that are no text, and NUL.
    with open(path, newline="", encoding="latin-1") as file:
        return list(csv.DictReader(line.replace("\0", "\\0") for line in file))


class Result:
    def __init__(self, done, out):
        self.exit, self.errors, self.out = done.returncode, done.stderr, out
        manifest = os.path.join(out, "manifest.json")
        self.manifest = json.loads(read(manifest)) if os.path.exists(manifest) else None

    def rows(self, name):
        return rows_of(os.path.join(self.out, name))

    def bytes(self, name):
        return read(os.path.join(self.out, name))

    def files(self):
        """Every file's bytes, but the manifest's, which holds times."""
        return {name: self.bytes(name) for name in sorted(os.listdir(self.out)) if name != "manifest.json"}

    def results(self):
        """Those that do not name the archives."""
        return {name: data for name, data in self.files().items() if not name.startswith("report.")}


def differences(one, other):
    """Names of files that are not equal."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def run(program, out, archives, *options):
    done = subprocess.run([program, "run", "-o", out, "--history", *options, *archives], capture_output=True,
                          text=True, errors="replace", timeout=300)
    return Result(done, out)
