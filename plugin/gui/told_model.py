"""A tree of what a result says: rows made when they are wanted, words when they are shown, laid out by a delegate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

if TYPE_CHECKING:
    from qgis.PyQt.QtGui import QIcon

    from ..engine.findings_text import Fact

GROUP, FINDING, FACT = "group", "finding", "fact"
#: What a row holds beside its words: its kind, its lines, a number of its own.
KIND, LINES, SERIAL = (Qt.ItemDataRole.UserRole + k for k in range(3))


class Node:
    """A row of the tree: its kind, what it is of, and what tells groups of one kind apart (`name`).

    `lazy` rows have facts below them, which are made when they are asked for.
    """

    __slots__ = ("children", "fact", "kind", "lazy", "lines", "name", "parent", "place", "row", "serial")

    def __init__(
        self, kind: str, parent: Node | None, row: Any = None, name: str = "", fact: Any = None, *, lazy: bool = False
    ) -> None:
        self.kind, self.parent, self.row, self.name, self.fact = kind, parent, row, name, fact
        self.place, self.serial, self.lazy = 0, -1, lazy
        #: None until they are asked for.
        self.children: list[Node] | None = None if lazy else []
        self.lines: tuple[str, str] | None = None


class ToldModel(QAbstractItemModel):
    """Base of the trees; a subclass makes the rows, their facts and their words."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Indexes carry a number, never an object that may be gone.
        self._nodes: list[Node] = []
        self._root = Node(GROUP, None)

    # --- what a subclass fills in ---------------------------------------------------------------------------

    def _facts(self, node: Node) -> list[Fact]:
        """Return what is told below a row."""
        raise NotImplementedError

    def _words(self, node: Node) -> tuple[str, str]:
        """Return a row's title, and the lines below it."""
        raise NotImplementedError

    def _sign(self, node: Node) -> QIcon | None:
        """Return a row's sign."""
        raise NotImplementedError

    # --- rows -----------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        """Begin anew; between beginResetModel and endResetModel."""
        self._nodes = []
        self._root = Node(GROUP, None)

    def _add(self, node: Node) -> Node:
        siblings = node.parent.children
        node.place, node.serial = len(siblings), len(self._nodes)
        siblings.append(node)
        self._nodes.append(node)
        return node

    def _children(self, node: Node) -> list[Node]:
        if node.children is None:
            node.children = []
            for fact in self._facts(node):
                self._add(Node(FACT, node, node.row, fact=fact))
        return node.children

    def _node(self, index: QModelIndex) -> Node:
        return self._nodes[index.internalId()] if index.isValid() else self._root

    def _lines(self, node: Node) -> tuple[str, str]:
        if node.lines is None:
            node.lines = self._words(node)
        return node.lines

    def row(self, index: QModelIndex) -> dict[str, Any] | None:
        """Return what a row is of, also of what is told below it; no role, as Qt would copy it."""
        return self._node(index).row if index.isValid() else None

    def fact(self, index: QModelIndex) -> Fact | None:
        """Return what a row below another tells."""
        return self._node(index).fact if index.isValid() else None

    # --- Qt's model -----------------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: QModelIndex = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's
        """Return the index of a child."""
        if column != 0 or row < 0:
            return QModelIndex()
        children = self._children(self._node(parent))
        return self.createIndex(row, 0, children[row].serial) if row < len(children) else QModelIndex()

    def parent(self, index: QModelIndex = QModelIndex()) -> Any:  # noqa: B008 - Qt's own signature
        """Return the index of the row above in the tree."""
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.place, 0, above.serial)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's own signature
        """Return how many children a row has."""
        return len(self._children(self._node(parent))) if parent.column() <= 0 else 0

    def hasChildren(self, parent: QModelIndex = QModelIndex()) -> bool:  # noqa: B008, N802
        """Tell whether a row can be opened, without making what is in it."""
        node = self._node(parent)
        return node.lazy or bool(node.children)

    def columnCount(self, _parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, N802
        """Return one: the delegate lays a row out."""
        return 1

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the words of a row, its sign, or what it stands for."""
        if not index.isValid():
            return None
        node = self._node(index)
        if role == KIND:
            return node.kind
        if role == LINES:
            return self._lines(node)
        if role == SERIAL:
            return node.serial
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return "\n".join(part for part in self._lines(node) if part)
        return self._sign(node) if role == Qt.ItemDataRole.DecorationRole else None
