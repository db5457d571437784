"""`archode transient` on tables as people and instruments write them, and on ones that cannot be used."""

import json

import numpy as np
import pytest
from archode.solvers.nucleation.transients import Plating, instantaneous_current, instantaneous_peak
from archode.studies import StudyError
from archode.studies.cli import main
from archode.studies.transient_file import read_transient

POTASSIUM = Plating(charge=1, concentration=800.0, molar_volume=4.5358e-5)
D, SITES = 2e-10, 4e10
PEAK = instantaneous_peak(POTASSIUM, D, SITES)
TIME = np.linspace(PEAK[0] / 50, 5 * PEAK[0], 200)
CURRENT = instantaneous_current(TIME, POTASSIUM, D, SITES)
OPTIONS = ["--metal", "K", "--concentration", "0.8 mol/L"]


def write(path, header, *columns, between=",", point="."):
    rows = [between.join(f"{value:.9g}".replace(".", point) for value in row) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([header, *rows] if header else rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "time", "current", "area"),
    [
        ("t [s],j [A/m^2]", 1, 1, None),
        ("t [s],i [mA/cm2]", 1, -0.1, None),
        ("Time (ms),Current density (uA/cm^2)", 1e3, 100, None),
        ("time/s,<I>/mA", 1, -1e3, 1.0),
        ("time/s,i/mA cm-2", 1, 0.1, None),
        ("Time/s,j / mA·cm⁻²", 1, 0.1, None),
        ("t,i", 1, 1, None),
        ("t,I", 1, 1e-4, 1e-4),
        ("", 1, 1, None),
    ],
)
def test_units_come_from_the_headers(tmp_path, header, time, current, area):
    path = write(tmp_path / "step.csv", header, time * TIME, current * CURRENT)
    found = read_transient(path, area)
    assert found.times == pytest.approx(TIME, rel=1e-8)
    # Nine digits are written.
    assert np.abs(found.currents) == pytest.approx(CURRENT, rel=1e-8)


@pytest.mark.parametrize(("between", "point"), [(";", ","), ("\t", ","), ("\t", "."), (";", ".")])
def test_other_delimiters_and_decimal_commas(tmp_path, between, point):
    path = write(tmp_path / "step.csv", f"t [s]{between}j [A/m^2]", TIME, CURRENT, between=between, point=point)
    assert read_transient(path).currents == pytest.approx(CURRENT, rel=1e-8)


def test_preambles_comments_and_other_columns(tmp_path):
    path = write(tmp_path / "step.csv", "E [V],t [s],j [A/m^2],T", 0 * TIME, TIME, CURRENT, 0 * TIME)
    path.write_bytes(b"\xef\xbb\xbfPotentiostat,run 7\n# K on Cu, -80 mV\n\n" + path.read_bytes())
    found = read_transient(path)
    assert (found.time_column, found.current_column) == ("t [s]", "j [A/m^2]")
    assert found.times == pytest.approx(TIME, rel=1e-8)


def test_columns_by_name(tmp_path):
    path = write(tmp_path / "step.csv", "t [s],uncompensated [A/m^2],corrected [A/m^2]", TIME, 9 * CURRENT, CURRENT)
    with pytest.raises(StudyError, match="no column is named as the current; say which with --current-column: uncomp"):
        read_transient(path)
    assert read_transient(path, current_column="corrected").currents == pytest.approx(CURRENT, rel=1e-8)
    with pytest.raises(StudyError, match="no column 'corected' for the current; did you mean 'corrected"):
        read_transient(path, current_column="corected")


