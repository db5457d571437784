"""Field files as a user reads them: through PyVista's reader."""

import h5py
import pyvista
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline


def times(path):
    """Times of a series [s]; VTK tells them where there are several."""
    with h5py.File(path) as file:
        stored = file["VTKHDF/Steps/Values"][:].tolist()
    reader = pyvista.get_reader(path).reader
    reader.UpdateInformation()
    told = reader.GetOutputInformation(0).Get(vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    assert len(stored) < 2 or list(told) == stored
    return stored


def grid_at(path, time):
    """The grid of a series at one of its times [s]."""
    reader = pyvista.get_reader(path)
    reader.reader.UpdateInformation()
    reader.reader.SetStep(times(path).index(time))
    return reader.read()
