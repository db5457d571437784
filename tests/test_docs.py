"""What README and docs name exists: links, images, commands, options, keys, units; their studies load."""

import ast
import dataclasses
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.geometry.shapes import SHAPES
from archode.materials import overridable
from archode.materials.library import read_material
from archode.materials.open_circuit import REFERENCES
from archode.materials.units import to_si
from archode.studies.cli import app
from archode.studies.load import load_study
from archode.studies.schema import MeshStudy, Study, study_json_schema
from archode.visualization import CASE_FIGURES
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
DOCS = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/how_to").glob("*.md")]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS])
STUDY_FILE = (ROOT / "docs/study_file.md").read_text(encoding="utf-8")
GEOMETRY = (ROOT / "docs/geometry.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands
MAX_IMAGE = 300_000


def text_of(page):
    return page.read_text(encoding="utf-8")


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def as_on_a_forge(text):
    """Without what only the site shows: `tests/test_docs_site.py` follows the links of that, on the built site."""
    return re.sub(r"^<!-- site\n.*?^-->$", "", text, flags=re.DOTALL | re.MULTILINE)


def blocks(language):
    """(page, text) of every fenced block of a language, in reading order."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
    return [(page.name, block) for page in PAGES for block in pattern.findall(text_of(page))]


def anchors(page):
    """Anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", without_code(text_of(page)), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_resolve(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(as_on_a_forge(text_of(page)))):
        if re.match(r"[a-z]+://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"{page.name}: {target}"
        assert ROOT in file.parents, f"{page.name}: {target} leaves the checkout"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def test_every_page_is_listed_in_the_index():
    index = text_of(ROOT / "docs/index.md")
    for page in DOCS:
        name = page.relative_to(ROOT / "docs").as_posix()
        assert name == "index.md" or f"({name})" in index, name


def test_images_are_small_and_used():
    images = [p for p in (ROOT / "docs/images").iterdir() if p.is_file()]
    assert images
    everything = "".join(text_of(page) for page in PAGES)
    for image in images:
        assert image.stat().st_size < MAX_IMAGE, image.name
        assert f"images/{image.name})" in everything, f"{image.name} is shown nowhere"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_and_options_exist(page):
    calls = re.findall(r"(?:^|[`/ ])archode ([a-z]+)([^`\n|]*)", text_of(page), flags=re.MULTILINE)
    calls = [(name, rest) for name, rest in calls if is_code(page, f"archode {name}{rest}")]
    for name, rest in calls:
        assert name in COMMANDS, f"{page.name}: archode {name}"
        options = {option for p in COMMANDS[name].params for option in (*p.opts, *p.secondary_opts)} | {"--help"}
        rest = rest.split("#")[0]
        for option in re.findall(r"(?<!\S)(--[a-z][a-z0-9-]*)", rest):
            assert option in options, f"{page.name}: archode {name} {option}"


def is_code(page, call):
    """Whether a call stands in code rather than in a sentence that begins with the program's name."""
    text = text_of(page)
    code = re.findall(r"```.*?```", text, flags=re.DOTALL) + re.findall(r"`[^`\n]+`", text)
    return any(call in part for part in code)


def test_every_command_is_documented():
    readme = text_of(ROOT / "README.md")
    for name in COMMANDS:
        assert f"archode {name}" in readme, name
        assert f"archode {name}" in STUDY_FILE, name


def test_options_of_the_command_line_are_documented():
    rows = dict(re.findall(r"^\| `archode (\w+)[^|]*\|(.*)\|$", STUDY_FILE, flags=re.MULTILINE))
    for name, command in COMMANDS.items():
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help" and name in ("run", "check", "bench"):
                    assert option in rows[name] or option == "--debug", f"archode {name} {option}"


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), flags=re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", text_of(page), flags=re.MULTILINE):
            assert target in targets, f"{page.name}: make {target}"


# ---------------------------------------------------------------------- YAML and Python in the pages
YAML_BLOCKS = [(page, YAML(typ="safe", pure=True).load(block), block) for page, block in blocks("yaml")]
STUDIES = [(page, data, block) for page, data, block in YAML_BLOCKS if "study" in data]
PARTS = [(page, data) for page, data, _ in YAML_BLOCKS if "study" not in data and "kind" not in data]


def load(folder, data_or_text, model=Study):
    file = folder / "study.yml"
    if isinstance(data_or_text, str):
        file.write_text(data_or_text, encoding="utf-8")
    else:
        with file.open("w", encoding="utf-8") as stream:
            YAML(typ="safe", pure=True).dump(data_or_text, stream)
    return load_study(file, model=model)


def test_readme_holds_a_whole_study():
    assert any(page == "README.md" for page, _, _ in STUDIES)


def make_files(page, folder):
    """Run the first program of a page that speaks of a file of one's own: it writes that file."""
    if page in ("own_geometry.md", "own_image.md"):
        code = next(code for name, code in blocks("python") if name == page)
        subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(("page", "data", "block"), STUDIES, ids=[f"{p}-{d['study']}" for p, d, _ in STUDIES])
def test_studies_load(page, data, block, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_files(page, tmp_path)
    model = Study if "materials" in data else MeshStudy
    assert load(tmp_path, block, model).study.study == data["study"]


@pytest.mark.parametrize(("page", "part"), PARTS, ids=[f"{p}-{'-'.join(d)}" for p, d in PARTS])
def test_parts_of_studies_fit_a_study(page, part, tmp_path, monkeypatch):
    """Each part is valid in the README's study or in the quickstart (without its mesh and sweep)."""
    monkeypatch.chdir(tmp_path)
    make_files(page, tmp_path)
    assert set(part) <= set(Study.model_fields), page
    quickstart = YAML(typ="safe", pure=True).load(text_of(ROOT / "studies/library/quickstart.yml"))
    bases = [data for _, data, _ in STUDIES if "materials" in data]
    bases.append({k: v for k, v in quickstart.items() if k not in ("mesh", "sweep")})
    if part.get("geometry", {}).get("architecture") == "porous_sample":
        load(tmp_path, {"study": "part", **part}, MeshStudy)
        return
    metals = {"anode": "KVO_ac_0.25", "separator": {"porosity": 0.4, "tortuosity": 2.5}}
    bases += [{**base, "materials": {**base["materials"], **metals}} for base in bases]
    problems = []
    for base in bases:
        try:
            load(tmp_path, {**base, **part})
            return
        except ValueError as error:
            problems.append(str(error))
    pytest.fail("\n".join(problems))


def test_material_files_load(tmp_path):
    materials = [(data["name"], block) for _, data, block in YAML_BLOCKS if "kind" in data]
    assert materials
    for name, block in materials:
        file = tmp_path / f"{name}.yaml"
        file.write_text(block, encoding="utf-8")
        assert read_material(file).name == name


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_compiles_and_its_names_exist(page, code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("archode"):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), f"{page}: {node.module}.{alias.name}"


# ---------------------------------------------------------------------- the tables of the study file
def section(title, page=STUDY_FILE):
    """Text below a heading of a page (the study file's), down to the next heading of any level."""
    match = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,9}} |\Z)", page, re.DOTALL | re.MULTILINE)
    assert match, title
    return match.group(2)


