"""Electrode architectures and their tagged meshes.

Importing this package loads neither Gmsh nor DOLFINx; building and loading a mesh do.
"""

from .affordable import require_affordable
from .cache import MeshFile, cache_directory
from .errors import GeometryError, MeshQualityError
from .mesh import TaggedMesh, load_mesh, mesh_file
from .parameters import MICROMETRE, Area, Length, parameter_units
from .registry import ARCHITECTURES, Architecture, architecture_name
from .sizing import MeshSizes
from .tags import ELECTROLYTES

__all__ = [
    "ARCHITECTURES",
    "ELECTROLYTES",
    "MICROMETRE",
    "Architecture",
    "Area",
    "GeometryError",
    "Length",
    "MeshFile",
    "MeshQualityError",
    "MeshSizes",
    "TaggedMesh",
    "architecture_name",
    "cache_directory",
    "load_mesh",
    "mesh_file",
    "parameter_units",
    "require_affordable",
]
