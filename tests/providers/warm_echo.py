"""A worker that does as it is told: answers, refuses, crashes, or waits. For tests of `warm`."""

import json
import os
import signal
import sys
import time

for line in sys.stdin:
    asked = json.loads(line)
    match asked["do"]:
        case "answer":
            print(json.dumps({"step": 1, "of": 2}), flush=True)
            print(json.dumps({"note": "nearly"}), flush=True)
            print(json.dumps({"done": {"pid": os.getpid(), "told": asked}}), flush=True)
        case "refuse":
            print(json.dumps({"failed": "no", "kind": "broken", "seconds": 2}), flush=True)
        case "crash":
            raise SystemError("the roof is on fire")
        case "full":
            os.kill(os.getpid(), signal.SIGKILL)
        case "wait":
            time.sleep(60)
