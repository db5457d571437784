"""What a comparison says of the two common claims on hosts."""

import math

from archode.studies.comparison_claims import Columns, claims


def row(host, area, peak, depleted=math.nan, status="done", current=5.0):
    return {"host": host, "status": status, "area factor": area, "j": current, "peak": peak, "empty": depleted}


def told(*rows):
    return list(claims(rows, "j", "peak", "empty"))


def test_hosts_that_lower_the_local_current():
    local, depletion = told(row("foil", 1.0, 1.0), row("foam", 5.0, 2.0), row("gyroid", 10.0, 1.0))
    assert "confirmed" in local and "0.5 to 2 mA/cm²" in local and "5 mA/cm² on the plane" in local
    assert "confirmed for all 3" in depletion


def test_a_host_with_a_hot_spot_contradicts():
    local, _ = told(row("foil", 1.0, 1.0), row("foam", 5.0, 6.0), row("gyroid", 10.0, 1.0))
    assert "contradicted by foam" in local and "gyroid" not in local


def test_depletion_names_who_and_when():
    *_, some = told(row("foil", 1.0, 1.0, 2.94), row("foam", 5.0, 2.0))
    assert "contradicted by some: foil after 2.94 s; the other 1 are not" in some
    *_, everyone = told(row("foil", 1.0, 1.0, 2.94))
    assert everyone.endswith("contradicted: foil after 2.94 s.")


def test_too_little_is_known():
    assert told(row("foam", 5.0, 2.0), row("failed", 4.0, math.nan, status="failed"))[0].count("confirmed") == 1
    assert told(row("foil", 1.0, math.nan, status="failed")) == []


def passed(host, capacity, error=math.nan, area=5.0, area_error=math.nan, peak=1.0):
    return row(host, area, peak) | {"passed": capacity, "±": error, "area ±": area_error}


def told_with_errors(*rows):
    return list(claims(rows, "j", "peak", "empty", Columns("passed", "area ±", "±")))


def test_no_host_passes_more_than_another_within_the_errors():
    close = told_with_errors(passed("foam", 3.0, 0.1), passed("gyroid", 2.9, 0.05), passed("felt", 2.0, 0.1))
    assert close[-1] == "Most charge passed: foam, 3 ± 0.1 mAh/cm²; no difference beyond the errors from gyroid."
    apart = told_with_errors(passed("foam", 3.0, 0.01), passed("gyroid", 2.9, 0.01))
    assert apart[-1] == "Most charge passed: foam, 3 ± 0.01 mAh/cm²."
    unknown = told_with_errors(passed("foam", 3.0), passed("gyroid", 2.9, 0.1))
    assert "not known" in unknown[-1] and "foam, 3 mAh/cm²" in unknown[-1]


def test_equal_capacities_are_no_difference():
    assert not [claim for claim in told_with_errors(passed("a", 1.0), passed("b", 1.0)) if "charge" in claim]


def test_a_local_current_within_the_error_of_the_area_decides_nothing():
    rows = [passed("foil", 1.0, area=1.0), passed("foam", 1.0, area=2.0, peak=2.02, area_error=0.1)]
    assert "neither confirmed nor contradicted; no difference beyond the errors for foam" in told_with_errors(*rows)[0]
    rows[1] |= {"area ±": 0.001}
    assert "contradicted by foam" in told_with_errors(*rows)[0]
