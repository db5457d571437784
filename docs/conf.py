"""Configuration of the documentation site: ``make docs`` builds it into build/docs.

The pages are the Markdown files that a forge shows as well; docs/_ext/ adds what only the site has.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "archode"
author = "the authors of archode"
copyright = "the authors of archode"  # (the name is Sphinx's)

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "mathml",
    "forge",
    "generated",
]
exclude_patterns = ["_ext", "_static", "Thumbs.db", ".DS_Store"]
nitpicky = True
# Docstrings also speak of what has no entry of its own here; links between pages are all checked.
nitpick_ignore_regex = [(r"py:.*", r".*")]
# Names in docstrings that several classes have.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
# `$…$` next to digits or letters is how a forge reads it, too.
myst_dmath_allow_digits = True

html_math_renderer = "mathml"

# Notebooks are executed elsewhere; what they printed and drew is shown where build/notebooks has it.
nb_execution_mode = "off"
nb_ipywidgets_js = {}

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config, model_fields, model_computed_fields"}
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_param = False
napoleon_use_ivar = True
default_role = "literal"
# What has no language is what a program printed, or a command.
highlight_language = "none"

html_theme = "furo"
html_title = "archode"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"
