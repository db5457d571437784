"""The documentation site as it is built: no warning, no dead link, nothing from the network, every reference whole."""

import importlib.util
import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import typer.main
from archode.geometry.shapes import SHAPES
from archode.materials import material_names
from archode.solvers.criteria import CRITERIA
from archode.studies.cli import app
from archode.studies.schema import study_json_schema
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ROOT / "docs/_generated"

pytestmark = pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="the extra `docs` is not installed")


class Page(HTMLParser):
    """Links, sources, anchors and formulas of one page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.loaded, self.anchors, self.formulas = [], [], set(), 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors |= {attrs[key] for key in ("id", "name") if attrs.get(key)}
        self.formulas += tag == "math"
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        elif tag == "link" and attrs.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(attrs["href"])
        elif "src" in attrs:
            self.loaded.append(attrs["src"])


def pages_of(folder):
    return {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}


def dead_links(pages):
    """(page, target) of everything that leads to a file or an anchor that is not there."""
    dead = []
    for path, page in pages.items():
        for target in [*page.links, *page.loaded]:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(file)
            anchor = unquote(parts.fragment)
            if not file.is_file() or (anchor and known is not None and anchor not in known.anchors):
                dead.append((path.name, target))
    return dead


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built anew as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-d", str(folder / "trees")]
    (ROOT / "build").mkdir(exist_ok=True)
    # The generated pages lie in docs/: one builder at a time.
    with FileLock(ROOT / "build/docs-test.lock"):
        built = subprocess.run([*command, "docs", str(folder / "html")], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def pages(site):
    return pages_of(site)


@pytest.fixture
def extension(monkeypatch):
    """Import one of the site's own extensions."""
    monkeypatch.syspath_prepend(str(ROOT / "docs/_ext"))
    return importlib.import_module


def test_every_link_leads_somewhere(pages):
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert not dead_links(pages)


def test_dead_links_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="here"></h1><a href="#here"></a><a href="#nowhere"></a><a href="b.html#there"></a>'
        '<a href="b.html#gone"></a><a href="c.html"></a><img src="picture.png"><a href="https://example.org/x"></a>'
    )
    (tmp_path / "b.html").write_text('<p id="there"></p>')
    found = {target for _, target in dead_links(pages_of(tmp_path))}
    assert found == {"#nowhere", "b.html#gone", "c.html", "picture.png"}


def test_nothing_is_loaded_from_the_network(site, pages):
    """The site is read from disk, on a cluster's login node as on a train."""
    for path, page in pages.items():
        remote = [target for target in page.loaded if re.match(r"(https?:)?//", target)]
        assert not remote, path.name
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style.name


def test_every_markdown_page_is_on_the_site(site):
    for page in [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/how_to").glob("*.md")]:
        assert (site / page.relative_to(ROOT / "docs")).with_suffix(".html").is_file(), page.name


def test_formulas_are_drawn(site, pages):
    """As many as the page holds, and none is left as TeX."""
    source = (ROOT / "docs/model.md").read_text(encoding="utf-8")
    display = len(re.findall(r"^ *```math$", source, flags=re.MULTILINE))
    prose = re.sub(r"```.*?```", "", source, flags=re.DOTALL)
    assert display > 10
    assert pages[(site / "model.html").resolve()].formulas == display + prose.count("$") // 2


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\tfrac12", r"<mfrac>\s*<mn>1</mn>\s*<mn>2</mn>\s*</mfrac>"),
        (r"\Big|_{n}", r"<mo [^>]*>\|</mo>"),
        ("1 … N", "…"),
        (r"\mathbf i", "𝐢|<mi [^>]*bold"),
    ],
)
def test_formulas_that_docutils_alone_does_not_know(extension, source, expected):
    assert re.search(expected, extension("mathml").converted(source, block=False))


def test_an_unknown_command_is_refused(extension):
    from docutils.utils.math import MathError

    with pytest.raises(MathError):
        extension("mathml").converted(r"\unheardof{x}", block=False)


def test_what_a_forge_shows_becomes_what_the_site_shows(extension):
    text = (
        "<!-- forge -->\nonly there\n<!-- /forge -->\n<!-- site\nonly here\n-->\n"
        "$`a_b`$ [changes](../CHANGELOG.md#x) [study](../studies/library/quickstart.yml) [model](model.md) "
        "`[code](../CHANGELOG.md)` ![p](images/gallery.png)\n"
    )
    assert extension("forge").on_the_site(text, ROOT / "docs").split("\n") == [
        "only here",
        "",
        "$a_b$ [changes](_generated/changelog.md#x) study [model](model.md) "
        "`[code](../CHANGELOG.md)` ![p](images/gallery.png)",
        "",
    ]


# ---------------------------------------------------------------------- references
def table_below(name, anchor):
    """Names in the first column of the table below an anchor of a generated page."""
    text = (GENERATED / f"{name}.md").read_text(encoding="utf-8")
    part = re.search(rf"^\({re.escape(anchor)}\)=\n(.*?)(?=^\(|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    assert part, anchor
    return {k for line in re.findall(r"^\| (`[^|]*) \|", part[1], re.MULTILINE) for k in re.findall("`([^`]+)`", line)}


def test_reference_of_the_study_names_every_key(site):
    schema = study_json_schema()
    assert table_below("study_schema", "schema-top") == set(schema["properties"])
    for name, definition in schema["$defs"].items():
        anchor = f"schema-{re.sub('[^a-z0-9]', '', name.lower())}"
        wanted = {key for key, part in definition["properties"].items() if "const" not in part}
        assert table_below("study_schema", anchor) == wanted, name
    for name in SHAPES:
        assert f"(schema-shape-{name.replace('_', '-')})=" in (GENERATED / "study_schema.md").read_text()


def test_reference_of_the_study_states_units_and_defaults(site):
    text = (GENERATED / "study_schema.md").read_text(encoding="utf-8")
    assert "| `temperature` | quantity in K, such as `25 degC`, ≥ 150 and ≤ 600 | `298.15 K` |" in text
    assert "| `electrolyte` | `electroneutral`, `poisson-nernst-planck` | `electroneutral` |" in text
    assert "| `initial` | [section](#schema-initial) | its own |" in text


def test_reference_of_the_command_line_names_every_option(site):
    for name, command in typer.main.get_command(app).commands.items():
        told = table_below("command_line", f"command-{name}")
        options = {option for p in command.params if p.param_type_name == "option" for option in p.opts}
        assert options <= told, name
        assert len(told) >= len(command.params), name


def test_libraries_are_complete(site):
    materials = (GENERATED / "material_library.md").read_text(encoding="utf-8")
    for name in material_names():
        assert f"[`{name}`](#material-" in materials, name
    criteria = (GENERATED / "criteria_list.md").read_text(encoding="utf-8")
    for evaluate in CRITERIA:
        assert f"`solvers/criteria/{evaluate.__module__.rpartition('.')[2]}.py`" in criteria
    studies = (GENERATED / "study_library.md").read_text(encoding="utf-8")
    for file in (ROOT / "studies/library").glob("*.yml"):
        assert f"[`{file.stem}`](#study-" in studies, file.name


@pytest.mark.parametrize("package", ["studies", "visualization", "geometry", "materials"])
def test_public_names_are_documented(site, pages, package):
    module = importlib.import_module(f"archode.{package}")
    anchors = pages[(site / "_generated/python_api.html").resolve()].anchors
    for name in module.__all__:
        thing = getattr(module, name)
        if isinstance(thing, type) or inspect.isfunction(thing):
            assert f"archode.{package}.{name}" in anchors, name
