"""Build the user guide: Markdown in docs/guide and pictures in docs/img become pages in resources/help.

build_guide.py [--to FOLDER]

The pages need no network and run no script; the same sources give the same bytes.
"""

from __future__ import annotations

import html
import io
import os
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "resources" / "help"
LANGUAGES = {"zh": "zh-CN", "en": "en"}
#: Pictures are no wider than the window they were taken in.
WIDEST = 1366
_TITLE = {"zh": "EnvZones 使用指南", "en": "EnvZones Guide"}
_OTHER = {"zh": ("en", "English"), "en": ("zh", "中文")}
_PAGES = {"zh": "目录", "en": "Pages"}
_OPEN, _CLOSE = "\u27e6", "\u27e7"
_BROKEN = re.compile("(?<=[\u3001-\u301f\u4e00-\u9fff\uff01-\uff5e\u2014\u2018-\u201d\u2026*])\n *(?=[\u4e00-\u9fff\uff08\u201c*])")
_MARK = re.compile(r"^<!-- anchor: ([a-z_-]+) -->\n(#+ .*)$", re.MULTILINE)

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #ffffff; --side: #f5f7f9; --line: #d5dae0;
  --link: #0b5cad; --soft: #57606a; --code: #eef1f4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e6ea; --paper: #1b1e22; --side: #23272c; --line: #3b4148;
  --link: #7ab7ff; --soft: #a5adb6; --code: #2b3036; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); line-height: 1.65; font-size: 16px;
  font-family: "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, "Noto Sans CJK SC", "Source Han Sans SC",
  "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", SimHei, sans-serif; }
nav { background: var(--side); border-right: 1px solid var(--line); padding: 1rem 1.2rem; }
nav ul { list-style: none; margin: .6rem 0; padding: 0; }
nav li { margin: .15rem 0; }
nav a { display: block; padding: .15rem .5rem; border-radius: 4px; text-decoration: none; }
nav a[aria-current] { background: var(--code); color: var(--ink); font-weight: 600; }
main { padding: 1rem 2rem 4rem; max-width: 62rem; }
a { color: var(--link); }
h1 { font-size: 1.75rem; line-height: 1.3; margin: .6rem 0 1rem; }
h2 { font-size: 1.3rem; margin: 2rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.5rem 0 .4rem; }
img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 4px; }
figure { margin: 1.2rem 0; }
figcaption { color: var(--soft); font-size: .92rem; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--side); }
code, kbd { background: var(--code); border-radius: 3px; padding: .05rem .3rem;
  font-family: "Cascadia Mono", Consolas, "DejaVu Sans Mono", Menlo, "Noto Sans Mono CJK SC", monospace; font-size: .92em; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; border-radius: 4px; }
pre code { padding: 0; }
blockquote { margin: 1rem 0; padding: .1rem 1rem; border-left: 4px solid var(--link); background: var(--side); }
@media screen and (min-width: 900px) { nav { position: fixed; top: 0; bottom: 0; left: 0; width: 15.5rem; overflow-y: auto; }
  main { margin-left: 15.5rem; } }
