"""A worker that says more than anyone reads, and never ends. For tests of espeak."""

import sys

while True:
    sys.stdout.write("x" * 100_000)
