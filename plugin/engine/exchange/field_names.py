"""Field names for formats that hold short ones: cut to bytes, never within a character, never twice the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What GIS programs take in the name of a field: letters of any script, digits and the low line.
_STRANGE = re.compile(r"[^\w]+", re.UNICODE)


def shortened(names: Iterable[str], encoding: str = "utf-8", limit: int = 10) -> list[str]:
    """Return names of at most `limit` bytes in `encoding`, different from each other whatever the case.

    Parameters
    ----------
    names : iterable of str
    encoding : str
        Codec of the file; characters that it lacks are left out.

    Returns
    -------
    list of str
        In the order given.  A name that fits is kept and never given up for one that has to be cut.
    """
    clean = [_clean(name, encoding) for name in names]
    out: list[str] = [""] * len(clean)
    taken: set[str] = set()
    fits = [len(name.encode(encoding)) <= limit for name in clean]
    for wanted in (True, False):
        for k, name in enumerate(clean):
            if fits[k] is wanted:
                out[k] = _unique(name, taken, encoding, limit)
    return out


def cut(text: str, encoding: str, limit: int) -> str:
    """Return the longest beginning of a text that takes at most `limit` bytes."""
    data = text.encode(encoding)
    if len(data) <= limit:
        return text
    if encoding.lower().replace("-", "") == "utf8":
        return data[:limit].decode(encoding, "ignore")
    # In GBK a trail byte may look like a lead byte: only counting from the start is sure.
    size = 0
    for place, char in enumerate(text):
        size += len(char.encode(encoding))
        if size > limit:
            return text[:place]
    return text


def _clean(name: str, encoding: str) -> str:
    known = name.encode(encoding, "ignore").decode(encoding)
    words = _STRANGE.sub("_", known).strip("_") or "field"
    return f"f{words}" if words[0].isdigit() else words


def _unique(name: str, taken: set[str], encoding: str, limit: int) -> str:
    short, number = cut(name, encoding, limit).rstrip("_"), 0
    while short.casefold() in taken:
        number += 1
        tail = f"_{number}"
        short = cut(name, encoding, limit - len(tail)) + tail
    taken.add(short.casefold())
    return short
