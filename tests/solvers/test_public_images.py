"""Voxel images that others publish, held against finite volumes on their divided voxels; skipped where they are not.

TauFactor's electrode (github.com/tldr-group/taufactor, docs/notebooks) and OpenImpala's sample
(github.com/BASE-Laboratory/OpenImpala, data), in a folder ``shared/data`` beside the checkout.
"""

from pathlib import Path

import numpy as np
import pytest
from archode.solvers.voxel_transport import voxel_conductivity

from .finite_volumes import conductivity, extrapolated

FOLDER = Path(__file__).parents[3] / "shared" / "data"
AXES = "xyz"


def sample(name):
    """A stack as x, y, z."""
    import tifffile

    if not (FOLDER / name).exists():
        pytest.skip(f"{name} is not there")
    return tifffile.imread(FOLDER / name).transpose(2, 1, 0)


@pytest.fixture(scope="module")
def electrode():
    return sample("electrode.tiff")


@pytest.fixture(scope="module")
def two_phases():
    return sample("SampleData_2Phase_stack_3d_1bit.tif") > 0


def test_finite_volumes_agree_with_those_published_of_the_electrode(electrode):
    """On the first 32³ voxels, which conduct otherwise than the first 31³."""
    pores = electrode[:32, :32, :32] == 0
    found = [conductivity(pores, axis) for axis in range(3)]
    assert found == pytest.approx([0.1015, 0.2500, 0.2193], abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["pore", "solid", "active", "binder"])
@pytest.mark.parametrize("axis", range(3))
def test_a_crop_of_the_electrode(electrode, phase, axis):
    crop = electrode[:31, :31, :31]
    image = {"pore": crop == 0, "solid": crop > 0, "active": crop == 85, "binder": crop == 170}[phase]
    exact, _ = extrapolated(image, axis, (1, 2, 3))
    found = voxel_conductivity(image, (1, 1, 1), AXES[axis])
    assert found.lower < exact < found.upper
    assert found.relative == pytest.approx(exact, rel=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("phase", [False, True])
@pytest.mark.parametrize("axis", range(3))
def test_a_crop_of_two_phases(two_phases, phase, axis):
    image = two_phases[:40, :40, :40] == phase
    exact, _ = extrapolated(image, axis, (1, 2, 3))
    found = voxel_conductivity(image, (1, 1, 1), AXES[axis])
    assert found.lower < exact < found.upper
    assert found.relative == pytest.approx(exact, rel=0.03)


@pytest.mark.slow
def test_the_whole_of_two_phases(two_phases):
    """Published of finite volumes on the file's axes, z first; the bound that their currents give is 4 % above."""
    known = {False: (0.35248, 0.35121, 0.35259), True: (0.12580, 0.12854, 0.12621)}
    for phase, values in known.items():
        for axis, value in zip("zyx", values, strict=True):
            found = voxel_conductivity(two_phases == phase, (1, 1, 1), axis)
            assert conductivity(two_phases == phase, AXES.index(axis)) == pytest.approx(value, rel=1e-4)
            assert value < found.lower < found.relative < found.upper


def test_the_electrode_is_what_is_known_of_it(electrode):
    assert np.mean(electrode == 0) == pytest.approx(0.2166 * 2.0776, rel=1e-3)
