"""Estimates that nucleation takes are named where metal nucleates, and only there."""

import pytest
from archode.studies.assumptions import estimates
from archode.studies.load import load_study
from archode.studies.ratings import electrode

STUDY = """
study: plated
geometry: {{architecture: stack, electrolyte_thickness: 50 um, cathode_thickness: 5 um}}
materials: {{electrolyte: KPF6_ECDEC_0.8M, anode: K, cathode: PB{overrides}}}
protocol: [{{rest: 1 s}}]
{interfaces}
"""
ON_COPPER = "interfaces: {anode: {plating: {substrate: Cu, %s}}}"
BOTH = ["surface_energy", "contact angle on Cu"]
NUCLEI = ["site density of nuclei", "double layer of Cu"]


@pytest.mark.parametrize(
    ("interfaces", "overrides", "named"),
    [
        ("", "", []),
        (ON_COPPER % "nucleation: {}", "", BOTH + NUCLEI),
        # Without nucleation the growth mode takes them.
        (ON_COPPER % "reserve: 1 um", "", BOTH),
        (ON_COPPER % "nucleation: {contact_angle: 100 deg}", "", BOTH[:1] + NUCLEI),
        (ON_COPPER % "nucleation: {surface_energy: 0.1 J/m^2}", "", BOTH[1:] + NUCLEI),
        (ON_COPPER % "nucleation: {}", ", overrides: {anode.surface_energy: 0.1 J/m^2}", BOTH[1:] + NUCLEI),
        (ON_COPPER % "nucleation: {site_density: 1e13 1/m^2}", "", BOTH + NUCLEI[1:]),
        (ON_COPPER.replace("{plating", "{capacitance: 0.2 F/m^2, plating") % "nucleation: {}", "", BOTH + NUCLEI[:1]),
        # It spreads: no nuclei, and no double layer before them.
        (ON_COPPER % "nucleation: {contact_angle: 0 deg}", "", BOTH[:1]),
        (
            ON_COPPER % "nucleation: {substrate_metal_energy: 1 J/m^2, substrate_electrolyte_energy: 1 J/m^2}",
            "",
            BOTH[:1] + NUCLEI,
        ),
    ],
)
def test_estimates_of_nucleation(tmp_path, interfaces, overrides, named):
    file = tmp_path / "study.yml"
    file.write_text(STUDY.format(interfaces=interfaces, overrides=overrides), encoding="utf-8")
    material, names = estimates(load_study(file).study)["anode"]
    assert material == "K"
    assert [name for name in names if name in BOTH + NUCLEI] == named
    # Those of every study are named beside them.
    assert "film_resistance" in names


def test_a_stated_film_is_no_estimate(tmp_path):
    file = tmp_path / "study.yml"
    layers = "interfaces: {anode: {plating: {film: [{thickness: 20 nm, conductivity: 1e-6 S/m}]}}}"
    file.write_text(STUDY.format(interfaces=layers, overrides=""), encoding="utf-8")
    study = load_study(file).study
    assert "film_resistance" not in estimates(study)["anode"][1]
    # δ/σ
    assert electrode(study, "anode").film_resistance == pytest.approx(0.02, rel=1e-12)
