"""Files that cannot be a mesh, or cannot be filled: each gets one message that says what is wrong and what to do."""

import re
from pathlib import Path

import meshio
import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file
from archode.studies.cli import main

from .surfaces import ball, binary_stl, box, cad, text_stl

File = ARCHITECTURES["file"]
CUBE = box()
TETRAHEDRON = np.vstack([np.zeros(3), np.eye(3)])
HEXAHEDRON = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float)


def holding(content):
    """A maker of files with that text or those bytes."""
    raw = content if isinstance(content, bytes) else content.encode()
    return lambda path: (path.write_bytes(raw), str(path))[1]


def changed(make, change):
    """A maker of files whose content is changed after they were made."""

    def made(path):
        make(path)
        path.write_bytes(change(path.read_bytes()))
        return str(path)

    return made


def mesh(points, cells, **data):
    """A maker of files by meshio."""
    return lambda path: (meshio.Mesh(points, cells, **data).write(path), str(path))[1]


def binary(triangles, count=None):
    return lambda path: binary_stl(path, triangles, count)


def text(*parts):
    return lambda path: text_stl(path, **{f"solid{n}": part for n, part in enumerate(parts)})


def drawn(draw):
    return lambda path: cad(path, draw)


def with_value(value):
    """The cube with one coordinate that is not one."""
    triangles = CUBE.copy()
    triangles[1, 1, 1] = value
    return triangles


FLAT = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], float)[[[0, 1, 2], [1, 3, 2], [0, 3, 1], [0, 2, 3]]]
FIN = np.concatenate([CUBE, [[[0, 0, 0], [1, 0, 0], [0.5, -1, 0]]]])
SPIKE = np.array([[0.2, 0.3, 1], [0.5, 0.5, 2], [0.5, 0.2, 2], [0.2, 0.5, 2]])[
    [[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]]
]
SLIT = [[[0, 0, 0], [0.5, 0, 0], [0, 0, 1]], [[0.5, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 0, 0], [1, 0, 0], [0.5, 0, 0]]]
QUADS = "".join("v {:g} {:g} {:g}\n".format(*p) for p in HEXAHEDRON) + "f 1 4 3 2\nf 1 2 6 5\nf 2 3 7 6\nf 3 4 8 7\n"

