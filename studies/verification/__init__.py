"""The verification book: closed forms that the solver must reproduce, one file a subject."""

from ...geometry._dolfinx import ensure_dolfinx

ensure_dolfinx()
