"""Reads report.html: tags are balanced, nothing is loaded or run, and what it says is what sample.h says."""
import sys
from html.parser import HTMLParser

VOID = {"meta", "rect", "br"}  # rect is written with a slash


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.rows = [], [], []

    def handle_starttag(self, tag, attributes):
        assert tag not in {"script", "img", "link", "iframe", "object", "a", "b" if "td" in self.open else "script"}, tag
        for name, value in attributes:
            assert name not in {"src", "href", "srcset", "action"} and not name.startswith("on"), (tag, name)
            assert "url(" not in (value or "")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        assert tag in VOID, tag

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if "style" in self.open:
            assert "url(" not in data and "@import" not in data
            return
        self.text.append(data)
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data


text = open(sys.argv[-1], encoding="utf-8").read()
page = Page()
page.feed(text)
page.close()
assert not page.open, page.open
words = " ".join(" ".join(page.text).replace("\u00a0", " ").split())
if "--empty" in sys.argv:
    assert "No bounces." in words and "No row was rejected." in words
    sys.exit()
rows = [[cell.replace("\u00a0", " ") for cell in row] for row in page.rows]
for expected in (
        ["sfmc", "1,234", "4", "3", "2", "1"],
        ["Policy", "not sfmc", "not ses"], ["sfmc", "", "1,232"], ["ses", "3", ""],
        ["reputation", "block", "3", "60.00 %", "", "Spamblocked", "1", "Transient / General"],
        ["user-unknown", "hard", "1", "20.00 %", "", "User Unknown", "2", "Permanent / NoEmail"],
        ["c.example", "6", "3", "33.33 %", "0", "3", "0", "0", "0", "16.67 %", "2026-01-02", "3"],
        ["Spring, \"sale\"<b>", "1", "2", "66.67 %", "1", "0", "1", "0", "0", "0.00 %"],
        ["550", "5.1.1", "4", "80.00 %", "1", "2", "1", "0", "0"],
        ["z.csv.zst", "read", "12", "8", "3", "1"],
        ["All", "", "15", "10", "3", "2"]):
    assert expected in rows, (expected, rows)
assert any(row[2].startswith("550 <script>alert(\"x\")</script> & 'more'") for row in rows if len(row) == 5)
for sentence in ("41.67 % 5 of 12 attempts bounced", "40.00 % 2 of 5 bounces", "14.29 % 1 of 7 deliveries",
                 "1,234 addresses by policy sfmc"):
    assert sentence in words, (sentence, words)
assert "2026-01-02: bounces 3, hard 0, block 3, soft 0, technical 0, unknown 0" in words
for word in ("/data/in", "avx2"):
    assert word not in text, word
