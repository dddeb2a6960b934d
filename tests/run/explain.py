"""`explain` says of an address what `run` says of it.

  explain.py PROGRAM
"""
import json
import os
import random
import subprocess
import sys
import tempfile

from program import run

POLICIES = "sfmc,sfmc/timer,sfmc/attempts,blackbaud,marketo,ses,industry,klaviyo,mailman3"
CELLS = "status", "suppressed", "reason", "since", "bounce_count"


def same(got, expected, what):
    if got != expected:
        sys.exit(f"{what}: got {got!r:.600}, expected {expected!r:.600}")


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


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        events = os.path.join(folder, "events")
        subprocess.run([program, "generate", "-o", events, "--events", "30000", "--addresses", "1000", "--bounce-share", "0.3",
                        "--quiet"], check=True)
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


if __name__ == "__main__":
    main()