def rows(text, header):
    """Cells of the table whose first header cell is given, by the first cell's code."""
    lines = text.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(f"| {header} |"))
    table = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([^`]+)`", cells[0]):
            table[name] = cells[1:]
    return table


SCHEMA = study_json_schema()
SECTIONS = {
    "Planar": ("planar", "key"),
    "Stack": ("stack", "key"),
    "Interdigital": ("interdigital", "key"),
    "MeshSizes": ("Mesh", "key"),
    "Materials": ("Materials", "key"),
    "SeparatorSection": ("Materials", "key of `separator`"),
    "IonSection": ("Materials", "key of an ion"),
    "Interfaces": ("Interfaces", "key"),
    "ElectrodeInterface": ("Interfaces", "key of an electrode"),
    "Walls": ("Interfaces", "key of `walls`"),
    "PlatingSection": ("Plating", "key of `plating`"),
    "FilmLayer": ("Plating", "key of a layer of `film`"),
    "NucleationSection": ("Plating", "key of `nucleation`"),
    "SeiSection": ("Plating", "key of `sei`"),
    "Host": ("Hosts", "key of a host"),
    "Physics": ("Physics", "key"),
    "Initial": ("Physics", "key of `initial`"),
    "Until": ("Protocol", "key"),
    "Solver": ("Solver", "key"),
    "Output": ("Output", "key"),
    "Reference": ("Reference", "key"),
}


@pytest.mark.parametrize("name", [*ARCHITECTURES, *SHAPES])
def test_pages_name_every_architecture_and_shape_with_its_keys(name):
    cls = ARCHITECTURES.get(name) or SHAPES[name]
    page = STUDY_FILE if name in ("planar", "stack", "interdigital") else GEOMETRY
    table = rows(section(name, page), "key")
    assert set(table) == {field.name for field in dataclasses.fields(cls)}
    required = {field.name for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING}
    assert {key for key, cells in table.items() if cells[-2] == "–"} == required


@pytest.mark.parametrize("name", SECTIONS)
def test_tables_name_every_key(name):
    title, header = SECTIONS[name]
    wanted = set(SCHEMA["$defs"][name]["properties"]) - {"architecture"}
    assert set(rows(section(title), header)) == wanted


def test_top_level_keys():
    assert set(rows(section("Top level"), "key")) == set(SCHEMA["properties"])


@pytest.mark.parametrize("name", [n for n in SECTIONS if n != "Until"])
def test_tables_mark_required_keys(name):
    title, header = SECTIONS[name]
    table = rows(section(title), header)
    defaults = {key: cells[-2] for key, cells in table.items()}
    required = set(SCHEMA["$defs"][name].get("required", [])) - {"architecture"}
    assert {key for key, default in defaults.items() if default == "–"} == required


@pytest.mark.parametrize("name", ["Solver", "Output", "Initial", "Planar", "Stack", "Interdigital", "MeshSizes"])
def test_tables_state_plain_defaults(name):
    title, header = SECTIONS[name]
    for key, cells in rows(section(title), header).items():
        default = SCHEMA["$defs"][name]["properties"][key].get("default")
        stated = cells[-2].strip("`")
        if isinstance(default, bool):
            assert stated == str(default).lower(), key
        elif isinstance(default, int | float):
            unit = cells[0] if len(cells) == 3 and cells[0] else "1"
            assert to_si(stated, unit) == pytest.approx(default, rel=1e-12), key
        elif isinstance(default, str):
            assert stated == default, key


def test_overridable_properties():
    table = rows(section("Materials"), "role")
    assert set(table) == {"electrolyte", "anode", "cathode", "anode_collector", "cathode_collector"}
    lines = {
        "electrolyte": "| `electrolyte` | `concentration`",
        "insertion": "| `anode`, `cathode`, insertion |",
        "capacitive": "| `anode`, `cathode`, capacitive |",
        "metal": "| `anode`, `cathode`, metal |",
        "collector": "| `anode_collector`, `cathode_collector` | `conductivity`",
    }
    for kind, begin in lines.items():
        line = next(x for x in section("Materials").splitlines() if x.startswith(begin))
        names = set(re.findall(r"`([a-z_]+)`", line.split("|")[2]))
        assert names == set(overridable(kind)), kind


def test_default_mesh_sizes():
    """The stated fractions, evaluated for one geometry of each kind."""
    um = 1e-6
    comb = {"finger_width": 40 * um, "gap": 30 * um, "thickness": 0.7 * um}
    samples = {
        "planar": ARCHITECTURES["planar"](gap=90 * um, cathode_thickness=2 * um),
        "stack": ARCHITECTURES["stack"](electrolyte_thickness=70 * um, cathode_thickness=3 * um),
        "interdigital, `unit_cell`": ARCHITECTURES["interdigital"](**comb),
        "interdigital, `finger_pair`": ARCHITECTURES["interdigital"](**comb, domain="finger_pair"),
        "interdigital, `comb`": ARCHITECTURES["interdigital"](**comb, domain="comb"),
    }
    for name, geometry in samples.items():
        line = next(x for x in section("Mesh").splitlines() if x.startswith(f"| {name} |"))
        values = {"w": 30 * um, "gap": 90 * um, "electrolyte_thickness": 70 * um, "thickness": 0.7 * um}
        values["thinnest film"] = 2 * um if name == "planar" else 3 * um
        resolved = geometry.resolved_sizes(MeshSizes())
        for cell, key in zip(line.split("|")[2:5], ("size", "interface_size", "film_size"), strict=True):
            quantity, _, divisor = cell.strip().replace("`", "").partition("/")
            assert getattr(resolved, key) == pytest.approx(values[quantity] / float(divisor)), (name, key)


def test_names_of_pictures():
    for name in CASE_FIGURES:
        assert f"`{name}`" in section("Output"), name
        assert f"`{name}`" in text_of(ROOT / "docs/results.md"), name


def test_reference_electrodes():
    page = text_of(ROOT / "docs/materials.md")
    for name, electrode in REFERENCES.items():
        line = next(x for x in page.splitlines() if x.startswith(f"| `{name}` |"))
        stated = float(line.split("|")[2].strip().replace("−", "-"))
        assert stated == pytest.approx(electrode.potential), name


def test_exit_codes_are_those_of_the_program():
    from archode.studies.exit_codes import ExitCode

    listed = STUDY_FILE[STUDY_FILE.index("| exit code") :].split("\n\n")[0].splitlines()[2:]
    plain = [re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", row) for row in listed]
    assert plain == [f"| {int(code)} | {code.meaning} |" for code in ExitCode]
