"""Every case of the verification book: each of its rows stays within its tolerance."""

import pytest
from archode.studies.verification.cases import CASES

MARKED = [pytest.param(name, marks=pytest.mark.slow if case.slow else (), id=name) for name, case in CASES.items()]


@pytest.mark.parametrize("name", MARKED)
def test_closed_form(name):
    rows = CASES[name].run().rows
    assert rows
    assert {row.case for row in rows} == {name}
    failed = [str(row) for row in rows if not row.passed]
    assert not failed, "\n".join(["", *failed])
