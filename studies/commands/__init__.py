"""The commands of ``archode``; importing the modules registers them, in the order in which ``--help`` lists them."""

from . import solving  # isort: skip
from . import looking  # isort: skip
from . import reference  # isort: skip

__all__ = ["looking", "reference", "solving"]
