"""Feed readers with what no program ever wrote, for as long as one likes.

``fuzz(strategy, check)`` calls `check` with examples of a hypothesis strategy until its time is over: two seconds by
default, ``ENVZONES_FUZZ_SECONDS`` otherwise (``make fuzz`` gives each reader a minute, ``make fuzz-long`` ten).
``survives(call)`` is what a reader has to do with any bytes: a result or one clear sentence; no other error, no hang,
no gigabyte.  ``mutated(good)`` makes the bytes: good files cut, flipped, spliced, with pieces repeated or replaced.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from envzones.plugin.engine.errors import EnvZonesError

SECONDS = float(os.environ.get("ENVZONES_FUZZ_SECONDS", "2"))
SEED = int(os.environ.get("ENVZONES_FUZZ_SEED", "20181"))
#: One call may take so long and so much memory (the process's peak grows by), whatever it is given.
LONGEST_S = 20.0
MOST_MEMORY = 1 << 30
_ROUND = 50


class Hang(Exception):
    """A reader was still at it after :data:`LONGEST_S` seconds."""


def fuzz(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], *, seconds: float | None = None) -> int:
    """Call `check` with ever new examples until the time is over; return how many there were."""
    ends = time.monotonic() + (SECONDS if seconds is None else seconds)
    calls = 0
    turn = 0
    while turn == 0 or time.monotonic() < ends:

        @seed(SEED + turn)
        @settings(
            max_examples=_ROUND, deadline=None, database=None, phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(strategy)
        def one(example: Any) -> None:
            nonlocal calls
            calls += 1
            check(example)

        one()
        turn += 1
    return calls


def survives(call: Callable[[], Any]) -> Any:
    """Return what `call` gives, or the EnvZonesError it ends with; anything else it does is a failure."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with _alarm():
            result = call()
    except EnvZonesError as error:
        message = str(error)
        assert message.strip(), "an error without a sentence"
        assert len(message) < 3000, f"an error of {len(message)} characters is no sentence"
        result = error
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < MOST_MEMORY, f"memory grew by {grown / 1e6:.0f} MB"
    return result


@contextlib.contextmanager
def _alarm() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        begun = time.monotonic()
        yield
        assert time.monotonic() - begun < LONGEST_S, "took too long"
        return

    def ring(*_: Any) -> None:
        raise Hang(f"still reading after {LONGEST_S:g} s")

    begun = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    # pytest's own time limit rings by the same alarm: it is wound up again for what is left of it.
    left, _ = signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - begun)))


@st.composite
def mutated(draw: Any, good: Sequence[bytes], tokens: Sequence[bytes] = ()) -> bytes:
    """Bytes of a good file after up to eight changes; `tokens` are words of the format to put in."""
    data = bytearray(draw(st.sampled_from(list(good))))
    words = [*tokens, b"\x00", b"\xff" * 4, b"\xff\xff\xff\x7f", b"-1", b"1e999", b"nan", b"\r\n", b'"', "界".encode("gbk")]
    for _ in range(draw(st.integers(0, 8))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.one_of(st.integers(1, 8), st.integers(1, max(1, len(data) // 2))))
        kind = draw(st.sampled_from(("cut", "drop", "flip", "word", "repeat", "swap", "random")))
        if kind == "cut":
            del data[at:]
        elif kind == "drop":
            del data[at : at + size]
        elif kind == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "word":
            data[at:at] = draw(st.sampled_from(words))
        elif kind == "repeat":
            data[at:at] = bytes(data[at : at + size]) * draw(st.integers(1, 20))
        elif kind == "swap":
            other = draw(st.integers(0, len(data) - 1))
            piece = bytes(data[at : at + size])
            del data[at : at + size]
            data[other:other] = piece
        else:
            data[at : at + size] = draw(st.binary(min_size=0, max_size=16))
        del data[1 << 20 :]
    return bytes(data)
