"""The shapes a study may name.  Adding one: a class and a line here."""

from .columns import Channels, Pillars
from .combinations import Blend, Complement, Difference, Intersection, Offset, Place, Union
from .fibres import Fibres
from .hollow_spheres import HollowSpheres
from .image import Image
from .inverse_opal import InverseOpal
from .minimal_surfaces import Gyroid, SchwarzD, SchwarzP
from .primitives import Ball, Box, Cylinder, HalfSpace
from .random_waves import RandomWaves
from .shape import Shape
from .spheres import Spheres
from .struts import Bcc, Fcc, Octet, SimpleCubic

SHAPES: dict[str, type] = {
    "random_waves": RandomWaves,
    "gyroid": Gyroid,
    "schwarz_p": SchwarzP,
    "schwarz_d": SchwarzD,
    "simple_cubic": SimpleCubic,
    "bcc": Bcc,
    "fcc": Fcc,
    "octet": Octet,
    "fibres": Fibres,
    "hollow_spheres": HollowSpheres,
    "inverse_opal": InverseOpal,
    "spheres": Spheres,
    "channels": Channels,
    "pillars": Pillars,
    "image": Image,
    "box": Box,
    "ball": Ball,
    "cylinder": Cylinder,
    "half_space": HalfSpace,
    "union": Union,
    "intersection": Intersection,
    "difference": Difference,
    "complement": Complement,
    "offset": Offset,
    "blend": Blend,
    "place": Place,
}


def shape_name(shape: Shape) -> str:
    """Name under which a shape is registered."""
    for name, registered in SHAPES.items():
        if type(shape) is registered:
            return name
    raise TypeError(f"{type(shape).__name__} is not among the shapes {', '.join(SHAPES)}")
