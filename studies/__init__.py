"""Studies: a YAML file becomes validated cases, runs, tables and pictures."""

from .errors import StudyError
from .load import Case, LoadedStudy, load_study
from .schema import Study, dump_study, study_json_schema

__all__ = ["Case", "LoadedStudy", "Study", "StudyError", "dump_study", "load_study", "study_json_schema"]
