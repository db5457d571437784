"""Every criterion on every kind of surface: a finding, finite where it must be, and no say where nothing grows."""

import warnings

import numpy as np
import pytest
from archode.solvers.criteria import CRITERIA, evaluate_all

from .surfaces import setting, surface

NAMES = (
    "limiting_current",
    "sand_time",
    "sand_capacity",
    "depletion",
    "chazalviel",
    "current_concentration",
    "wagner_number",
    "growth_mode",
    "tip_growth",
    "linear_stability",
    "separator_modulus",
    "pore_clogging",
    "top_plugging",
)

PORES = {"pore_radius": np.full(4, 2e-6), "depth": np.array([0.0, 0.4, 0.7, 1.0])}

CASES = {
    "even": (setting(), surface(-10.0)),
    "uneven": (setting(**PORES), surface([-1.0, -2.0, -3.0, -400.0], thickness=1e-6)),
    "above the limit": (setting(), surface(-1000.0, thickness=1e-6)),
    "one facet": (setting(pore_radius=np.array([1e-6]), depth=np.array([0.0])), surface(-10.0, 1)),
    "partly stripped": (setting(**PORES), surface([5.0, -10.0, -10.0, -10.0], thickness=[-1e-7, 0, 1e-7, 1e-7])),
    "single ion": (setting(transference_number=1.0), surface(-10.0)),
    "no limit": (setting(limiting_current=np.inf), surface(-10.0)),
    "supported": (setting(transference_number=0.0), surface(-1000.0, thickness=1e-6)),
    "depleted": (setting(), surface(-10.0, concentration=0.0)),
    "no energies": (setting(surface_energy=None), surface(-10.0)),
}


def test_names_are_those_of_the_tables():
    assert tuple(finding.name for finding in evaluate_all(*CASES["even"])) == NAMES
    assert len(CRITERIA) == len(NAMES)


@pytest.mark.parametrize("name", CASES)
def test_findings_are_whole(name):
    given, state = CASES[name]
    with warnings.catch_warnings():
        # A division by zero that NumPy reports would end up in a table.
        warnings.simplefilter("error")
        findings = evaluate_all(given, state)
    for finding in findings:
        assert finding.why and finding.source, finding.name
        assert finding.voice in ("speaks", "silent", "no say")
        if finding.voice != "no say":
            assert finding.value is not None and not np.isnan(finding.value), finding
        if finding.values is not None:
            assert finding.values.shape == (len(state.areas),), finding.name
            assert not np.isnan(finding.values).any(), finding.name
        if finding.margin is not None:
            # The contract: above 1 silent, below 1 speaking.
            assert (finding.margin <= 1) == (finding.voice == "speaks") or finding.margin == pytest.approx(1), finding


@pytest.mark.parametrize("current", [0.0, 5.0])
def test_nothing_is_said_where_nothing_is_plated(current):
    for finding in evaluate_all(setting(**PORES), surface(current, thickness=1e-6)):
        assert (finding.voice, finding.value) == ("no say", None), finding


def test_a_single_ion_conductor_is_never_depleted():
    findings = {f.name: f for f in evaluate_all(*CASES["single ion"])}
    assert findings["limiting_current"].value == 0.0
    assert findings["sand_time"].voice == findings["chazalviel"].voice == "silent"
    assert findings["sand_time"].value == np.inf
    assert findings["depletion"].voice == "no say"
    assert "cation alone" in findings["sand_time"].why


def test_margins_cross_one_where_the_criterion_begins_to_speak():
    findings = {f.name: f for f in evaluate_all(*CASES["above the limit"])}
    # 451.4 A/m² is the limit; 1e-6 m of potassium are 2127 C/m², 2.1 s, of 9.0 s.
    assert findings["limiting_current"].margin == pytest.approx(0.4514, rel=1e-3)
    assert findings["sand_time"].margin == pytest.approx(findings["sand_capacity"].margin, rel=1e-12)
    later = {f.name: f for f in evaluate_all(setting(), surface(-1000.0, thickness=5e-6))}
    for name in ("sand_time", "sand_capacity", "chazalviel"):
        assert findings[name].voice == "silent" and later[name].voice == "speaks"
        assert later[name].margin == pytest.approx(findings[name].margin / 5, rel=1e-12)
