"""Studies: a YAML file becomes validated cases, runs, tables and pictures.

In Python: ``from archode.studies import run, load_results``.
"""

from .api import run
from .errors import StudyError
from .load import Case, LoadedStudy, load_study
from .results import CaseResults, Results, load_results
from .schema import Study, dump_study, study_json_schema

__all__ = [
    "Case",
    "CaseResults",
    "LoadedStudy",
    "Results",
    "Study",
    "StudyError",
    "dump_study",
    "load_results",
    "load_study",
    "run",
    "study_json_schema",
]
