"""The exports of whole runs: the same addresses as in suppression.csv, the same bytes whatever the threads, replaced with the rest.

  exports.py PROGRAM
"""
import csv
import hashlib
import os
import subprocess
import sys
import tempfile

from program import HEADER, read, run, write

ALL = "listmonk,mailgun,mandrill,md5,responsys,sendgrid,ses,sfmc,sha256,sparkpost"
BOUNCED = 100_500  # more than SES takes in a file


def archives_make(folder):
    rows = [f"2026-06-01T08:00:00Z,bounce,u{k}@example.org,c1,,550,5.1.1,no such user\n" for k in range(BOUNCED)]
    rows += [f"2026-06-02T08:00:00Z,{kind},{kind}@example.org,c1,,,,\n" for kind in ("complaint", "unsubscribe", "delete")]
    half = len(rows) // 2
    return [write(os.path.join(folder, name), (HEADER + "".join(part)).encode())
            for name, part in (("one.csv", rows[half:]), ("two.csv", rows[:half]))]


def exports(result):
    folder = os.path.join(result.out, "exports")
    return {name: read(os.path.join(folder, name)) for name in sorted(os.listdir(folder))}


def first_cells(data, header):
    return [row[0] for row in csv.reader(data.decode().splitlines())][header:]


def check_content(result, got):
    rows = [row for row in result.rows("suppression.csv") if row["policy"] == "ses"]
    suppressed = [row["address"] for row in rows]
    complaints = [row["address"] for row in rows if row["reason"] == "complaint"]
    assert len(suppressed) == BOUNCED + 3 and complaints == ["complaint@example.org"], len(suppressed)
    parts = [first_cells(got[name], 0) for name in ("ses.csv", "ses.2.csv")]
    assert [len(parts[0]), len(parts[1])] == [100_000, BOUNCED + 1 - 100_000], [len(part) for part in parts]
    listed = parts[0] + parts[1]
    assert listed == [address for address in suppressed if address.split("@")[0] not in ("unsubscribe", "delete")]
    for name in ("listmonk.csv", "responsys.csv", "sendgrid.csv", "sfmc.csv", "sfmc.subscribers.csv"):
        assert first_cells(got[name], 1) == suppressed, name
    for name in ("md5", "sha256"):
        wanted = "".join(hashlib.new(name, address.encode()).hexdigest() + "\n" for address in suppressed)
        assert got[name + ".txt"].decode() == wanted, name
    mailgun = [first_cells(got[f"mailgun.{part}.csv"], 1) for part in ("bounces", "complaints", "unsubscribes")]
    assert sorted(sum(mailgun, [])) == suppressed and mailgun[1] == complaints


def check_manifest(result, got):
    noted = {output["name"]: output["bytes"] for output in result.manifest["outputs"]}
    assert {name: size for name, size in noted.items() if name.startswith("exports/")} == \
        {"exports/" + name: len(data) for name, data in got.items()}
    said = {export["name"]: export for export in result.manifest["exports"]}
    assert sorted(said) == ALL.split(",") and {export["policy"] for export in said.values()} == {"ses"}
    assert said["ses"]["rows"] == BOUNCED + 1 and said["ses"]["files"] == 2
    assert all(export["warning"] is None for export in said.values())


def check_usage(program, folder, archives):
    out = os.path.join(folder, "none")
    wrong = ((("--export", "ses,mailchump"), "sparkpost"), (("--export", "ses", "--policy", "ses,sfmc"), "--export-policy"),
             (("--export", "ses", "--export-policy", "ses"), "--policy"), (("--export-policy", "sfmc"), "nothing"))
    for options, word in wrong:
        failed = run(program, out, archives, *options)
        assert failed.exit == 2 and word in failed.errors and not os.path.exists(out), (options, failed.exit, failed.errors)
    names = subprocess.run([program, "list", "exports"], check=True, capture_output=True, text=True).stdout
    assert first_cells(names.encode(), 1) == ALL.split(",")


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        archives = archives_make(folder)
        out = os.path.join(folder, "out")
        options = ("--policy", "sfmc,ses", "--export", ALL, "--export-policy", "ses")
        first = run(program, out, archives, *options, "--threads", "1")
        assert first.exit == 0, first.errors
        got = exports(first)
        check_content(first, got)
        check_manifest(first, got)
        other = run(program, out, archives[::-1], *options, "--threads", "3")
        assert other.exit == 0 and exports(other) == got, other.errors
        without = run(program, out, archives, "--policy", "sfmc")
        assert without.exit == 0 and not os.path.exists(os.path.join(out, "exports")), "old exports are gone with the old output"
        assert without.manifest["exports"] == []
        assert [name for name in os.listdir(folder) if name.startswith(".")] == []
        check_usage(program, folder, archives)


if __name__ == "__main__":
    main()
