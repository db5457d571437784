"""Every case of the verification book: each of its rows stays within its tolerance, and its figure is drawn."""

import pytest
from archode.studies.verification.cases import CASES
from archode.visualization.book_figure import draw_book_figure

#: Each takes a quarter of a minute or more, and what it holds is held by shorter ones too, on coarser meshes.
LONG = {
    "capacitance",
    "debye_limit",
    "diffuse_layer_law",
    "equilibrium",
    "minimal_surfaces",
    "mms_coupled",
    "mms_neutral_ions",
    "mms_pnp",
    "sphere_lattice",
}

MARKED = [
    pytest.param(name, marks=pytest.mark.slow if case.slow or name in LONG else (), id=name)
    for name, case in CASES.items()
]


def test_long_cases_exist():
    assert set(CASES) >= LONG


@pytest.mark.parametrize("name", MARKED)
def test_closed_form(name, tmp_path, require_figure):
    result = CASES[name].run()
    assert result.rows
    assert {row.case for row in result.rows} == {name}
    failed = [str(row) for row in result.rows if not row.passed]
    assert not failed, "\n".join(["", *failed])
    require_figure(draw_book_figure(result.panels(), tmp_path / f"{name}.png"))
