"""Reads times a line, writes milliseconds since the epoch: an independent reading for the tests."""
import datetime
import sys

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
for line in sys.stdin:
    moment = datetime.datetime.fromisoformat(line.rstrip("\n"))
    print((moment - EPOCH) // datetime.timedelta(milliseconds=1))
