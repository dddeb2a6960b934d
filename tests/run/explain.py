"""`explain` says of an address what `run` says of it, over archives and over tally files alike.

  explain.py PROGRAM
"""
import csv
import io
import json
import os
import random
import subprocess
import sys
import tempfile

from program import events_generate, read, run, same, write

POLICIES = "sfmc,sfmc/timer,sfmc/attempts,blackbaud,marketo,ses,industry,klaviyo,mailman3"
CELLS = "status", "suppressed", "reason", "since", "bounce_count"


def explain(program, address, events, *options):
    done = subprocess.run([program, "explain", address, events, "--json", "--policy", POLICIES, *options], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


def cells(result):
    return [result["status"], str(int(result["suppressed"])), result["reason"], result["since"] or "", str(result["bounce_count"])]


def states(result):
    rows = {}
    for row in result.rows("status.csv"):
        rows[row["policy"], row["address"]] = [row[name] for name in CELLS]
    return rows


def check(told, rows, history):
    """The state is that of status.csv; the steps end in it, and their changes are those of history.csv."""
    changes = 0
    for policy in told["policies"]:
        key = policy["policy"], told["address"]
        same(cells(policy), rows[key], f"{key} against status.csv")
        if policy["steps"]:
            same(cells(policy["steps"][-1]), cells(policy), f"{key}: the last step")
        steps = [(step["since"], step["status"]) for step in policy["steps"] if step["changed"]]
        # A step can pass through several statuses in one instant; history has them all.
        kept = history.get(key, [])
        same([change for change in kept if change in steps], steps, f"{key}: the steps' changes against history.csv")
        assert steps or not kept, (key, kept)
        changes += len(steps)
    return changes


def command(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=300)


def tallies_make(program, folder, events, addresses):
    """Archives, one of which has rows of another, and a tally file of each. Kinds that no policy looks at are not in tally files:
    they are left out for the addresses asked for, and those of others count for the moment of the statuses."""
    archives, tallies, parts = [], [], []
    for name in sorted(os.listdir(events)):
        text = subprocess.run(["zstd", "-dc", os.path.join(events, name)], check=True, capture_output=True).stdout
        rows = csv.reader(io.StringIO(text.decode("latin-1"), newline=""))
        parts.append([row for row in rows if row[1] not in ("sent", "deferred") or row[2].strip(" <>").lower() not in addresses])
    parts.append(parts[0][:1] + parts[0][-len(parts[0]) // 2:])
    for k, rows in enumerate(parts):
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        archives.append(write(os.path.join(folder, f"{k}.csv"), text.getvalue().encode("latin-1")))
        tallies.append(os.path.join(folder, f"{k}.tally"))
        done = command(program, "scan", "-q", "-o", tallies[-1], "--policy", POLICIES, archives[-1])
        same(done.returncode, 0, f"scan: {done.stderr}")
    return archives, tallies


def told_alike(program, address, archives, tallies, *options):
    """The same text and the same object, byte by byte."""
    for form in (), ("--json",):
        one = command(program, "explain", address, "--policy", POLICIES, *options, *form, *archives)
        other = command(program, "explain", address, "--policy", POLICIES, *options, *form, *tallies)
        same((one.returncode, other.returncode, other.stderr), (0, 0, ""), f"{address} {options}")
        same(other.stdout, one.stdout, f"{address} {options} {form}: tally files against archives")
    return one.stdout


def damage_check(program, folder, address, tallies):
    """Every byte of a stretch wrong, stretch by stretch: told with its place where the address's block is, and not met where only
    others' are. The magic bytes stay, without which it is no tally file."""
    whole = read(tallies[0])
    expected = command(program, "explain", address, "--policy", POLICIES, *tallies).stdout
    told, blocks, untouched, size = 0, 0, 0, len(whole) // 40
    for at in range(8, len(whole), size):
        wrong = bytes(byte ^ 1 for byte in whole[at:at + size])
        path = write(os.path.join(folder, "damaged.tally"), whole[:at] + wrong + whole[at + size:])
        done = command(program, "explain", address, "--policy", POLICIES, path, *tallies[1:])
        if done.returncode == 0:
            same(done.stdout, expected, f"byte {at}")
            untouched += 1
            continue
        same((done.returncode, done.stdout, "damaged.tally" in done.stderr, " byte " in done.stderr), (3, "", True, True),
             f"byte {at}: {done.stderr}")
        told += 1
        blocks += "damaged.tally: partition " in done.stderr and ", block 0, at byte " in done.stderr
    assert 1 <= blocks <= 2 and told > blocks and untouched > 20, (told, blocks, untouched)


def tallies_check(program, folder, events, addresses, as_of):
    archives, tallies = tallies_make(program, folder, events, addresses)
    named = 0
    for address in [*addresses, "nobody@nowhere.example"]:
        for options in (), ("--as-of", as_of):
            said = told_alike(program, address, archives, random.Random(address).sample(tallies, len(tallies)), *options)
            named += said.count('"campaign": "')
    assert named > 20, "campaigns have their names"
    damage_check(program, folder, addresses[0], tallies)


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        events = events_generate(program, os.path.join(folder, "events"), 30000, 1000, "--bounce-share", "0.3")
        whole = run(program, os.path.join(folder, "whole"), [events], "--policy", POLICIES)
        as_of = "2026-06-20T10:00:00Z"
        then = run(program, os.path.join(folder, "then"), [events], "--policy", POLICIES, "--as-of", as_of)
        addresses = sorted({row["address"] for row in then.rows("status.csv")})
        chosen = random.Random(3).sample(addresses, 12)
        changes = 0
        for result, options in (whole, ()), (then, ("--as-of", as_of)):
            rows = states(result)
            history = {}
            for row in result.rows("history.csv"):
                history.setdefault((row["policy"], row["address"]), []).append((row["time"], row["status"]))
            for address in chosen:
                changes += check(explain(program, address, events, *options), rows, history)
        assert changes > 100, changes
        # What time alone will change, it changes: of all that is said, the first.
        later = [(policy["next"]["time"], policy["policy"], address, policy["next"]["status"]) for address in addresses[:60]
                 for policy in explain(program, address, events, "--to", as_of, "--as-of", as_of)["policies"] if policy["next"]]
        assert later, "no timer runs"
        time, policy, address, status = min(later)
        at = run(program, os.path.join(folder, "at"), [events], "--policy", POLICIES, "--to", as_of, "--as-of", time)
        same(states(at)[policy, address][0], status, f"{policy}, {address} at {time}")
        tallies_check(program, folder, events, chosen[:6], as_of)


if __name__ == "__main__":
    main()
