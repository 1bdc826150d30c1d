"""`python -m envzones.benchmarks`: all benchmarks; see `run`."""

from .run import main

raise SystemExit(main())
