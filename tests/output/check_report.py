"""Reads the sample's report.json as a program would; the numbers are those of sample.h."""
import json
import sys

text = open(sys.argv[1], encoding="utf-8").read()
report = json.loads(text)
assert report["format"] == "bouncemill-report" and report["format_version"] == 1
totals = report["totals"]
assert (totals["rows"], totals["tallied"], totals["ignored"], totals["rejected"]) == (15, 10, 3, 2)
assert totals["bounces"] == 5 and totals["unrecognised"] == 2 and totals["duplicates"] == 1
assert totals["classes"] == {"hard": 1, "block": 3, "soft": 1, "technical": 0, "unknown": 0, "none": 1}
assert totals["kinds"]["delivered"] == 7 and totals["kinds"]["sent"] == 12
assert report["rates"] == {"bounce_rate": 0.416667, "hard_bounce_rate": 0.083333,
                           "complaint_rate": 0.142857, "unrecognised_share": 0.4}
assert [(r["reason"], r["class"], r["count"], r["share"]) for r in report["reasons"]] == [
    ("reputation", "block", 3, 0.6), ("auto-reply", "none", 1, None),
    ("user-unknown", "hard", 1, 0.2), ("user-unknown", "soft", 1, 0.2)]
assert report["reasons"][2]["ses_subtype"] == "NoEmail" and report["reasons"][2]["marketo_category"] == 2
assert [d["domain"] for d in report["domains"]] == ["c.example", "b.example"]
assert report["domains"][0]["worst_day"] == "2026-01-02" and report["domains"][0]["first"] == "2026-01-01T00:00:00Z"
assert [c["campaign"] for c in report["campaigns"]] == ["", 'Spring, "sale"<b>']
assert [(c["smtp_code"], c["enhanced_code"], c["bounces"]) for c in report["codes"]] == [
    (550, "5.1.1", 4), (None, None, 1)]
assert [(d["day"], d["bounces"]) for d in report["days"]] == [("2026-01-01", 2), ("2026-01-02", 3)]
assert [(r["rule"], r["hits"]) for r in report["rules"]] == [("enhanced:5.1.1", 3), ('phrase:full, "or so"', 2)]
assert report["labels"] == {"same_reason": 3, "same_class": 0, "disagree": 5, "silent": 4}
assert report["label_disagreements"] == [
    {"label": "spam-related", "class": "hard", "reason": "user-unknown", "count": 5}]
assert report["unmatched"][0]["example"].startswith("550 <script>") and report["unmatched"][1]["masked_text"] == "nul \0 byte"
assert sum(report["rejects"].values()) == 2 and len(report["rejects"]) == 7
assert [(p["policy"], p["suppressed"], list(p["statuses"].values())) for p in report["policies"]] == [
    ("sfmc", 1234, [4, 3, 2, 1]), ("ses", 5, [5])]
assert [list(p.values()) for p in report["comparison"]] == [["sfmc", "ses", 2, 1232, 3, 50]]
assert [(a["archive"], a["state"], a["rows"]) for a in report["archives"]] == [
    ("a.csv", "left out", 3), ("copy.csv.zst", "same as another", 0), ("z.csv.zst", "read", 12)]
for word in ("/data/in", "avx2", "seconds", "peak", "threads"):
    assert word not in text, word
