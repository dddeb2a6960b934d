"""Policies side by side: compare.csv, differences.csv and the report say what suppression.csv and status.csv say.

  compare.py PROGRAM
"""
import itertools
import json
import os
import sys
import tempfile

from program import differences, events_generate, run, same

POLICIES = ("sfmc", "mailman3", "sfmc/timer", "marketo")  # not in the order of their names


def generate(program, folder):
    out = os.path.join(folder, "events")
    # Many rows an address: policies that count bounces differ from those that do not.
    return events_generate(program, out, 300000, 15000, "--bounce-share", "0.3")


def pairs_expected(names, suppressed, addresses):
    for a, b in itertools.combinations(names, 2):
        one, other = suppressed[a], suppressed[b]
        counts = len(one & other), len(one - other), len(other - one), len(addresses - one - other)
        yield [a, b, *map(str, counts)]


def differences_expected(names, suppressed, statuses, limit):
    for a, b in itertools.combinations(names, 2):
        for address in sorted(suppressed[a] ^ suppressed[b], key=str.encode)[:limit]:
            yield [a, b, address, *statuses[a, address], *statuses[b, address]]


def check(result, limit):
    """The two files and the report against the lists of addresses."""
    names = sorted(POLICIES, key=str.encode)
    suppressed = {name: set() for name in names}
    for row in result.rows("suppression.csv"):
        suppressed[row["policy"]].add(row["address"])
    statuses = {(row["policy"], row["address"]): (row["status"], row["reason"]) for row in result.rows("status.csv")}
    addresses = {address for policy, address in statuses}
    expected = list(pairs_expected(names, suppressed, addresses))
    rows = result.rows("compare.csv")
    same([list(row.values()) for row in rows], expected, "compare.csv")
    same(list(rows[0]), "policy_a,policy_b,both,only_a,only_b,neither".split(","), "its header")
    told = json.loads(result.bytes("report.json"))["comparison"]
    same([list(map(str, pair.values())) for pair in told], expected, "the report's comparison")
    rows = result.rows("differences.csv")
    wanted = list(differences_expected(names, suppressed, statuses, limit))
    same([list(row.values()) for row in rows], wanted, "differences.csv")
    same(list(rows[0]), "policy_a,policy_b,address,status_a,reason_a,status_b,reason_b".split(","), "its header")
    same(result.manifest["options"]["max_differences"], limit, "the manifest's limit")
    return expected


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        events = generate(program, folder)
        policies = "--policy", ",".join(POLICIES)
        first = run(program, os.path.join(folder, "first"), [events], *policies, "--threads", "1")
        pairs = check(first, 1000)
        # Else the checks above compare nothing.
        assert max(int(row[3]) + int(row[4]) for row in pairs) > 1000 and min(int(row[2]) for row in pairs) > 0, pairs
        for threads in ("2", "5"):
            again = run(program, os.path.join(folder, "again"), [events], *policies, "--threads", threads)
            same(differences(again.files(), first.files()), [], f"files that differ with {threads} threads")
        for limit in (1, 100_000):
            check(run(program, os.path.join(folder, "out"), [events], *policies, "--max-differences", str(limit)), limit)

        none = run(program, os.path.join(folder, "out"), [events], *policies, "--max-differences", "0")
        same((none.rows("differences.csv"), none.bytes("compare.csv")), ([], first.bytes("compare.csv")), "no rows")
        only = run(program, os.path.join(folder, "out"), [events], *policies, "--outputs", "compare,differences")
        same(set(only.files()), {"compare.csv", "differences.csv", "history.csv"}, "only these")
        same(only.bytes("differences.csv"), first.bytes("differences.csv"), "the file on its own")
        report = run(program, os.path.join(folder, "out"), [events], *policies, "--outputs", "report")
        same(report.bytes("report.json"), first.bytes("report.json"), "the report on its own")
        single = run(program, os.path.join(folder, "out"), [events], "--policy", "sfmc")
        same([name for name in single.files() if name in ("compare.csv", "differences.csv")], [], "with one policy")
        same(json.loads(single.bytes("report.json"))["comparison"], [], "with one policy, in the report")


if __name__ == "__main__":
    main()
