"""Times: the statuses at many dates, limits to the events read, and the history, against each other.

  dates.py PROGRAM
"""
import bisect
import os
import sys
import tempfile

from program import differences, events_generate, run, same

# Of every sort: with timers, with the disposition rule (whose deliveries undo bounces later), neither.
POLICIES = "sfmc,sfmc/timer,sfmc/attempts,blackbaud,marketo,ses,industry,klaviyo,mailman3"
DISPOSITION = {"blackbaud", "industry", "klaviyo"}
DATES = [f"2026-06-{day:02}T{hour:02}:00:00Z" for day in range(1, 31) for hour in (0, 12)]  # nothing has happened at the first


def statuses(result):
    return [tuple(row.values()) for row in result.rows("status.csv")]


def history_states(result):
    """By policy and address: times, and what was shown from each on."""
    states = {}
    for row in result.rows("history.csv"):
        times, shown = states.setdefault((row["policy"], row["address"]), ([], []))
        times.append(row["time"])
        shown.append(row["status"])
    return states


def check_history(states, rows, date, policies):
    """Status and since of every address are those of the last change up to the date."""
    checked = 0
    for policy, address, status, _, _, since, _ in rows:
        if policy not in policies:
            continue
        times, shown = states.get((policy, address), ([], []))
        # Fractions of a second sort behind the whole one only without the Z.
        at = bisect.bisect_right([time.rstrip("Z") for time in times], date.rstrip("Z"))
        expected = (shown[at - 1], times[at - 1]) if at else ("Active", "")
        same((status, since), expected, f"{policy}: {address} at {date}, against history.csv")
        checked += 1
    return checked


def check_snapshots(program, folder, events, whole):
    rows = {}
    for as_of, *row in (row.values() for row in whole.rows("snapshots.csv")):
        rows.setdefault(as_of, []).append(tuple(row))
    same(sorted(rows), DATES[1:], "the dates of snapshots.csv")
    same(list(rows), DATES[1:], "their order")
    same(rows[DATES[-1]], statuses(whole), "the last date, against status.csv")
    same(whole.manifest["snapshots"], {"dates": len(DATES), "rows": sum(map(len, rows.values()))}, "the manifest")
    states = history_states(whole)
    checked = 0
    for date in DATES[1:]:
        policies = set(POLICIES.split(",")) - (DISPOSITION if date != DATES[-1] else set())
        checked += check_history(states, rows[date], date, policies)
    assert checked > 100_000, checked
    for date in DATES[5:-1:9]:
        then = run(program, os.path.join(folder, "then"), [events], "--policy", POLICIES, "--as-of", date)
        same(rows[date], statuses(then), f"{date}, against a run as of then")
        instant_later = date.replace(":00Z", ":00.001Z")
        cut = run(program, os.path.join(folder, "cut"), [events], "--policy", POLICIES, "--as-of", date, "--to", instant_later)
        same(rows[date], statuses(cut), f"{date}, against a run on only the events up to then")


def check_limits(program, folder, events, whole):
    middle = "2026-06-11"
    before = run(program, os.path.join(folder, "before"), [events], "--to", middle, "--policy", POLICIES)
    after = run(program, os.path.join(folder, "after"), [events], "--from", middle, "--policy", POLICIES)
    total = whole.manifest["accounting"]
    for one in before, after:
        told = one.manifest["accounting"]
        same(told["rows"], total["rows"], "rows are all read")
        same(told["rows"], told["tallied"] + told["ignored"] + told["rejected"], "rows add up")
        assert 0 < told["outside_from_to"] <= told["ignored"], told
    parts = [one.manifest["accounting"] for one in (before, after)]
    same(sum(part["outside_from_to"] for part in parts), total["rows"] - total["rejected"], "each event is outside of one")
    same(sum(part["tallied"] for part in parts), total["tallied"], "and tallied in the other")
    days = [row["day"] for row in before.rows("daily.csv")], [row["day"] for row in after.rows("daily.csv")]
    same((days[0][-1], days[1][0]), ("2026-06-10", "2026-06-11"), "the days of the two")
    same(before.rows("daily.csv") + after.rows("daily.csv"), whole.rows("daily.csv"), "daily.csv of both")


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        events = events_generate(program, os.path.join(folder, "events"), 60000, 3000, "--bounce-share", "0.3")
        whole = run(program, os.path.join(folder, "whole"), [events], "--policy", POLICIES, "--as-of", "2026-06-01/12h/2026-06-30",
                    "--as-of", DATES[-1], "--threads", "2")
        check_snapshots(program, folder, events, whole)
        again = run(program, os.path.join(folder, "again"), [events], "--policy", POLICIES, "--threads", "1",
                    *(f"--as-of={date}" for date in reversed(DATES)))
        same(differences(again.files(), whole.files()), [], "files that differ with one thread")
        check_limits(program, folder, events, run(program, os.path.join(folder, "all"), [events], "--policy", POLICIES))


if __name__ == "__main__":
    main()
