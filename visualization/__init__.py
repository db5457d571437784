"""Pictures of results: curves, fields in 3D, comparisons of cases.

Matplotlib and PyVista are imported when a picture is made, not with this package.
"""

from .errors import VisualizationError
from .figures import CASE_FIGURES, make_case_figures, make_study_figures
from .style import DOUBLE_COLUMN, SINGLE_COLUMN, STYLE, resized

__all__ = [
    "CASE_FIGURES",
    "DOUBLE_COLUMN",
    "SINGLE_COLUMN",
    "STYLE",
    "VisualizationError",
    "make_case_figures",
    "make_study_figures",
    "resized",
]
