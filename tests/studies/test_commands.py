"""What the commands print, and that they need no solver to do so."""

import json
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from archode.geometry import ARCHITECTURES
from archode.geometry._dolfinx import ensure_dolfinx
from archode.materials import material_names
from archode.studies.cli import main
from archode.studies.schema import study_json_schema
from ruamel.yaml import YAML

LIBRARY = sorted((Path(__file__).parents[2] / "studies" / "library").glob("*.yml"))
BROKEN = Path(__file__).parent / "broken"


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"archode {version('archode')}"


def test_help_without_arguments(capsys):
    main([])
    told = capsys.readouterr()
    for command in ("run", "check", "materials", "schema"):
        assert command in told.out + told.err


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_check_library_study(path, capsys):
    assert main(["check", str(path)]) == 0
    out = capsys.readouterr().out
    assert f"study: {path.stem}" in out
    assert " case" in out and "nominal capacity" in out and "Debye length" in out
    # Values that were never measured are called estimates wherever they are shown; the pores have none.
    assert ("Estimated, not measured" in out) == (path.stem not in ("charged_nanopore", "nanoporous_gold_pores"))


def test_check_shows_what_a_thin_film_takes(capsys):
    main(["check", str(next(p for p in LIBRARY if p.stem == "thin_film_voc1"))])
    out = capsys.readouterr().out
    for text in ("3 cases", "discharge=80uA_cm2", "100 mm²", "22.92 µAh", "discharge 80 µA", "reference"):
        assert text in out


def test_check_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path / "cache"))
    assert main(["check", str(LIBRARY[0])]) == 0
    assert list(tmp_path.iterdir()) == []


def test_materials(capsys):
    assert main(["materials"]) == 0
    listed = capsys.readouterr().out
    for name in material_names():
        assert name in listed
    assert main(["materials", "KVO_ac_0.25"]) == 0
    assert "diffusivity" in capsys.readouterr().out


def test_commands_import_no_solver_and_no_plots():
    code = (
        "import sys\nfrom archode.studies.cli import main\n"
        f"assert main(['check', {str(LIBRARY[0])!r}]) == 0\n"
        "assert main(['schema']) == 0 and main(['materials']) == 0\n"
        "heavy = {'dolfinx', 'petsc4py', 'mpi4py', 'gmsh', 'pyvista', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_closed_pipe_is_no_error():
    code = f"{sys.executable} -m archode.studies.cli schema | head -c 10"
    ended = subprocess.run(["sh", "-c", code], capture_output=True, text=True)
    assert "Traceback" not in ended.stderr and "Error" not in ended.stderr


class _Checker:
    """The part of JSON Schema that the study's schema uses."""

    def __init__(self, schema):
        self.schema = schema

    def accepts(self, node, value):
        if "$ref" in node:
            return self.accepts(self.schema["$defs"][node["$ref"].rsplit("/", 1)[1]], value)
        if "anyOf" in node:
            return any(self.accepts(part, value) for part in node["anyOf"])
        if "oneOf" in node and sum(self.accepts(part, value) for part in node["oneOf"]) != 1:
            return False
        if "const" in node and value != node["const"]:
            return False
        if "enum" in node and value not in node["enum"]:
            return False
        return self._type(node, value) and self._parts(node, value)

    def _type(self, node, value):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return {
            None: True,
            "object": isinstance(value, dict),
            "array": isinstance(value, list) and len(value) >= node.get("minItems", 0),
            "string": isinstance(value, str) and len(value) >= node.get("minLength", 0),
            "number": number,
            "integer": isinstance(value, int) and not isinstance(value, bool) and value >= node.get("minimum", value),
            "boolean": isinstance(value, bool),
            "null": value is None,
        }[node.get("type")]

    def _parts(self, node, value):
        if isinstance(value, list):
            return all(self.accepts(node.get("items", {}), v) for v in value)
        if not isinstance(value, dict):
            return True
        if any(key not in value for key in node.get("required", [])):
            return False
        known, further = node.get("properties", {}), node.get("additionalProperties", True)
        for key, part in value.items():
            if key in known:
                if not self.accepts(known[key], part):
                    return False
            elif further is False or (isinstance(further, dict) and not self.accepts(further, part)):
                return False
        return True


def plain(path):
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema():
    return study_json_schema()


def test_schema_is_printed_as_json(schema, capsys):
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(schema))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda p: p.stem)
def test_schema_accepts_the_library(schema, path):
    assert _Checker(schema).accepts(schema, plain(path))


@pytest.mark.parametrize(
    "name",
    [
        "geometry_unknown_key",
        "geometry_missing_key",
        "geometry_unknown_architecture",
        "geometry_unknown_domain",
        "geometry_list",
        "hosts_beside_geometry",
        "hosts_list",
        "hosts_unknown_key",
        "ions_unknown_key",
        "interface_reaction",
        "interface_wall_unknown",
        "protocol_until_unknown",
        "protocol_charge_without_until",
        "protocol_repeat_zero",
        "protocol_empty",
        "solver_linear",
        "reference_without_source",
        "unknown_section",
        "sweep_not_a_list",
    ],
)
def test_schema_refuses(schema, name):
    assert not _Checker(schema).accepts(schema, plain(BROKEN / f"{name}.yml"))


def test_schema_knows_every_architecture_and_says_how_values_are_read(schema):
    found = {
        d["properties"]["architecture"]["const"]: d
        for d in schema["$defs"].values()
        if "architecture" in d["properties"]
    }
    assert set(found) == set(ARCHITECTURES)
    gap = found["planar"]["properties"]["gap"]
    assert {"number", "string"} == {part["type"] for part in gap["anyOf"]}
    assert "a number in m, or text such as '50 um'" in gap["description"]
    assert "KVO_ac_0.25" in schema["$defs"]["Materials"]["properties"]["anode"]["examples"]


def test_schema_has_a_word_on_every_key(schema):
    silent = [
        f"{name}.{key}"
        for name, part in schema["$defs"].items()
        for key, value in part["properties"].items()
        if not value.get("description") and name != "Sweep"
    ]
    assert silent == []


@pytest.mark.skipif(find_spec("dolfinx") is None, reason="running needs DOLFINx")
@pytest.mark.parametrize("code", [0, 3])
def test_run_hands_over_the_study_and_its_exit_code(code, tmp_path, monkeypatch):
    ensure_dolfinx()
    run = pytest.importorskip("archode.studies.execute")
    given = {}

    def run_study(loaded, out, resume, comm, **_how):
        given.update(study=loaded.study.study, cases=len(loaded.cases), out=out, resume=resume, size=comm.size)
        return code

    monkeypatch.setattr(run, "run_study", run_study)
    path = next(p for p in LIBRARY if p.stem == "thin_film_voc1")
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--resume", "--quiet"]) == code
    assert given == {"study": path.stem, "cases": 3, "out": tmp_path / "out", "resume": True, "size": 1}
