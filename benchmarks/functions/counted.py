"""Under callgrind: run cases, each call's instructions written to a file of its own.  Started by `counts`, as a file.

    counted.py LIBRARY SIZE NAME…

LIBRARY is the small C library that `counts` builds.  Prints one line of JSON: which package was measured, and for
each case nothing, or why it could not be made.  The engine is whichever `envzones` the environment names.
"""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import json
import sys
from pathlib import Path


def main() -> int:
    """Make each case, call it once unseen, and once counted."""
    library, size, names = ctypes.CDLL(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    # By its place: the cases are this checkout's, whatever state of the engine they are run against.
    spec = importlib.util.spec_from_file_location("cases", Path(__file__).with_name("cases.py"))
    cases = importlib.util.module_from_spec(spec)
    sys.modules["cases"] = cases
    spec.loader.exec_module(cases)
    import envzones

    told: dict[str, str] = {}
    for name in names:
        try:
            call = cases.CASES[name].make(size)
            call()
        except (ImportError, AttributeError, TypeError) as error:
            told[name] = f"{type(error).__name__}: {error}"
            continue
        gc.collect()
        gc.disable()
        library.begin()
        call()
        library.finish(name.encode())
        gc.enable()
        told[name] = ""
        # The case's own data go before the next is made.
        del call
    print(json.dumps({"package": list(envzones.__path__)[0], "cases": told}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
