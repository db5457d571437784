"""What a comparison says of the two common claims on hosts."""

import math

from archode.studies.comparison_claims import claims


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