def test_the_command_tells_writes_and_draws(tmp_path, capsys):
    path = write(tmp_path / "cu_step.csv", "t [s],i [mA]", TIME, -CURRENT * 1e-4 * 1e3)
    assert main(["transient", str(path), *OPTIONS, "--area", "1 cm^2", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "200 points of t [s] and i [mA]" in told and "instantaneous" in told and "K+ 800 mol/m³" in told
    numbers = json.loads((tmp_path / "out" / "cu_step.json").read_text(encoding="utf-8"))
    # Nine digits of data without noise.
    assert numbers["diffusivity [m2/s]"] == pytest.approx(D, rel=1e-4)
    assert numbers["sites [1/m2]"] == pytest.approx(SITES, rel=1e-4)
    assert numbers["mode"] == "instantaneous" and numbers["cathodic_negative"]
    assert (tmp_path / "out" / "cu_step.png").read_bytes().startswith(b"\x89PNG")


def test_ion_and_molar_volume_stand_for_a_metal(tmp_path):
    path = write(tmp_path / "step.csv", "t [s],j [A/m^2]", TIME, CURRENT)
    stated = ["--ion", "K+", "--molar-volume", "45.358 cm^3/mol", "--concentration", "0.8 mol/L", "--offset", "0 s"]
    assert main(["transient", str(path), *stated, "--out", str(tmp_path)]) == 0
    numbers = json.loads((tmp_path / "step.json").read_text(encoding="utf-8"))
    assert numbers["sites [1/m2]"] == pytest.approx(SITES, rel=1e-4)
    assert (numbers["offset [s]"], numbers["offset_error [s]"]) == (0.0, 0.0)


GOOD = "t [s],j [A/m^2]\n" + "".join(f"{t:.6g},{i:.6g}\n" for t, i in zip(TIME, CURRENT, strict=True))


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (None, OPTIONS, "step.csv: cannot be read: No such file"),
        ("", OPTIONS, "holds no table"),
        ("t,j\n", OPTIONS, "holds no table"),
        ("t,j\n1,2\n3,\n", OPTIONS, "step.csv:3: j: there is no number"),
        ("t,j\n1,2\n3,abc\n4,5\n", OPTIONS, "step.csv:3: j: 'abc' is not a number"),
        ("t,j\n1,abc\n3,4\n4,5\n", OPTIONS, "step.csv:2: j: 'abc' is not a number"),
        ("t,j\n1,2\n3,4\n", OPTIONS, "2 different times are too few"),
        ("1\n2\n3\n", OPTIONS, "one column is not enough"),
        ("a,b,c\n1,2,3\n", OPTIONS, "say which with --time-column: a, b, c"),
        (GOOD.replace("[s]", "[V]"), OPTIONS, "t [V]: "),
        (GOOD.replace("[A/m^2]", "[foo]"), OPTIONS, "unknown unit 'foo'"),
        (GOOD.replace("[A/m^2]", "[A]"), OPTIONS, "j [A] is a current; state the electrode's area"),
        (GOOD.replace("[A/m^2]", "[V]"), OPTIONS, "wrong dimension"),
        ("t,j\n" + "".join(f"{k},{k}\n" for k in range(1, 50)), OPTIONS, "it still rises at the last point"),
        ("t,j\n" + "".join(f"{k},{1 / k}\n" for k in range(1, 50)), OPTIONS, "it falls from the start"),
        (GOOD, [], "state --metal, e.g. --metal K"),
        (GOOD, ["--metal", "K"], "--concentration: state that of the metal's ion"),
        (GOOD, ["--metal", "Q", "--concentration", "1 mol/L"], "--metal: there is no material 'Q'"),
        (GOOD, ["--metal", "Cu", "--concentration", "1 mol/L"], "--metal: Cu is of kind 'collector'"),
        (GOOD, ["--metal", "K", "--ion", "Na+", "--concentration", "1 mol/L"], "Na+ is not the ion of K"),
        (GOOD, ["--metal", "K", "--concentration", "1 g"], "--concentration: "),
        (GOOD, ["--metal", "K", "--concentration", "0 mol/L"], "--concentration: must be above 0"),
        (GOOD, ["--ion", "Cl-", "--molar-volume", "1 cm^3/mol", "--concentration", "1 mol/L"], "Cl- is no cation"),
        (GOOD, ["--ion", "K", "--molar-volume", "1 cm^3/mol", "--concentration", "1 mol/L"], "'K' is not an ion"),
        (GOOD, [*OPTIONS, "--offset", "1 h"], "lies behind the maximum"),
        (GOOD, [*OPTIONS, "--area", "1 cm"], "--area: "),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(tmp_path, capsys, content, options, told):
    path = tmp_path / "step.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["transient", str(path), *options, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and len(said.splitlines()) == 1
    assert told in said
    assert not (tmp_path / "out").exists()


def test_files_that_are_no_text(tmp_path, capsys):
    path = tmp_path / "step.xlsx"
    path.write_bytes(b"PK\x03\x04\x00\x00")
    assert main(["transient", str(path), *OPTIONS, "--out", str(tmp_path)]) == 2
    assert "is not a text file; export the table as CSV" in capsys.readouterr().err
