"""Every kind of malformed input that the program knows, through the program: exit code, accounting, places of rejected rows.

Each case runs on the plain text and on zstd frames of a few bytes. The last line says how many cases ran and failed.
"""
import gzip
import os
import sys
import tempfile

from program import HEADER, compressed, differences, read, run, write

MIB = 1 << 20
GOOD = b"1700000000,bounce,a@example.org,c1,m1,550,5.1.1,no such user\n"
ALSO = b"1700000001,complaint,b@example.org,c1,m2,,,\n"
HEAD = HEADER.encode()

CASES = []


def case(function):
    CASES.append(function)
    return function


class Check:
    """A folder to work in, and expectations that are counted."""

    def __init__(self, program, folder, name, small_frames):
        self.program, self.folder, self.name, self.small_frames = program, folder, name, small_frames
        self.wrong = 0
        self.count = 0

    def same(self, got, wanted, what):
        if got != wanted:
            print(f"{self.name}{' in frames' if self.small_frames else ''}: {what}: got {got!r:.600}, expected {wanted!r:.600}")
            self.wrong += 1

    def archive(self, text):
        """The text as a file, compressed in small frames where the case asks for it."""
        self.count += 1
        data = compressed(self.folder, text, min(200, max(1, len(text) // 7))) if self.small_frames else text
        return write(os.path.join(self.folder, f"archive-{self.count}"), data)

    def run(self, archives, *options, exit=0, out="out"):
        result = run(self.program, os.path.join(self.folder, out), archives, *options)
        self.same(result.exit, exit, f"exit code ({result.errors.strip()})")
        return result

    def rejects(self, result):
        return [(int(row["line"]), int(row["offset"]), row["reason"]) for row in result.rows("rejects.csv")]

    def accepts(self, text, addresses, rows=None, options=(), extra=0):
        """No row is rejected; those addresses come out; the lines are as many."""
        result = self.run([self.archive(text)], *options)
        if result.manifest is None:
            return result
        self.same(sorted(row["address"] for row in result.rows("status.csv")), sorted(addresses), "addresses")
        self.same(result.rows("rejects.csv"), [], "rejects")
        accounting = result.manifest["accounting"]
        self.same(accounting["rows"], len(addresses) if rows is None else rows, "rows")
        self.same(accounting["rejected"], 0, "rejected")
        self.same(result.manifest["inputs"][0]["extra_fields"], extra, "rows with extra fields")
        return result

    def rejected(self, text, wanted, good=1, sample=None):
        """`wanted` are (line, offset, reason); `good` rows are accepted."""
        result = self.run([self.archive(text)])
        if result.manifest is None:
            return result
        self.same(self.rejects(result), wanted, "rejects.csv")
        accounting = result.manifest["accounting"]
        by_reason = {}
        for _, _, reason in wanted:
            by_reason[reason] = by_reason.get(reason, 0) + 1
        self.same({reason: count for reason, count in accounting["rejects"].items() if count}, by_reason, "rejects by reason")
        self.same((accounting["rows"], accounting["rejected"]), (good + len(wanted), len(wanted)), "rows and rejected")
        self.same(accounting["tallied"] + accounting["ignored"] + accounting["rejected"], accounting["rows"], "sum")
        if sample is not None:
            self.same([row["sample"] for row in result.rows("rejects.csv")], sample, "samples")
        return result


# What is accepted.

@case
def quoted_fields(check):
    result = check.accepts(HEAD + b'"1700000000","bounce","a@example.org","c""1","m,1","550","5.1.1","no ""such"" user"\n' + ALSO,
                           ["a@example.org", "b@example.org"])
    check.same([row["campaign"] for row in result.rows("campaigns.csv")], ["c\"1", "c1"], "campaigns")


@case
def crlf(check):
    check.accepts((HEAD + GOOD + ALSO).replace(b"\n", b"\r\n"), ["a@example.org", "b@example.org"])


@case
def lone_cr(check):
    check.accepts((HEAD + GOOD + ALSO).replace(b"\n", b"\r"), ["a@example.org", "b@example.org"])


@case
def newline_inside_quotes(check):
    check.accepts(HEAD + b'1700000000,bounce,a@example.org,c1,m1,,,"no\nsuch\r\n\nuser"\n' + ALSO, ["a@example.org", "b@example.org"])


@case
def no_newline_at_the_end(check):
    check.accepts(HEAD + ALSO + GOOD[:-1], ["a@example.org", "b@example.org"])


@case
def quoted_field_at_the_very_end(check):
    check.accepts(HEAD + ALSO + GOOD[:-1].replace(b"no such user", b'"no such user"'), ["a@example.org", "b@example.org"])


@case
def byte_order_mark(check):
    result = check.accepts(b"\xef\xbb\xbf" + HEAD + GOOD, ["a@example.org"])
    check.same(result.manifest["inputs"][0]["dialect"], "native", "dialect")


@case
def byte_order_mark_before_quoted_header(check):
    check.accepts(b'\xef\xbb\xbf"time","event","address"\n1700000000,complaint,a@example.org\n', ["a@example.org"])


@case
def empty_lines(check):
    check.accepts(b"\n\r\n" + HEAD + b"\n\n" + GOOD + b"  \t \n\r\n" + ALSO + b"\n", ["a@example.org", "b@example.org"])


@case
def header_repeated(check):
    check.accepts(HEAD + GOOD + HEAD + ALSO + HEAD, ["a@example.org", "b@example.org"])


@case
def header_repeated_with_byte_order_mark(check):
    check.accepts(b"\xef\xbb\xbf" + HEAD + GOOD + b"\xef\xbb\xbf" + HEAD + ALSO, ["a@example.org", "b@example.org"])


@case
def header_repeated_in_another_order(check):
    check.accepts(HEAD + GOOD + b"address,time,event\nb@example.org,1700000001,complaint\n", ["a@example.org", "b@example.org"])


@case
def columns_in_any_order_and_unknown_ones(check):
    check.accepts(b"zone,Address, EVENT ,time\nx,a@example.org,complaint,1700000000\n", ["a@example.org"])


@case
def quote_inside_unquoted_field(check):
    result = check.accepts(HEAD + b'1700000000,bounce,a@example.org,c"1"x,m1,,,no "such user\n' + ALSO, ["a@example.org", "b@example.org"])
    check.same([row["campaign"] for row in result.rows("campaigns.csv")], ['c"1"x', "c1"], "campaigns")


@case
def blanks_trimmed_but_in_the_diagnostic(check):
    result = check.accepts(HEAD + b" 1700000000\t, bounce , a@example.org , c1 , m1 , 299 ,, zqx never seen \n", ["a@example.org"])
    check.same([row["campaign"] for row in result.rows("campaigns.csv")], ["c1"], "campaigns")
    check.same([row["example"] for row in result.rows("unmatched.csv")], [" zqx never seen "], "diagnostic")


@case
def extra_fields(check):
    check.accepts(HEAD + GOOD[:-1] + b",more,and more\n" + ALSO, ["a@example.org", "b@example.org"], extra=1)


@case
def trailing_columns_missing(check):
    check.accepts(HEAD + b"1700000000,complaint,a@example.org\n" + ALSO, ["a@example.org", "b@example.org"])


@case
def kinds_that_are_not_needed(check):
    result = check.accepts(HEAD + GOOD + b"1700000000,delivered,b@example.org,,,,,\n" * 3, ["a@example.org"], rows=4)
    check.same(result.manifest["accounting"]["ignored"], 3, "ignored")


@case
def header_alone(check):
    check.accepts(HEAD, [])


@case
def skippable_frame(check):
    packed = compressed(check.folder, HEAD + GOOD, 3) + b"\x53\x2a\x4d\x18\x05\0\0\0seek!"
    result = check.run([write(os.path.join(check.folder, "skippable"), packed)])
    check.same(result.manifest["accounting"]["tallied"], 1, "tallied")


@case
def gzip_members(check):
    packed = gzip.compress(HEAD + GOOD[:20]) + gzip.compress(GOOD[20:] + ALSO)
    result = check.run([write(os.path.join(check.folder, "gzip"), packed)])
    check.same((result.manifest["accounting"]["tallied"], result.manifest["inputs"][0]["format"]), (2, "gzip"), "tallied and format")


# What is rejected, row by row.

@case
def too_few_fields(check):
    check.rejected(HEAD + GOOD + b"1700000000,bounce\n" + ALSO + b"x\n",
                   [(3, len(HEAD + GOOD), "too-few-fields"), (5, len(HEAD + GOOD + ALSO) + 18, "too-few-fields")], good=2,
                   sample=["1700000000,bounce", "x"])


@case
def bad_time(check):
    rows = [b"yesterday,bounce,a@example.org\n", b",bounce,a@example.org\n", b"2026-07-01T00:00:00,bounce,a@example.org\n"]
    at = len(HEAD)
    check.rejected(HEAD + b"".join(rows) + GOOD, [(2, at, "bad-time"), (3, at + len(rows[0]), "bad-time"),
                                                  (4, at + len(rows[0] + rows[1]), "bad-time")])


@case
def unknown_event(check):
    check.rejected(HEAD + GOOD + b"1700000000,exploded,a@example.org,,,,,\n", [(3, len(HEAD + GOOD), "unknown-event")])


@case
def empty_event(check):
    check.rejected(HEAD + GOOD + b"1700000000,,a@example.org,,,,,\n", [(3, len(HEAD + GOOD), "unknown-event")])


@case
def no_usable_address(check):
    rows = [b"1700000000,bounce,%s,,,,,\n" % address for address in (b"nobody", b"", b"@example.org", b"a@", b"a b@example.org")]
    wanted = [(2 + k, len(HEAD + b"".join(rows[:k])), "bad-address") for k in range(len(rows))]
    check.rejected(HEAD + b"".join(rows) + GOOD, wanted)


@case
def nul_in_the_address(check):
    check.rejected(HEAD + GOOD + b"1700000000,bounce,a\0b@example.org,,,,,\n" + ALSO, [(3, len(HEAD + GOOD), "nul-in-address")], good=2)


@case
def nul_elsewhere_is_kept(check):
    check.accepts(HEAD + GOOD.replace(b"no such", b"no\0such") + ALSO, ["a@example.org", "b@example.org"])


def long_row(length, quoted=False):
    start, end = b"1700000000,bounce,long@example.org,c,m,550,5.1.1,", b""
    if quoted:
        start, end = start + b'"', b'"'
    return start + b"x" * (length - len(start) - len(end)) + end


@case
def row_of_the_limit(check):
    check.accepts(HEAD + GOOD + long_row(MIB) + b"\n" + ALSO, ["a@example.org", "b@example.org", "long@example.org"])


@case
def quoted_field_of_the_limit(check):
    check.accepts(HEAD + GOOD + long_row(MIB, True) + b"\r\n" + ALSO, ["a@example.org", "b@example.org", "long@example.org"])


@case
def row_over_the_limit(check):
    for over in (1, 100, 200_000, 3 * MIB):
        check.rejected(HEAD + GOOD + long_row(MIB + over) + b"\n" + ALSO, [(3, len(HEAD + GOOD), "row-too-long")], good=2)


@case
def row_over_the_limit_with_newlines_inside(check):
    text = long_row(MIB + 70_000, True).replace(b"xxxxxxxxx", b"xxxx\nxxxx")
    lines = text.count(b"\n")
    check.rejected(HEAD + GOOD + text + b"\n" + ALSO + b"x\n",
                   [(3, len(HEAD + GOOD), "row-too-long"), (5 + lines, len(HEAD + GOOD + text + ALSO) + 1, "too-few-fields")], good=2)


@case
def row_over_the_limit_at_the_end(check):
    check.rejected(HEAD + GOOD + long_row(MIB + 9), [(3, len(HEAD + GOOD), "row-too-long")])


@case
def blank_row_over_the_limit(check):
    for before in (0, 100_000):
        padding = ALSO * (before // len(ALSO))
        check.rejected(HEAD + padding + b" " * (MIB + 1) + b"\n" + GOOD,
                       [(2 + padding.count(b"\n"), len(HEAD + padding), "row-too-long")], good=1 + padding.count(b"\n"))


@case
def quote_never_closed(check):
    start = b'1700000000,bounce,b@example.org,"c\n1",m1, "no such\n'
    check.rejected(HEAD + GOOD + start + ALSO * 3, [(4, len(HEAD + GOOD) + start.index(b'"no'), "unclosed-quote")])


@case
def quote_never_closed_in_the_first_field(check):
    check.rejected(HEAD + GOOD + b'"' + ALSO * 3, [(3, len(HEAD + GOOD), "unclosed-quote")])


@case
def quote_never_closed_over_the_limit(check):
    for padding in (0, 100_000, 2 * MIB):
        start = b'1700000000,bounce,b@example.org,c,m1,,,"' if not padding else \
            b'1700000000,bounce,b@example.org,c,m1,' + b"y" * padding + b",, \t\""
        check.rejected(HEAD + GOOD + start + ALSO * (2 * MIB // len(ALSO)),
                       [(3, len(HEAD + GOOD) + len(start) - 1, "unclosed-quote")])


@case
def many_rejects(check):
    rows = [b"%d,exploded,a@example.org\n" % k for k in range(1500)]
    result = check.run([check.archive(HEAD + b"".join(rows))])
    check.same(result.manifest["accounting"]["rejects"]["unknown-event"], 1500, "rejects")
    rejects = check.rejects(result)
    check.same(len(rejects), 1000, "samples")
    check.same(rejects[999], (1001, len(HEAD + b"".join(rows[:999])), "unknown-event"), "the last sample")


@case
def max_rejects(check):
    archive = check.archive(HEAD + GOOD * 6 + b"x\ny\n")
    for limit, code in (("2", 0), ("1", 1), ("0", 1), ("25%", 0), ("24.9%", 1), ("0%", 1), ("100%", 0)):
        result = check.run([archive], "--max-rejects", limit, exit=code)
        check.same(result.manifest["accounting"]["rejected"], 2, f"the output stands with {limit}")
    for limit in ("", "x", "-1", "101%", "1%%", "5 "):
        check.run([archive], f"--max-rejects={limit}", exit=2)


# What makes an archive corrupt.

def corrupt(check, data, message):
    """Exit 3 with the old output in place; with --keep-going the others' output, as if the archive was not there."""
    good = check.archive(HEAD + GOOD + ALSO)
    bad = write(os.path.join(check.folder, "bad"), data)
    before = check.run([good])
    old, wanted = before.files(), before.results()
    result = check.run([good, bad], exit=3)
    check.same(message in result.errors, True, f"message: {result.errors.strip()}")
    check.same(bad in result.errors, True, "the message names the archive")
    check.same(differences(before.files(), old), [], "the old output is whole")
    for order in ([good, bad], [bad, good]):
        result = check.run(order, "--keep-going", "--threads", "2", exit=3, out="kept")
        check.same(differences(result.results(), wanted), [], "output as without the corrupt archive")
        failures = {entry["path"]: entry["failure"] for entry in result.manifest["inputs"]}
        check.same(failures[good], None, "the good archive is not called bad")
        check.same(message in (failures[bad] or ""), True, f"the manifest says why: {failures[bad]}")
        check.same(result.manifest["accounting"]["rows"], 2, "rows")
    check.same([name for name in os.listdir(check.folder) if name.startswith(".")], [], "folders left behind")


def packed(check, frames=3):
    # More text than is read to find the header.
    return compressed(check.folder, HEAD + GOOD * 3000 + ALSO, frames)


@case
def truncated_frame(check):
    corrupt(check, packed(check)[:-5], "corrupt zstd frame")


@case
def truncated_member(check):
    corrupt(check, gzip.compress(HEAD + GOOD * 3000)[:-5], "corrupt gzip member")


@case
def checksum_mismatch(check):
    data = bytearray(packed(check, 1))
    data[-1] ^= 1
    corrupt(check, bytes(data), "checksum")


@case
def member_checksum_mismatch(check):
    data = bytearray(gzip.compress(HEAD + GOOD * 3000))
    data[-6] ^= 1
    corrupt(check, bytes(data), "corrupt gzip member")


@case
def corrupt_block(check):
    data = bytearray(packed(check))
    data[len(data) // 2] ^= 0xff
    corrupt(check, bytes(data), "corrupt zstd frame")


@case
def garbage_behind_frames(check):
    corrupt(check, packed(check) + b"garbage", "corrupt zstd frame")


@case
def garbage_behind_members(check):
    corrupt(check, gzip.compress(HEAD + GOOD * 3000) + b"garbage", "trailing garbage")


@case
def no_header(check):
    corrupt(check, GOOD + ALSO, "no header")


@case
def empty_archive(check):
    corrupt(check, b"", "no header")


@case
def header_without_a_required_column(check):
    corrupt(check, b"time,event,campaign\n" + GOOD, "no header")


@case
def missing_archive(check):
    good = check.archive(HEAD + GOOD)
    result = check.run([good, os.path.join(check.folder, "absent")], exit=3)
    check.same("absent" in result.errors, True, "the message names it")
    check.same(result.manifest, None, "no output")


@case
def all_archives_corrupt(check):
    bad = [write(os.path.join(check.folder, f"bad-{k}"), packed(check)[:-1 - k]) for k in range(5)]
    result = check.run(bad, "--keep-going", "--threads", "3", exit=3)
    check.same(result.manifest["accounting"]["rows"], 0, "rows")
    check.same(sum(entry["failure"] is not None for entry in result.manifest["inputs"]), 5, "failures named")


# Archives that have rows in common.

@case
def same_bytes_twice(check):
    one = check.archive(HEAD + GOOD + ALSO)
    other = write(os.path.join(check.folder, "copy"), read(one))
    alone = check.run([one]).results()
    result = check.run([one, other, one])
    check.same(differences(result.results(), alone), [], "output as of one")
    check.same([entry["same_as"] for entry in result.manifest["inputs"]], [None, one, one], "same_as in the manifest")
    check.same("1 read, 2 the same as another" in result.errors, True, f"summary: {result.errors}")
    check.same(result.manifest["accounting"]["rows"], 2, "rows")


@case
def overlapping_archives(check):
    rows = [b"%d,%s,%c@example.org,c%d,m%d,550,5.1.1,no such user %d\n" % (1700000000 + 90000 * k, kind, 97 + k % 7, k, k, k)
            for k in range(60) for kind in (b"bounce", b"open", b"complaint")[k % 11 == 0:1 + k % 3]]
    whole = check.run([check.archive(HEAD + b"".join(rows))])
    parts = check.run([check.archive(HEAD + b"".join(rows[:50])), check.archive(HEAD + b"".join(rows[30:]))])
    for name in ("suppression.csv", "status.csv", "history.csv"):
        check.same(parts.bytes(name), whole.bytes(name), name)
    check.same(len(whole.rows("history.csv")) > 5, True, "there is a history")
    check.same((whole.manifest["accounting"]["duplicates"], parts.manifest["accounting"]["duplicates"]), (0, 20), "duplicates")


def main():
    program = os.path.abspath(sys.argv[1])
    wrong = ran = 0
    for function in CASES:
        for small_frames in (False, True):
            with tempfile.TemporaryDirectory() as folder:
                check = Check(program, folder, function.__name__, small_frames)
                function(check)
                wrong += check.wrong
                ran += 1
    print(f"{ran} cases run, {wrong} expectations wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
