"""Synthetic results, written once for the session; tests that change one take a copy."""

import importlib.util
import shutil
from pathlib import Path

import pytest

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
