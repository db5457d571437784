"""Synthetic results, written once for the session; tests that change one take a copy."""

import importlib.util
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from archode.visualization.case import Case

spec = importlib.util.spec_from_file_location("synthetic", Path(__file__).with_name("synthetic.py"))
synthetic = importlib.util.module_from_spec(spec)
spec.loader.exec_module(synthetic)


@pytest.fixture(scope="session")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    return {
        "bar": synthetic.bar(folder),
        "flat": synthetic.interdigital(folder),
        "sweep": synthetic.sweep(folder),
    }


@pytest.fixture
def case_copy(results, tmp_path):
    """The bar's folder, to be damaged."""
    return Path(shutil.copytree(results["bar"], tmp_path / "case"))


@pytest.fixture
def make_case(tmp_path):
    """Makes a case from rows of its time series and entries of its summary."""

    def make(name="base", rows=None, **summary):
        folder = tmp_path / "study" / name
        folder.mkdir(parents=True)
        defaults = {"protocol_step": 0, "dt [s]": 1.0, "current_density [A/m2]": 0.0, "voltage [V]": 0.0}
        table = pd.DataFrame({"time [s]": [1.0], "kind": "rest"} if rows is None else rows)
        table.assign(**{k: v for k, v in defaults.items() if k not in table}).to_csv(
            folder / "timeseries.csv", index=False
        )
        told = {"study": "study", "case": name, "parameters": {}, "status": "done", "steps": []}
        (folder / "summary.json").write_text(json.dumps(told | summary))
        return Case(folder)

    return make
