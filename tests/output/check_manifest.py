"""Reads the sample's manifest.json; the numbers are those of sample.h, sizes those of the files beside it."""
import json
import os
import sys

text = open(sys.argv[1], encoding="utf-8").read()
manifest = json.loads(text)
assert text.startswith('{\n  "format": "bouncemill-output"')
assert manifest["format_version"] == 1 and manifest["program"] == "bouncemill" and manifest["version"]
options = manifest["options"]
assert options["policies"] == "sfmc,ses" and options["settings"] == ["sfmc.window_days=15"]
assert options["as_of_given"] == [] and options["as_of"] == "2026-01-02T00:00:00Z"
assert options["threads"] == 2 and options["simd"] == "avx2" and options["dialect"] == "auto"
assert options["keep_going"] is True and options["history"] is False and options["max_rejects"] is None
assert options["max_differences"] == 77
assert options["tables"] == {"codes": None, "phrases": 'my "own".csv', "providers": None, "trusted_domains": None,
                             "replace": "phrases"}
assert options["kinds_kept"] == ["open", "bounce"]
inputs = manifest["inputs"]
assert [i["path"] for i in inputs] == ["/data/in/z.csv.zst", "/data/in/copy.csv.zst", "/data/in/a.csv"]
assert [i["xxh3"] for i in inputs] == ["0000000000000123", "0000000000000123", "fedcba9876543210"]
assert [i["format"] for i in inputs] == ["zstd", "zstd", "plain"]
assert [i["same_as"] for i in inputs] == [None, "/data/in/z.csv.zst", None]
assert inputs[2]["failure"] == 'a.csv: no "header"' and inputs[0]["extra_fields"] == 2
accounting = manifest["accounting"]
assert accounting["rows"] == accounting["tallied"] + accounting["ignored"] + accounting["rejected"] == 15
assert sum(accounting["rejects"].values()) == 2
assert manifest["policies"][0]["suppressed"] == 1234
assert manifest["exports"] == [
    {"name": "ses", "policy": "sfmc", "rows": 100001, "files": 2, "warning": None},
    {"name": "sparkpost", "policy": "sfmc", "rows": 200002, "files": 1, "warning": 'too "many"'}]
assert [o["name"] for o in manifest["outputs"]] == ["report.html", "report.json"]
for output in manifest["outputs"]:
    assert os.path.getsize(os.path.join(os.path.dirname(sys.argv[1]), output["name"])) == output["bytes"]
    assert len(output["xxh3"]) == 16 and int(output["xxh3"], 16) > 0
assert manifest["timings"] == {"scan_seconds": 1.25, "merge_seconds": 0.5, "write_seconds": 0.000001}
assert manifest["peak_bytes"] == 4096
