"""The same bytes out of one run over all archives, and out of tally files of parts of them, merged in any order and grouping; of
nightly runs with a state; and of partitions merged by sort.

  tallies.py PROGRAM [ROWS]

The run says what every other way must write; manifest.json alone may differ.
"""
import os
import random
import subprocess
import sys
import tempfile

from program import HEADER, Result, differences, events_generate, run, write

POLICIES = "sfmc,mailman3,ses,marketo"
AS_OF = ("--as-of", "2026-06-10/7d/2026-07-05", "--outputs", "all,history,segments,details,moments")


def generate(program, folder, rows):
    out = os.path.join(folder, "events")
    events_generate(program, out, rows, rows // 8, "--files", "7")
    events_generate(program, out + "-pmta", rows // 10, rows // 80, "--files", "1", "--dialect", "powermta", "--seed", "5")
    paths = [os.path.join(folder, name) for folder in (out, out + "-pmta") for name in sorted(os.listdir(folder))]
    return paths + [odd_rows(out)]


def odd_rows(folder):
    """Rejected rows, texts that nobody knows, and rows that another archive has, too, a few of them within one second."""
    text = HEADER
    for k in range(400):
        text += f"{1780000000 + k % 50},bounce,user{k % 90}@d{k % 7}.example,c{k % 3},m{k % 60},550,,zqx {chr(97 + k % 26)} vrb {k % 9}\n"
        text += f"{k},bounce,nobody,,,,,\n" if k % 20 == 0 else ""
    for day in range(25):  # a domain whose mailboxes are full on one day
        for k in range(30 + (5 if day != 20 else 200)):
            domain = "full" if k >= 30 else f"d{k % 10}"
            text += f"{1780000000 + day * 86400 + k * 60},bounce,p{k % 37}@{domain}.example,c{day},,452,4.2.2,mailbox full\n"
    return write(os.path.join(folder, "odd.csv"), text.encode())


def command(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=300)


def scan(program, out, archives, *options):
    done = command(program, "scan", "-o", out, "--policy", POLICIES, "--quiet", *options, *archives)
    if done.returncode:
        raise SystemExit(f"scan failed: {done.stderr}")
    return out


def merge(program, out, tallies, *options):
    return Result(command(program, "merge", "-o", out, "--history", "--policy", POLICIES, *AS_OF, *options, *tallies), out)


class Checks:
    def __init__(self, first):
        self.first, self.ran, self.wrong = first, 0, 0

    def same(self, what, got):
        names = differences(got.files(), self.first.files()) if got.exit == 0 else ["everything"]
        self.say(not names, f"{what}: exit {got.exit} {got.errors.strip()} differs in {names}")

    def say(self, right, what):
        self.ran += 1
        if not right:
            self.wrong += 1
            print(what)


def merges_check(program, folder, archives, checks):
    """One tally file an archive, merged in several orders; and groups of them merged before."""
    parts = [scan(program, os.path.join(folder, f"part-{k}.tally"), [path], "--threads", str(1 + k % 3))
             for k, path in enumerate(archives)]
    whole = scan(program, os.path.join(folder, "whole.tally"), archives)
    checks.same("the tally file of all", merge(program, os.path.join(folder, "got"), [whole]))
    for seed in range(4):
        order = parts[:]
        random.Random(seed).shuffle(order)
        checks.same(f"order {seed}", merge(program, os.path.join(folder, "got"), order, "--threads", str(1 + seed)))
        groups = []
        for at in range(0, len(order), 2 + seed):
            group = os.path.join(folder, f"group-{at}.tally")
            done = command(program, "merge", "--save-state", group, "--policy", POLICIES, "--quiet", *order[at:at + 2 + seed])
            checks.say(done.returncode == 0, done.stderr)
            groups.append(group)
        checks.same(f"grouping {seed}", merge(program, os.path.join(folder, "got"), groups))
        again = os.path.join(folder, "again.tally")
        command(program, "merge", "--save-state", again, "--policy", POLICIES, "--quiet", *groups)
        with open(again, "rb") as one, open(whole, "rb") as other:
            checks.say(one.read() == other.read(), f"grouping {seed}: merged into one file, it is that of one scan")
    mixed = run(program, os.path.join(folder, "got"), archives[3:], "--policy", POLICIES, *AS_OF, "--state",
                scan(program, os.path.join(folder, "some.tally"), archives[:3]))
    checks.same("archives and a state", mixed)
    return parts, whole


def nights_check(program, folder, archives, checks):
    """A night an archive, each with the state of the night before; every archive is named again, as a folder would."""
    state = os.path.join(folder, "state.tally")
    for night in range(len(archives)):
        options = ["--policy", POLICIES, *AS_OF, "--save-state", state] + (["--state", state] if night else [])
        got = run(program, os.path.join(folder, "night"), archives[:night + 1], *options)
        checks.say(got.exit == 0 and (not night or f"1 read, {night} inside the state already" in got.errors),
                   f"night {night}: {got.exit} {got.errors}")
    checks.same("nightly runs", got)
    idle = run(program, os.path.join(folder, "night"), archives, "--policy", POLICIES, *AS_OF, "--state", state)
    checks.same("a night without new archives", idle)


def body(path):
    with open(path, "rb") as file:
        return file.readline(), file.read()


def partitions_check(program, folder, parts, checks, shares):
    """Shares of the addresses: sorted together they are the whole, and so is what --combine makes of them."""
    outs = []
    for share in range(1, shares + 1):
        outs.append(os.path.join(folder, f"share-{share}-of-{shares}"))
        got = merge(program, outs[-1], parts, "--partition", f"{share}/{shares}", "--threads", str(1 + share % 2))
        checks.say(got.exit == 0, f"share {share}/{shares}: {got.errors}")
        again = merge(program, os.path.join(folder, "again"), parts, "--partition", f"{share}/{shares}", "--threads", "3")
        checks.say(not differences(got.files(), again.files()), f"share {share}/{shares}: the same with other threads")
    for name in ("suppression.csv", "status.csv", "history.csv"):
        key = "-k2,2" if name == "history.csv" else "-k1,2"
        pieces = []
        for k, out in enumerate(outs):
            pieces.append(write(os.path.join(folder, f"piece-{k}"), body(os.path.join(out, name))[1]))
        merged = subprocess.run(["sort", "-m", "-s", "-t,", key, *pieces], env={"LC_ALL": "C"}, check=True, capture_output=True).stdout
        checks.say(merged == body(os.path.join(checks.first.out, name))[1], f"{name}: {shares} shares sorted together are the whole")
    random.Random(shares).shuffle(outs)
    out = os.path.join(folder, "combined")
    checks.same(f"{shares} shares combined", Result(command(program, "merge", "--combine", "-o", out, *outs), out))
    got = command(program, "merge", "--combine", "-o", os.path.join(folder, "missing"), *outs[1:])
    checks.say(got.returncode == 2 and (shares == 1 or "is missing" in got.stderr), f"a share is missing: {got.stderr}")
    got = command(program, "merge", "--combine", "-o", os.path.join(folder, "missing"), *outs, outs[0])
    checks.say(got.returncode == 2 and "are both share" in got.stderr, f"a share twice: {got.stderr}")
    path = os.path.join(outs[-1], "status.csv")
    header, rows = body(path)
    write(path, header + rows[:rows.rfind(b"\n", 0, -1) + 1])
    got = command(program, "merge", "--combine", "-o", os.path.join(folder, "missing"), *outs)
    checks.say(got.returncode == 3 and "status.csv" in got.stderr, f"a row is missing: {got.stderr}")


def expiry_check(program, folder, archives, checks):
    """Nights whose states drop what is old and idle: the same results; and what could not be right any more is refused."""
    policies = "sfmc,ses,mailgun"
    first = run(program, os.path.join(folder, "whole"), archives, "--policy", policies)
    plain, state = os.path.join(folder, "plain.tally"), os.path.join(folder, "expiring.tally")
    command(program, "scan", "-o", plain, "--policy", policies, "--quiet", *archives)
    done = command(program, "merge", "--save-state", state, "--policy", policies, "--quiet", "--expire", "3d", plain)
    checks.say(done.returncode == 0, done.stderr)
    whole, rest = os.path.getsize(plain), os.path.getsize(state)
    checks.say(rest < 0.98 * whole, f"an expired state is smaller: {rest} of {whole}")
    verified = command(program, "tally", "verify", state)
    checks.say(verified.returncode == 0, verified.stderr)
    out = os.path.join(folder, "got")
    got = Result(command(program, "merge", "-o", out, "--history", "--policy", policies, state), out)
    checks.say(got.exit == 0 and not differences(got.files(), first.files()), f"what expired is not missed: {got.errors}")
    again = os.path.join(folder, "again.tally")
    done = command(program, "merge", "--save-state", again, "--policy", policies, "--quiet", "--expire", "3d", state)
    with open(again, "rb") as one, open(state, "rb") as other:
        checks.say(one.read() == other.read(), f"expired again, nothing goes: {done.stderr}")
    early = write(os.path.join(folder, "early.csv"), (HEADER + "1500000000,open,a@b.example,,,,,\n").encode())
    refused = os.path.join(folder, "refused")
    both, few = os.path.join(folder, "both.tally"), os.path.join(folder, "fewer.tally")
    command(program, "scan", "-o", both, "--policy", "sfmc,industry", "--quiet", *archives)
    command(program, "merge", "--save-state", few, "--policy", "sfmc", "--quiet", "--expire", "3d", both)
    for what, word, arguments in (
            ("an early archive", "dropped events", ("run", "-o", refused, "--policy", policies, "--state", state, early)),
            ("a policy that needs them", "dropped for their age", ("merge", "-o", refused, "--policy", "industry", few)),
            ("an early moment", "dropped for their age", ("merge", "-o", refused, "--policy", policies, "--as-of", "2026-06-10T00:00:00Z", state)),
            ("an early file", "dropped events", ("merge", "-o", refused, "--policy", policies, state,
                                                scan(program, os.path.join(folder, "early.tally"), [early])))):
        done = command(program, *arguments)
        checks.say(done.returncode == 2 and word in done.stderr and not os.path.exists(refused), f"{what}: {done.stderr}")


def refusals_check(program, folder, archives, parts, checks):
    """What does not go together is said, with a hint; what is the same counts once."""
    out = os.path.join(folder, "refused")

    def refused(what, done, *words):
        checks.say(done.returncode == 2 and all(word in done.stderr for word in words) and not os.path.exists(out),
                   f"{what}: {done.returncode} {done.stderr}")

    overlap = scan(program, os.path.join(folder, "overlap.tally"), archives[:2])
    refused("an archive in two files", command(program, "merge", "-o", out, "--policy", POLICIES, overlap, parts[0]),
            "both hold the archive", "hint")
    other = os.path.join(folder, "other.tally")
    command(program, "scan", "-o", other, "--policy", "blackbaud", "--quiet", archives[1])
    refused("other kinds", command(program, "merge", "-o", out, "--policy", "ses", parts[0], other), "different kinds", "hint")
    few = os.path.join(folder, "few.tally")
    command(program, "scan", "-o", few, "--policy", "ses", "--quiet", archives[0])
    refused("events that are not held", command(program, "merge", "-o", out, "--policy", "sfmc", few), "does not hold", "hint")
    refused("events that the state does not hold", command(program, "run", "-o", out, "--policy", "sfmc", "--state", few, archives[1]),
            "does not hold", "hint")
    codes = write(os.path.join(folder, "phrases.csv"), b"phrase,reason\nzqx vrb,mailbox-full\n")
    tables = os.path.join(folder, "tables.tally")
    done = command(program, "scan", "-o", tables, "--policy", POLICIES, "--quiet", "--phrases", codes, archives[1])
    checks.say(done.returncode == 0, done.stderr)
    refused("other tables", command(program, "merge", "-o", out, "--policy", POLICIES, parts[0], tables), "different tables", "hint")
    refused("other tables than the state's", command(program, "run", "-o", out, "--policy", POLICIES, "--state", tables, archives[2]),
            "other tables", "hint")
    copy = write(os.path.join(folder, "copy.tally"), open(parts[0], "rb").read())
    once = merge(program, os.path.join(folder, "once"), [parts[0]])
    twice = merge(program, os.path.join(folder, "got"), [copy, parts[0]])
    checks.say(not differences(once.files(), twice.files()) and "1 with the same archives" in twice.errors,
               f"the same file twice counts once: {twice.errors}")


def main():
    program = os.path.abspath(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 60_000
    with tempfile.TemporaryDirectory() as folder:
        archives = generate(program, folder, rows)
        first = run(program, os.path.join(folder, "first"), archives, "--policy", POLICIES, *AS_OF)
        if first.exit or len(first.rows("rejects.csv")) < 10 or len(first.rows("unmatched.csv")) < 10 or not first.rows("history.csv") \
                or not all(first.rows(name + ".csv") for name in ("labels", "snapshots", "segments", "details", "moments", "patterns")):
            print(f"the first run failed: {first.errors}")
            return 1
        checks = Checks(first)
        parts, _ = merges_check(program, folder, archives, checks)
        for shares in (1, 3, 16):
            partitions_check(program, folder, parts, checks, shares)
        nights_check(program, folder, archives, checks)
        expiry_check(program, folder, archives, checks)
        refusals_check(program, folder, archives, parts, checks)
        print(f"{checks.ran} checks, {checks.wrong} wrong")
    return checks.wrong != 0


if __name__ == "__main__":
    sys.exit(main())