@media print { nav { display: none; } }
"""

_FRAME = """<!DOCTYPE html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<nav aria-label="{pages}">
<strong>{guide}</strong>
<ul>
{items}
</ul>
<a href="../{other}/{name}.html" hreflang="{other_tag}">{other_title}</a>
</nav>
<main>
{body}
</main>
</body>
</html>
"""


class GuideError(Exception):
    """Something in the sources is wrong; one sentence says what and where."""


def page_names() -> tuple[str, ...]:
    """The pages, in the order in which the guide lists them: the plugin's own list."""
    text = (ROOT / "plugin" / "project" / "guide.py").read_text(encoding="utf-8")
    listed = re.search(r"^PAGES = \((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    if listed is None:
        raise GuideError("plugin/project/guide.py lists no pages")
    return tuple(re.findall(r'"([a-z-]+)"', listed.group(1)))


def slug(title: str) -> str:
    """The anchor that the common forges give a heading, so that links work there, too."""
    kept = "".join(one for one in title.strip().lower() if one.isalnum() or one in " -_")
    return kept.replace(" ", "-")


def marked(source: str) -> str:
    """The source with the anchors that the plugin knows headings by carried into these headings.

    ``<!-- anchor: merge -->`` stands on the line before a heading: the same in every language, and unseen elsewhere.
    """
    # Chinese has no spaces: a line that is broken in the source is not broken in the page.
    source = _BROKEN.sub("", source)
    return _MARK.sub(lambda found: f"{found.group(2)} {_OPEN}{found.group(1)}{_CLOSE}", source)


class _Shape(Treeprocessor):
    """Gives headings their anchors, sets pictures with their captions, and turns links to sources into links to pages."""

    def __init__(self, md: markdown.Markdown, page: _Page) -> None:
        super().__init__(md)
        self._page = page

    def run(self, root: ElementTree.Element) -> None:
        for element in list(root.iter()):
            if element.tag in ("h1", "h2", "h3", "h4"):
                self._heading(element)
            elif element.tag == "a":
                element.set("href", self._link(element.get("href", "")))
            elif element.tag == "p" and len(element) == 1 and element[0].tag == "img" and not element.text:
                self._figure(element)
            elif element.tag == "img":
                self._picture(element)

    def _heading(self, element: ElementTree.Element) -> None:
        title, _, rest = "".join(element.itertext()).partition(f" {_OPEN}")
        _strip(element)
        ids = list(dict.fromkeys(name for name in (slug(title), rest.rstrip(_CLOSE)) if name))
        for name in ids:
            if name in self._page.anchors:
                raise GuideError(f"{self._page.where}: two headings have the anchor {name}")
            self._page.anchors.add(name)
        element.set("id", ids[0])
        for name in ids[1:]:
            mark = ElementTree.Element("a", {"id": name})
            mark.tail, element.text = element.text, None
            element.insert(0, mark)
        if element.tag == "h1":
            self._page.title = title

    def _link(self, href: str) -> str:
        if re.match(r"https?://", href):
            return href
        path, _, fragment = href.partition("#")
        name = posixpath.splitext(path)[0] if path else self._page.name
        if path and ("/" in path or not path.endswith(".md")):
            raise GuideError(f"{self._page.where}: the guide cannot link to {href}, which is not bundled")
        self._page.links.append((name, fragment))
        return (f"{name}.html" if path else "") + (f"#{fragment}" if fragment else "")

    def _picture(self, element: ElementTree.Element) -> None:
        source = element.get("src", "")
        if not source.startswith("../../img/") or ".." in source[6:]:
            raise GuideError(f"{self._page.where}: the picture {source} does not lie in docs/img")
        if not element.get("alt", "").strip():
            raise GuideError(f"{self._page.where}: the picture {source} has no caption")
        name = source.removeprefix("../../img/")
        self._page.pictures.append(name)
        element.set("src", f"../img/{name}")

    def _figure(self, element: ElementTree.Element) -> None:
        element.tag = "figure"
        caption = ElementTree.SubElement(element, "figcaption")
        caption.text = element[0].get("alt", "")


def _strip(heading: ElementTree.Element) -> None:
    """Take the mark off the end of a heading."""
    last = heading[-1] if len(heading) else None
    if last is not None and last.tail:
        last.tail = last.tail.partition(f" {_OPEN}")[0]
    elif last is None and heading.text:
        heading.text = heading.text.partition(f" {_OPEN}")[0]


class _Page(Extension):
    """One page in one language, while it is being made."""

    def __init__(self, lang: str, name: str, source: str) -> None:
        super().__init__()
        self.lang, self.name, self.title = lang, name, ""
        self.where = f"docs/guide/{lang}/{name}.md"
        self.anchors: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.pictures: list[str] = []
        md = markdown.Markdown(extensions=["tables", "fenced_code", "sane_lists", self], output_format="html")
        self.body = md.convert(marked(source))
        if not self.title:
            raise GuideError(f"{self.where}: there is no title")

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - the library's name
        # What looks like HTML in a source is text.
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")
        md.treeprocessors.register(_Shape(md, self), "shape", 5)


def build(sources: Mapping[str, bytes], pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make the guide; `sources` by ``zh/site.md``, `pictures` by ``zh/site.png``; return the files by their names."""
    names = page_names()
    pages: dict[tuple[str, str], _Page] = {}
    for lang in LANGUAGES:
        for name in names:
            source = sources.get(f"{lang}/{name}.md")
            if source is None:
                raise GuideError(f"docs/guide/{lang}/{name}.md is missing")
            pages[lang, name] = _Page(lang, name, source.decode("utf-8"))
    unknown = sorted(set(sources) - {f"{lang}/{name}.md" for lang, name in pages})
    if unknown:
        raise GuideError(f"docs/guide/{unknown[0]} is no page of the plugin's list")
    files: dict[str, bytes] = {}
    for (lang, name), page in pages.items():
        for target, fragment in page.links:
            if (lang, target) not in pages:
                raise GuideError(f"{page.where}: there is no page {target}")
            if fragment and fragment not in pages[lang, target].anchors:
                raise GuideError(f"{page.where}: {target} has no heading {fragment}")
        for picture in page.pictures:
            if picture not in pictures:
                raise GuideError(f"{page.where}: docs/img/{picture} is missing")
            if f"img/{picture}" not in files:
                files[f"img/{picture}"] = fit(pictures[picture])
        files[f"{lang}/{name}.html"] = _framed(page, pages, names).encode("utf-8")
    return files


def _framed(page: _Page, pages: Mapping[tuple[str, str], _Page], names: tuple[str, ...]) -> str:
    items = []
    for name in names:
        here = ' aria-current="page"' if name == page.name else ""
        items.append(f'<li><a href="{name}.html"{here}>{html.escape(pages[page.lang, name].title)}</a></li>')
    other, other_title = _OTHER[page.lang]
    title = _TITLE[page.lang] if page.name == "index" else f"{page.title} – {_TITLE[page.lang]}"
    return _FRAME.format(
        tag=LANGUAGES[page.lang], title=html.escape(title), style=STYLE, pages=_PAGES[page.lang], name=page.name,
        guide=_TITLE[page.lang], items="\n".join(items), other=other, other_tag=LANGUAGES[other],
        other_title=other_title, body=page.body,
    )  # fmt: skip


def fit(data: bytes) -> bytes:
    """A picture no wider than a window, in few colours where that loses nothing to the eye."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        if picture.width <= WIDEST and picture.mode == "P":
            return data
        picture = picture.convert("RGB")
        if picture.width > WIDEST:
            size = (WIDEST, round(picture.height * WIDEST / picture.width))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        picture = picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        out = io.BytesIO()
        picture.save(out, "PNG", optimize=True)
        return out.getvalue()


def read(folder: Path, ending: str) -> dict[str, bytes]:
    """Files of a folder and its language folders, by their names inside."""
    found = sorted(folder.rglob(f"*{ending}"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write(files: Mapping[str, bytes], target: Path) -> None:
    """Put the pages into place all together, instead of what was there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".help-", dir=target.parent))
    try:
        half.chmod(0o755)
        for name, data in files.items():
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        old = target.with_name(f".{target.name}-old")
        shutil.rmtree(old, ignore_errors=True)
        if target.is_dir():
            os.replace(target, old)
        os.replace(half, target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Build the guide; say only what is wrong."""
    target = Path(arguments[arguments.index("--to") + 1]) if "--to" in arguments else TARGET
    try:
        files = build(read(ROOT / "docs" / "guide", ".md"), read(ROOT / "docs" / "img", ".png"))
    except GuideError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    write(files, target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
