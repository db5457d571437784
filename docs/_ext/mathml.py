"""Formulas as MathML, which browsers draw themselves: no script, no fonts, no network, and nothing to install.

docutils has the converter. MathJax from a network would leave readers off-line with raw TeX, and
pictures of formulas need a TeX installation to be built.
"""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)

REWRITTEN = (
    (r"\\[td]frac(?![A-Za-z])", r"\\frac"),
    (r"\\frac(\d)(\d)", r"\\frac{\1}{\2}"),
    (r"\\(?:Big|big)g?(?![A-Za-z])", r"\\Bigl"),
    ("…", r"\\ldots "),
)
"""What docutils does not know, and what it knows that means the same."""


def converted(source: str, block: bool) -> str:
    """MathML of a TeX formula.

    Raises
    ------
    MathError
        The formula has a command or a structure that the converter does not know.
    """
    for pattern, known in REWRITTEN:
        source = re.sub(pattern, known, source)
    return tex2mathml(source, as_block=block)


def _shown(translator, node: nodes.Element, block: bool) -> None:
    try:
        formula = converted(node.astext(), block)
    except (MathError, ValueError, IndexError, AttributeError) as error:
        logger.warning("formula not understood: %s: %s", node.astext(), error, location=node)
        formula = f"<code>{translator.encode(node.astext())}</code>"
    if block:
        formula = f"{translator.starttag(node, 'div', CLASS='math')}{formula}</div>\n"
    translator.body.append(formula)
    raise nodes.SkipNode


def _inline(translator, node: nodes.Element) -> None:
    _shown(translator, node, block=False)


def _block(translator, node: nodes.Element) -> None:
    _shown(translator, node, block=True)


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
