"""End to end: the conformance cases through `bouncemill run`, from codes and texts.

usage: conformance.py BOUNCEMILL SOURCE_ROOT

Every case has the same few addresses, so each is prefixed with its case: one run then holds all cases of a policy. Each set is run
as it is, with rows shuffled, split over a plain, a zstd and a gzip archive, and with every archive given twice (the second time
with another first line, so that it is not told apart by its bytes alone); and split archives each through a tally file of its own,
two of which are merged into another first.
"""
import csv
import gzip
import os
import random
import subprocess
import sys
import tempfile

AS_OF = "2026-07-01T00:00:00Z"
HEADER = "time,event,address,campaign,message_id,smtp_code,enhanced_code,diagnostic".split(",")


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def load(root):
    """Cases by policy: {policy: {case: (events, expected row, expected history)}}."""
    folder = os.path.join(root, "fixtures", "conformance")
    cases, history = {}, {}
    for prefix in ("", "extra_"):
        for row in rows_of(os.path.join(folder, prefix + "expected_history.csv" if not prefix else "extra_history.csv")):
            history.setdefault(row["case"], []).append((row["time"], row["status"], row["reason"]))
        for row in rows_of(os.path.join(folder, prefix + "expected.csv")):
            cases[row["case"]] = row
    events = {}
    for name in ("conformance.csv", "extra.csv"):
        for row in rows_of(os.path.join(folder, name)):
            events.setdefault(row["case"], []).append(row)
    by_policy = {}
    for case, row in cases.items():
        by_policy.setdefault(row["policy"], {})[case] = (events[case], row, history.get(case, []))
    return by_policy


def reason_classes(root):
    path = os.path.join(root, "src", "classify", "tables", "reasons.csv")
    return {row["reason"]: row["class"] for row in rows_of(path)}


def given_only(events, classes):
    """A case whose given class contradicts its reason can only come from an importer: it is tested on the policy alone."""
    for row in events:
        parts = row["event"].split("/")
        if len(parts) == 3 and classes[parts[2]] != parts[1]:
            return True
    return False


def native(case, row):
    return [row["time"], row["event"].split("/")[0], case + "." + row["address"], row["campaign"], row.get("message_id") or "",
            row["smtp_code"], row["enhanced_code"], row["diagnostic"]]


def write_csv(path, rows, opener=open):
    with opener(path, "wt", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


def archives(folder, kind, rows):
    """Writes the rows as archives of that kind and returns their paths."""
    path = os.path.join(folder, kind)
    if kind in ("split", "tally"):
        write_csv(path + "-a.csv", rows[0::3])
        write_csv(path + "-b.csv", rows[1::3])
        subprocess.run(["zstd", "-q", "--rm", path + "-b.csv"], check=True)
        write_csv(path + "-c.csv.gz", rows[2::3], gzip.open)
        return [path + "-c.csv.gz", path + "-a.csv", path + "-b.csv.zst"]
    if kind == "shuffled":
        rows = rows[:]
        random.Random(7).shuffle(rows)
    write_csv(path + ".csv", rows)
    if kind != "twice":
        return [path + ".csv"]
    with open(path + ".csv") as file:
        text = file.read()
    with open(path + "-again.csv", "w") as file:
        file.write("\n" + text)
    return [path + ".csv", path + "-again.csv", path + ".csv"]


def tallies(program, folder, policy, paths):
    """Scans the archives on their own and merges the first two; returns the tally files."""
    files = [path + ".tally" for path in paths]
    for path, file in zip(paths, files):
        subprocess.run([program, "scan", "-o", file, "--policy", policy, "--quiet", path], check=True)
    both = os.path.join(folder, "both.tally")
    subprocess.run([program, "merge", "--save-state", both, "--policy", policy, "--quiet", *files[:2]], check=True)
    return [both, *files[2:]]


def check(program, folder, policy, cases, kind, threads):
    rows = [native(case, row) for case, (events, _, _) in sorted(cases.items()) for row in events]
    out = os.path.join(folder, "out")
    inputs = archives(folder, kind, rows)
    command = "run"
    if kind == "tally":
        command, inputs = "merge", tallies(program, folder, policy, inputs)
    subprocess.run([program, command, "-o", out, "--policy", policy, "--as-of", AS_OF, "--history", "--quiet", "--threads", threads]
                   + inputs, check=True)
    status = {row["address"]: row for row in rows_of(os.path.join(out, "status.csv"))}
    history = {}
    for row in rows_of(os.path.join(out, "history.csv")):
        history.setdefault(row["address"], []).append((row["time"], row["status"], row["reason"]))
    suppressed = {row["address"] for row in rows_of(os.path.join(out, "suppression.csv"))}
    wrong = 0
    for case, (_, expected, expected_history) in sorted(cases.items()):
        address = case + "." + expected["address"]
        row = status.get(address, {"status": "Active", "suppressed": "0", "reason": "", "since": "", "bounce_count": "0"})
        got = [row["status"], row["suppressed"], row["reason"], row["since"], row["bounce_count"]]
        want = [expected[key] for key in ("final_status", "suppressed", "reason", "since", "bounce_count")]
        if got != want or history.get(address, []) != expected_history or (address in suppressed) != (want[1] == "1"):
            print(f"{policy} {kind} {case}: got {got} {history.get(address, [])}, expected {want} {expected_history}")
            wrong += 1
    return wrong


def main():
    program, root = sys.argv[1:3]
    listed = subprocess.run([program, "list", "policies"], check=True, capture_output=True, text=True).stdout
    known = {row["policy"] for row in csv.DictReader(listed.splitlines())}
    classes = reason_classes(root)
    ran = wrong = 0
    for policy, cases in sorted(load(root).items()):
        if policy not in known:
            continue
        cases = {case: value for case, value in cases.items() if not given_only(value[0], classes)}
        for kind, threads in (("plain", "1"), ("shuffled", "2"), ("split", "2"), ("twice", "2"), ("tally", "2")):
            with tempfile.TemporaryDirectory() as folder:
                wrong += check(program, folder, policy, cases, kind, threads)
                ran += len(cases)
    print(f"{ran} cases run, {wrong} wrong")
    if ran < 5 * 45:
        print("expected at least the cases of sfmc, sfmc/timer and sfmc/attempts")
        return 1
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
