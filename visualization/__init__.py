"""Pictures of results: curves, fields in 3D, comparisons of cases.

Matplotlib and PyVista are imported when a picture is made, not with this package.
"""

from .errors import VisualizationError
from .figures import CASE_FIGURES, make_case_figures, make_study_figures

__all__ = ["CASE_FIGURES", "VisualizationError", "make_case_figures", "make_study_figures"]
