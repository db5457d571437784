"""The verification book: closed forms that the solver must reproduce, one file a subject.

A case is a function that returns a ``Result``: rows of the table (``comparison``, ``shortfall`` or ``discrepancy`` of
:mod:`.row`) and a figure of the curves that it computed anyway (``compare``, ``line``, ``points`` and ``bound`` of
``visualization.book``; ``convergence`` of :mod:`.order` for orders). Its docstring is the closed form that the document
shows. Rows alone do too: their errors are drawn. A line in :mod:`.cases` makes it part of the book and of the tests.
"""

from ...geometry._dolfinx import ensure_dolfinx

ensure_dolfinx()
