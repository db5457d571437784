"""Images of random fields of three kinds: their meshes against finite volumes on ever finer voxels of the field."""

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, load_mesh, mesh_file
from archode.geometry.shapes.image import Image
from archode.geometry.shapes.voxels import VoxelField
from archode.solvers.homogenise import effective_conductivity
from archode.solvers.voxel_transport import voxel_conductivity
from mpi4py import MPI
from scipy.ndimage import gaussian_filter

from ..solvers.finite_volumes import conductivity

EDGE = 20
VOXEL = 1e-6


def waves(seed, stretched):
    """Waves of equal length in all directions, which may be stretched along z."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(60, 3))
    numbers *= 2 * np.pi / 10 / np.linalg.norm(numbers, axis=1)[:, None] * np.array([1, 1, stretched])
    points = np.indices((EDGE,) * 3).reshape(3, -1).T
    values = np.cos(points @ numbers.T + random.uniform(0, 2 * np.pi, 60)).sum(axis=1)
    return values.reshape((EDGE,) * 3) / np.sqrt(30)


def noise(seed):
    values = gaussian_filter(np.random.default_rng(seed).standard_normal((EDGE,) * 3), 2)
    return values / values.std()


FIELDS = {
    "waves": lambda: waves(11, 1.0),
    "stretched waves": lambda: waves(21, 0.6),
    "filtered noise": lambda: noise(3),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FIELDS)
def test_a_mesh_of_a_random_field_conducts_as_finite_volumes_tend_to(name, tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path))
    values = FIELDS[name]().astype(np.float32)
    np.save(tmp_path / "field.npy", values)
    image = Image(str(tmp_path / "field.npy"), voxel_size=VOXEL, threshold=0.0, smoothing=0.0)
    sample = ARCHITECTURES["porous_sample"](image, EDGE * VOXEL)
    tagged = load_mesh(mesh_file(sample), MPI.COMM_SELF)
    field = VoxelField(values, np.ones(3))
    for region, above in (("anode", True), ("electrolyte", False)):
        found = []
        for parts in (2, 4, 6):
            middles = (np.arange(EDGE * parts) + 0.5) / parts
            body = (field.on_grid(middles, middles, middles) > 0) == above
            found.append(conductivity(body, 0))
            own = voxel_conductivity(body, (1, 1, 1), "x")
            assert found[-1] < own.lower < own.upper < 1.4 * found[-1]
        # Steps and finite volumes both miss by the first power of the voxels, or a little more.
        exact = found[2] + 2 * (found[2] - found[1])
        meshed = effective_conductivity(tagged, {region: 1.0}, "x")
        assert meshed.relative == pytest.approx(exact, rel=0.02), (region, found, meshed)
