"""Sizes, degree and tolerance follow from the accuracy and from the lengths that the study implies."""

import math
from pathlib import Path

import pytest
from archode.studies.check import study_overview
from archode.studies.discretisation import GROWTH, SHARES, discretisation
from archode.studies.errors import StudyError
from archode.studies.lengths import physical_lengths
from archode.studies.load import load_study
from rich.console import Console

FILM = """
study: film
geometry: {architecture: planar, gap: 10 um, cathode_thickness: 1 um}
materials:
  electrolyte: LiPON
  anode: Li
  cathode: LiCoO2
  overrides: {cathode.diffusivity: 1e-16 m^2/s, cathode.stoichiometry_min: 0.5, cathode.stoichiometry_max: 1.0}
physics: {initial: {cathode: 0.5}}
protocol:
  - {discharge: 1 C, until: {voltage: 3 V}}
"""

PORE = """
study: layers
geometry: {architecture: planar, gap: 50 nm}
materials: {electrolyte: NaK_SO4_aq}
interfaces:
  anode: {reaction: blocking, stern_capacitance: none}
  cathode: {reaction: blocking, stern_capacitance: none}
physics: {electrolyte: poisson-nernst-planck}
protocol: [{hold: 200 mV, until: {time: 1 us}}]
"""


@pytest.fixture
def study(tmp_path: Path):
    def loaded(text, *sets):
        path = tmp_path / "study.yml"
        path.write_text(text)
        return load_study(path, sets).study

    return loaded


def lengths(study, frequencies=()):
    return {one.region: one for one in physical_lengths(study, frequencies)}


def test_a_film_is_resolved_by_its_diffusion_length(study):
    found = lengths(study(FILM))["film"]
    assert found.value <= math.sqrt(1e-16 * 3600) * (1 + 1e-9)
    fast = lengths(study(FILM, "protocol=[{discharge: 10 C, until: {voltage: 3 V}}]"))["film"]
    # Sand's time falls with the square of the rate, and the length it is diffused over with the rate.
    assert fast.value == pytest.approx(found.value / 10, rel=1e-6) or fast.value < found.value / math.sqrt(10)
    assert "Sand's time of step 0" in fast.meaning


def test_a_film_that_is_diffused_through_sets_no_length(study):
    assert "film" not in lengths(study(FILM, "materials.overrides.cathode.diffusivity=1e-12 m^2/s"))


@pytest.mark.parametrize(
    ("protocol", "time"),
    [
        ("[{rest: 10 s}]", 10.0),
        ("[{hold: 4 V, until: {time: 4 s}}]", 4.0),
        ("[{ramp: 1 V/s, until: {voltage: 3.6 V}}]", 0.025693),
        ("[{discharge: 1 C, until: {time: 0.5 s}}]", 0.5),
    ],
)
def test_every_kind_of_step_has_a_time(study, protocol, time):
    found = lengths(study(FILM, f"protocol={protocol}"))["film"]
    assert found.value == pytest.approx(math.sqrt(1e-16 * time), rel=1e-4)


def test_a_spectrum_is_resolved_at_its_highest_frequency(study):
    found = lengths(study(FILM), frequencies=(1e-2, 1e4))["film"]
    assert found.value == pytest.approx(math.sqrt(1e-16 / (2e4 * math.pi)))


def test_diffuse_layers_are_thinner_than_the_debye_length(study):
    found = lengths(study(PORE))["wall"]
    # 200 mV are shared by two walls.
    assert found.value < 1e-9
    twice = lengths(study(PORE, "protocol=[{hold: 400 mV, until: {time: 1 us}}]"))["wall"]
    assert twice.value / found.value == pytest.approx(math.exp(-0.1 / 2 / 0.025693), rel=1e-3)


def test_sizes_are_shares_of_the_lengths(study):
    film = study(FILM, "protocol=[{rest: 0.1 s}]")
    finely = discretisation(film)
    key, share = SHARES["film"]
    assert getattr(finely.sizes, key) == pytest.approx(share * math.sqrt(1e-17))
    assert "diffusion in the cathode" in finely.reasons[key]
    assert finely.sizes.growth == pytest.approx(1 + GROWTH)


def test_accuracy_sets_everything_at_once(study):
    usual, fine = discretisation(study(FILM)), discretisation(study(FILM, "accuracy=0.5%"))
    for name, value in usual.sizes.lengths().items():
        if value is not None:
            assert fine.sizes.lengths()[name] == pytest.approx(value / 2)
    assert fine.sizes.growth - 1 == pytest.approx((usual.sizes.growth - 1) / 2)
    assert fine.tolerance == pytest.approx(usual.tolerance / 4) == 2.5e-4


def test_what_is_given_stands(study):
    given = ("mesh.film_size=40 nm", "mesh.growth=1.5", "solver.tolerance=1e-4", "physics.degree=2", "accuracy=0.1%")
    finely = discretisation(study(FILM, *given))
    assert (finely.sizes.film_size, finely.sizes.growth, finely.tolerance, finely.degree) == (4e-8, 1.5, 1e-4, 2)
    assert finely.reasons["film_size"] == "given"


def test_double_layers_are_solved_for_with_quadratic_elements(study):
    assert discretisation(study(PORE)).degree == 2
    assert discretisation(study(PORE, "physics.degree=1")).degree == 1
    assert discretisation(study(FILM)).degree == 1


@pytest.mark.parametrize("value", ["0", "50%", "-1%", "fine"])
def test_senseless_accuracies_are_refused(study, value):
    with pytest.raises(StudyError, match="accuracy"):
        study(FILM, f"accuracy={value}")


def test_check_says_which_length_set_which_size(tmp_path):
    path = tmp_path / "study.yml"
    path.write_text(FILM)
    console = Console(width=200, record=True, file=open("/dev/null", "w"))
    for part in study_overview(load_study(path, ["protocol=[{rest: 0.1 s}]"])):
        console.print(part)
    told = console.export_text()
    assert "√(D t) with t = 100 ms, the duration of step 0" in told
    assert "at 1 % the case would have" in told