TO_FILL = {
    "empty.stl": (holding(b""), "is empty"),
    "spaces.stl": (holding(b"  \n \n"), "is empty"),
    "three_bytes.stl": (holding(b"abc"), "no STL file, neither binary nor text; is its suffix right"),
    "prose.stl": (holding("to be or not to be " * 30), "no STL file"),
    "step_inside.stl": (holding("ISO-10303-21;\nHEADER;\nENDSEC;\n" * 30), "no STL file"),
    "cut_off.stl": (changed(binary(CUBE), lambda raw: raw[:400]), "announces 12 triangles and has room for"),
    "wrong_count.stl": (binary(CUBE, 20), "announces 20 triangles and has room for 12"),
    "no_facets.stl": (binary(CUBE[:0]), "holds no triangles"),
    "no_facets_text.stl": (text(CUBE[:0]), "holds no triangles"),
    "cut_off_text.stl": (changed(text(CUBE), lambda raw: raw[:900]), "a solid has no end"),
    "corner_lost.stl": (
        changed(text(CUBE), lambda raw: raw.replace(b"      vertex 0 0 0\n", b"", 1)),
        "12 facets of a solid have 35 corners, not 36",
    ),
    "word.stl": (changed(text(CUBE), lambda raw: raw.replace(b"vertex 0 0", b"vertex 0 zero", 1)), "is no number"),
    "nan.stl": (text(with_value(np.nan)), "not finite"),
    "infinite.stl": (binary(with_value(np.inf)), "not finite"),
    "open.stl": (
        binary(CUBE[:-1]),
        r"is not closed: 3 of 18 edges belong to one facet only, between \(0, 0, 1\) and \(1, 1, 1\)",
    ),
    "open_text.stl": (text(CUBE[2:]), "is not closed: 4 of 17 edges"),
    "fin.stl": (binary(FIN), "is not closed: 2 of 20 edges"),
    "sheet.stl": (binary(CUBE * [1, 1, 0]), "is not closed"),
    "point.stl": (binary(CUBE * 0), "encloses no volume"),
    "flat.stl": (binary(FLAT), "crosses or touches itself"),
    "crossing.stl": (binary(np.concatenate([CUBE, CUBE + 0.5])), r"crosses or touches itself: 18 pairs of facets, the"),
    "coplanar.stl": (binary(np.concatenate([CUBE, box((0.5, 0, 0))])), "crosses or touches itself"),
    "unmatched.stl": (binary(np.concatenate([CUBE, box((1, 0.25, 0.25), (0.5,) * 3)])), "crosses or touches itself"),
    "spike.stl": (binary(np.concatenate([CUBE, SPIKE])), "crosses or touches itself: 3 pairs"),
    "slit.stl": (binary(np.concatenate([CUBE, SLIT])), "facets without area|not closed"),
    "crossing_balls.stl": (
        binary(np.concatenate([ball(subdivisions=2), ball((1.5, 0, 0), subdivisions=2)])),
        "crosses or touches itself",
    ),
    "nonsense.obj": (holding("v 0 0\nf 1 2 3\n"), "damaged: it has cells whose points it does not hold"),
    "open.obj": (holding(QUADS), "is not closed"),
    "nonsense.ply": (holding("ply\nformat ascii 1.0\n"), "is no PLY file, or is cut off"),
    "nonsense.off": (holding("OFFOFF"), "cannot be read as a surface"),
    "model.igs": (holding("S 1"), r"cannot be read as a surface.*\.step"),
    "lines.vtu": (mesh(TETRAHEDRON, [("line", [[0, 1]])]), "holds no triangles"),
    "volume.vtu": (mesh(TETRAHEDRON, [("tetra", [[0, 1, 2, 3]])]), "holds 1 cells already.*leave out fill"),
    "volume.med": (mesh(TETRAHEDRON, [("tetra", [[0, 1, 2, 3]])]), "holds 1 cells already.*leave out fill"),
    "empty.step": (holding(b""), "is empty"),
    "prose.step": (holding("nonsense"), "cannot be read as a CAD model"),
    "stl_inside.step": (binary(CUBE), "cannot be read as a CAD model"),
    "prose.brep": (holding("nonsense"), "is no BREP file, or is cut off"),
    "cut_off.brep": (
        changed(drawn(lambda occ: occ.addBox(0, 0, 0, 1, 1, 1)), lambda raw: raw[:2000]),
        "is no BREP file, or is cut off",
    ),
    "face.step": (drawn(lambda occ: occ.addRectangle(0, 0, 0, 1, 1)), "no solids, only faces that enclose nothing"),
    "curve.brep": (drawn(lambda occ: occ.addCircle(0, 0, 0, 1)), "no solids, only curves"),
    "overlap.step": (
        drawn(lambda occ: (occ.addBox(0, 0, 0, 1, 1, 1), occ.addBox(0.5, 0.5, 0.5, 1, 1, 1))),
        "solids 1 and 2 .* overlap in part",
    ),
    "cut_off.step": (
        changed(drawn(lambda occ: occ.addBox(0, 0, 0, 1, 1, 1)), lambda raw: raw[: len(raw) // 2]),
        "cannot be read as a CAD model",
    ),
}


SLOW = [name for name in TO_FILL if name.endswith((".step", ".brep")) and name not in ("empty.step", "face.step")]
"""Files that are read in a process of its own, each time."""


def told(path, tags, fill, capsys):
    """What `archode mesh` says of a file in a study: one error, with exit code 2."""
    study = Path(path).with_suffix(".yml")
    study.write_text(
        f"study: bad\ngeometry:\n  architecture: file\n  path: {path}\n  fill: {str(fill).lower()}\n"
        f"  tags: {tags}\n  boundaries: {{}}\n",
        encoding="utf-8",
    )
    assert main(["mesh", str(study)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith(f"error: {study}:") and said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("name", TO_FILL)
def test_what_cannot_be_filled_is_explained(name, tmp_path, capsys):
    make, message = TO_FILL[name]
    path = make(tmp_path / name)
    capsys.readouterr()  # what OpenCASCADE says of files that it writes
    if name in SLOW:
        with pytest.raises(GeometryError) as error:
            File(path, {"electrolyte": 1}, {}, fill=True)
        said = str(error.value)
        assert said.startswith("file: ") and "\n" not in said
    else:
        said = told(path, "{electrolyte: 1}", True, capsys)
    assert re.search(message, said) and name in said, said


def groups_on_faces(path):
    med = meshio.Mesh(TETRAHEDRON, [("tetra", [[0, 1, 2, 3]]), ("triangle", [[0, 1, 2]])])
    med.cell_data = {"cell_tags": [np.array([0]), np.array([-1])]}
    med.cell_tags = {-1: ["electrolyte"]}
    med.write(path)
    return str(path)


def groups_that_overlap(path):
    points = np.vstack([TETRAHEDRON, [[1, 1, 1]]])
    med = meshio.Mesh(points, [("tetra", [[0, 1, 2, 3], [1, 2, 3, 4]])])
    med.cell_data = {"cell_tags": [np.array([-1, -2])]}
    med.cell_tags = {-1: ["electrolyte"], -2: ["electrolyte", "anode"]}
    med.write(path)
    return str(path)


def other_hdf5(path):
    import h5py

    with h5py.File(path, "w") as file:
        file["data"] = np.arange(3)
    return str(path)


MESHES = {
    "empty.med": (holding(b""), "is empty"),
    "prose.med": (holding("nonsense"), "cannot be read as a mesh"),
    "cut_off.med": (
        changed(mesh(TETRAHEDRON, [("tetra", [[0, 1, 2, 3]])]), lambda raw: raw[: len(raw) // 2]),
        "cannot be read as a mesh",
    ),
    "other_hdf5.med": (other_hdf5, "cannot be read as a mesh"),
    "flat.med": (mesh(TETRAHEDRON[:3], [("triangle", [[0, 1, 2]])]), "no tetrahedra, only triangle; .* fill: true"),
    "plane.med": (mesh(TETRAHEDRON[:3, :2], [("triangle", [[0, 1, 2]])]), "holds no tetrahedra, only triangle"),
    "lines.med": (mesh(TETRAHEDRON, [("line", [[0, 1]])]), "holds no tetrahedra, only line$"),
    "hexahedra.med": (mesh(HEXAHEDRON, [("hexahedron", [np.arange(8)])]), "holds no tetrahedra, only hexahedron"),
    "mixed.med": (
        mesh(np.vstack([HEXAHEDRON, [[2, 0, 0]]]), [("hexahedron", [np.arange(8)]), ("tetra", [[1, 2, 5, 8]])]),
        "1 cells of other kinds .hexahedron. beside tetrahedra; split them",
    ),
    "mixed.vtu": (
        mesh(np.vstack([HEXAHEDRON, [[2, 0, 0]]]), [("pyramid", [[0, 1, 2, 3, 4]]), ("tetra", [[1, 2, 5, 8]])]),
        "1 cells of other kinds .pyramid. beside tetrahedra",
    ),
    "faces_only.med": (groups_on_faces, "no cells of tag 'electrolyte'"),
    "overlap.med": (groups_that_overlap, "to two regions, electrolyte and anode"),
    "flat_cell.med": (mesh(TETRAHEDRON * [1, 1, 0], [("tetra", [[0, 1, 2, 3]])]), "1 tetrahedra without volume"),
    "surface.stl": (binary(CUBE), "holds a surface, no tetrahedra; add fill: true"),
    "surface.ply": (holding("ply"), "holds a surface, no tetrahedra; add fill: true"),
    "model.step": (holding("nonsense"), "holds solids, no tetrahedra; add fill: true"),
}


@pytest.mark.parametrize("name", MESHES)
def test_what_is_no_mesh_is_explained(name, tmp_path, capsys):
    make, message = MESHES[name]
    said = told(make(tmp_path / name), "{electrolyte: electrolyte, anode: anode}", False, capsys)
    assert re.search(message, said), said


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fill": "yes"}, "fill must be true or false"),
        ({"tags": {"electrolyte": 2}}, "no cells of tag 2; it has 1"),
        ({"tags": {"electrolyte": 1, "anode": 1}}, "tag 1 to two regions, electrolyte and anode"),
        ({"boundaries": {"anode_surface": "lid"}}, "no facets of tag 'lid'"),
        ({"boundaries": {"anode_surface": 7}}, "no facets of tag 7; it has 1"),
        ({"tag_data": "colour"}, "tag_data belongs to meshes"),
        ({"length_unit": 0.0}, "length_unit must be positive"),
    ],
)
def test_maps_that_do_not_fit_what_is_filled_are_explained(changes, message, tmp_path):
    path = binary_stl(tmp_path / "cube.stl", CUBE)
    with pytest.raises(GeometryError, match=message):
        File(**({"path": path, "tags": {"electrolyte": 1}, "boundaries": {}, "fill": True} | changes))


def test_sizes_that_do_not_fit_are_explained(tmp_path):
    cube = File(binary_stl(tmp_path / "cube.stl", CUBE), {"electrolyte": 1}, {}, fill=True)
    with pytest.raises(GeometryError, match=r"interface_size \(0\.7 µm\) is larger than 0\.5 µm, half of a body's"):
        mesh_file(cube, MeshSizes(interface_size=0.7e-6), cache_dir=tmp_path)
    with pytest.raises(GeometryError, match=r"mesh: about .* tetrahedra would be needed"):
        mesh_file(cube, MeshSizes(interface_size=0.2e-9), cache_dir=tmp_path)
