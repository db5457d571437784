"""Tagged meshes for conduction: boxes cut by a function of the cell's centre, and bodies cut by Gmsh."""

import numpy as np
from archode.geometry import TaggedMesh, load_mesh
from dolfinx import mesh as dmesh
from mpi4py import MPI

REGIONS = {"electrolyte": 1, "anode": 2, "cathode": 3}
UM = 1e-6


def tagged_box(counts, region=None, lengths=(1.0, 1.0, 1.0), comm=MPI.COMM_SELF):
    """A box [0, lengths] µm; ``region`` maps centres of cells, shape (m, 3), to names of regions."""
    corners = [np.zeros(3), np.array(lengths, dtype=float)]
    mesh = dmesh.create_box(comm, corners, counts, ghost_mode=dmesh.GhostMode.shared_facet)
    cell_map = mesh.topology.index_map(3)
    cells = np.arange(cell_map.size_local + cell_map.num_ghosts, dtype=np.int32)
    centres = dmesh.compute_midpoints(mesh, 3, cells)
    names = np.full(len(cells), "electrolyte") if region is None else region(centres)
    tags = np.array([REGIONS[name] for name in names], dtype=np.int32)
    mesh.topology.create_entities(2)
    none = np.empty(0, dtype=np.int32)
    return TaggedMesh(
        mesh, dmesh.meshtags(mesh, 3, cells, tags), dmesh.meshtags(mesh, 2, none, none), dict(REGIONS), {}
    )


def inclusion_in_an_eighth(path, radius, size, *, inclusion, cylinder=False):
    """An eighth of the unit cell (1 µm) of a cubic array of spheres, or of cylinders along z.

    The matrix is "electrolyte", the ``inclusion``, if it is kept, "anode".
    """
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        occ = gmsh.model.occ
        height = 0.1 if cylinder else 0.5
        cell = (3, occ.addBox(0, 0, 0, 0.5, 0.5, height))
        body = occ.addCylinder(0, 0, 0, 0, 0, height, radius) if cylinder else occ.addSphere(0, 0, 0, radius)
        (_, pieces) = occ.fragment([cell], [(3, body)])
        occ.synchronize()
        inside = [piece for piece in pieces[0] if piece in pieces[1]]
        matrix = [piece for piece in pieces[0] if piece not in inside]
        gmsh.model.addPhysicalGroup(3, [tag for _, tag in matrix], 1, "electrolyte")
        if inclusion:
            gmsh.model.addPhysicalGroup(3, [tag for _, tag in inside], 2, "anode")
        walls = gmsh.model.getBoundary(matrix, oriented=False)
        gmsh.model.addPhysicalGroup(2, [tag for _, tag in walls], 16, "outer")
        gmsh.option.setNumber("Mesh.MeshSizeMax", size)
        gmsh.option.setNumber("Mesh.MeshSizeMin", size)
        gmsh.option.setNumber("Mesh.MshFileVersion", 4.1)
        gmsh.model.mesh.generate(3)
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return load_mesh(path, MPI.COMM_SELF)


def tagged_phases(phase_mesh, comm=MPI.COMM_SELF):
    """A level-set mesh of "solid" and "pore" as "anode" and "electrolyte"."""
    import basix.ufl
    import ufl

    element = basix.ufl.element("Lagrange", "tetrahedron", 1, shape=(3,))
    partitioner = dmesh.create_cell_partitioner(dmesh.GhostMode.shared_facet, 2)
    cells = phase_mesh.cells.astype(np.int64)
    mesh = dmesh.create_mesh(comm, cells, ufl.Mesh(element), phase_mesh.points / UM, partitioner)
    names = {"solid": "anode", "pore": "electrolyte"}
    tags = np.array([REGIONS[names[name]] for name in phase_mesh.names], dtype=np.int32)[phase_mesh.phases]
    order = mesh.topology.original_cell_index
    cell_tags = dmesh.meshtags(mesh, 3, np.arange(len(order), dtype=np.int32), tags[order])
    mesh.topology.create_entities(2)
    none = np.empty(0, dtype=np.int32)
    return TaggedMesh(mesh, cell_tags, dmesh.meshtags(mesh, 2, none, none), dict(REGIONS), {})
