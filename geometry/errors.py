"""Errors about shapes and meshes, worded for the person who wrote the study."""


class GeometryError(ValueError):
    """A shape, a mesh size or a mesh is not acceptable; the message names the parameter to change."""


class MeshQualityError(GeometryError):
    """A mesh was built, but does not represent the declared shape or holds unusable cells."""
