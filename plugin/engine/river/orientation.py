"""What an orientation of a network is, and how it is told: one row and one place for each run of reaches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from .potential import parts
from .rows import issue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .network import Network

# How many reaches a message names before it says "and others".
_NAMED = 5


@dataclass(frozen=True)
class Orientation:
    """Which edges of a network run against the flow.

    Applied by ``network.flipped(o.flip).with_issues(o.issues, o.issue_edges)``.

    Attributes
    ----------
    flip : (e,) bool
        To be turned.
    doubtful : (e,) bool
        The direction could not be told; left as it is.
    issues : list of issue rows
        One for every run of turned and of doubtful reaches of one river, with a place.
    issue_edges : list of int arrays
        The edges of each row.
    """

    flip: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    issues: list[dict[str, Any]] = field(default_factory=list)
    issue_edges: list[NDArray[np.int64]] = field(default_factory=list)

    def tell(
        self, network: Network, edges: NDArray[Any], severity: str, code: str, zh: str, en: str
    ) -> None:
        """Add a row for every connected run of `edges` of one river.

        Parameters
        ----------
        network : Network
        edges : (k,) int or (e,) bool
        severity, code : str
        zh, en : str
            What is wrong and what to do, after "river such-and-such: so many reaches, so long (their ids)".
        """
        for run in runs(network, edges):
            self.issues.append(
                issue(severity, code, *described(network, run, zh, en), place(network, run))
            )
            self.issue_edges.append(run)


def runs(network: Network, edges: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return the connected runs of `edges` that bear one river's name, the first reach's first."""
    edges = np.asarray(edges)
    edges = np.flatnonzero(edges) if edges.dtype == bool else edges.astype(np.int64)
    if not len(edges):
        return []
    names = np.array(["" if n is None else n for n in network.name[edges]], dtype=object)
    _, code = np.unique(names.astype(str), return_inverse=True)
    # A node of one river is another node for the next river.
    count = len(network.node)
    ends, local = np.unique(
        np.concatenate([code * count + network.tail[edges], code * count + network.head[edges]]),
        return_inverse=True,
    )
    local = local.ravel()
    group = parts(local[: len(edges)], local[len(edges) :], len(ends))[local[: len(edges)]]
    order = np.argsort(group, kind="stable")
    found = np.split(edges[order], np.flatnonzero(np.diff(group[order])) + 1)
    return sorted(found, key=lambda run: int(run[0]))


def described(network: Network, run: NDArray[np.int64], zh: str, en: str) -> tuple[str, str]:
    """Say which river, how many reaches, how long and which, then `zh` and `en`."""
    name = network.name[run[0]]
    ids = list(dict.fromkeys(str(u) for u in network.uid[run]))
    shown, more = ids[:_NAMED], len(ids) > _NAMED
    length = network.length[run].sum()
    long_zh = f"{length / 1000:.1f} 千米" if length >= 1000 else f"{length:.0f} 米"
    long_en = f"{length / 1000:.1f} km" if length >= 1000 else f"{length:.0f} m"
    ids_zh, ids_en = "、".join(shown) + ("等" if more else ""), ", ".join(shown) + (", ..." if more else "")
    river_zh = f"河流“{name}”" if name is not None else "未命名河流"
    river_en = f"River '{name}'" if name is not None else "An unnamed river"
    many = f"{len(run)} reach{'es' if len(run) > 1 else ''}"
    return (
        f"{river_zh}有 {len(run)} 条河段(共 {long_zh}:{ids_zh}){zh}",
        f"{river_en}: {many}, {long_en} ({ids_en}), {en}",
    )


def place(network: Network, run: NDArray[np.int64]) -> Any:
    """Return the middle of the longest reach of a run."""
    longest = run[int(np.argmax(network.length[run]))]
    return shapely.points(network.locate([longest], [network.length[longest] / 2])[0])
