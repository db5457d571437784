"""Bodies drawn off-screen by PyVista; text and scales are set around the picture by Matplotlib."""

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyvista

MARGIN = 1.04
LIFT = 0.002


@dataclass
class Scene:
    """Bodies to draw and the direction from which they are seen (parallel projection).

    Parameters
    ----------
    towards_viewer, up
        Unit vectors; the camera looks along ``-towards_viewer``.
    """

    towards_viewer: np.ndarray
    up: np.ndarray
    bodies: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    marks: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    box: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, mesh: Any, **options: Any) -> None:
        """A body with the options of ``pyvista.Plotter.add_mesh``; empty ones are left out."""
        if mesh.n_points:
            self.bodies.append((mesh, options))

    def mark(self, mesh: Any, **options: Any) -> None:
        """Edges and arrows: on top of the bodies' faces, and not measured."""
        if mesh.n_points:
            self.marks.append((mesh, options))

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """The picture's horizontal and vertical direction."""
        right = np.cross(self.up, self.towards_viewer)
        right /= np.linalg.norm(right)
        return right, np.cross(self.towards_viewer, right)

    def frame(self, measured: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Centre and half extents (horizontal, vertical) of the bodies, in the picture's plane.

        With `measured` also of the `edges` along which dimensions are told: those of round bodies stand apart.
        """
        points = np.concatenate([np.asarray(mesh.points) for mesh, _ in self.bodies])
        if measured:
            points = np.concatenate([points, *self.edges().values()])
        flat = np.column_stack([points @ axis for axis in self.axes])
        lower, upper = flat.min(axis=0), flat.max(axis=0)
        return (lower + upper) / 2, (upper - lower) / 2

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner of what dimensions are told of: the bodies, unless `box` says otherwise."""
        if self.box is not None:
            return self.box
        boxes = np.array([mesh.bounds for mesh, _ in self.bodies])
        return boxes[:, ::2].min(axis=0), boxes[:, 1::2].max(axis=0)

    def edges(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """For each axis the edge of the bounding box which is best measured: low, near, on the outline."""
        lower, upper = self.bounds()
        near = np.where(self.towards_viewer > 0, upper, lower)
        far = np.where(self.towards_viewer > 0, lower, upper)
        found = {}
        for axis in (0, 1):
            ends = np.array([near, near])
            ends[:, 2] = lower[2]
            ends[:, axis] = lower[axis], upper[axis]
            found[axis] = tuple(ends)
        # Of the two vertical outlines the one on the left, away from the colour bar.
        corners = [np.array([near[0], far[1]]), np.array([far[0], near[1]])]
        left = min(corners, key=lambda c: np.append(c, lower[2]) @ self.axes[0])
        found[2] = (np.append(left, lower[2]), np.append(left, upper[2]))
        return found

    def render(self, width: int, highest: float = 0.8, measured: bool = False) -> "Rendering":
        """Draw everything, `width` pixels wide; the picture is as high as the bodies need, at most `highest` widths.

        With `measured` the edges along which dimensions are told are in the picture, too.
        """
        middle, half = self.frame(measured)
        half = np.maximum(half * MARGIN, half.max() * 1e-3)
        shape = np.clip(half[1] / half[0], 0.16, highest)
        scale = max(half[1], half[0] * shape)
        plotter = self.plotter((width, round(width * shape)), scale, off_screen=True, middle=middle)
        try:
            # On the page's white: on a transparent ground glass would be blended twice, and nearly vanish.
            plotter.set_background("white")
            image = plotter.screenshot(return_img=True)
        finally:
            plotter.close()
        return Rendering(image, self, middle, scale)

    def plotter(
        self,
        size: tuple[int, int],
        scale: float | None = None,
        off_screen: bool = False,
        middle: np.ndarray | None = None,
    ) -> "pyvista.Plotter":
        """Everything in a PyVista plotter, the camera set; whoever asks closes it.

        Parameters
        ----------
        size
            Columns and rows of its window.
        scale
            Half of the height which the camera sees, in units of the coordinates; fits everything unless given.
        middle
            What it looks at (horizontal, vertical), in the picture's plane; the bodies' middle unless given.
        """
        import pyvista

        if not os.environ.get("DISPLAY"):
            # Otherwise VTK tries an X server first and says so on the terminal.
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        centred, half = self.frame()
        middle = centred if middle is None else middle
        if scale is None:
            scale = MARGIN * max(half[1], half[0] * size[1] / size[0])
        right, vertical = self.axes
        boxes = np.array([mesh.bounds for mesh, _ in self.bodies])
        corner = boxes[:, ::2].min(axis=0), boxes[:, 1::2].max(axis=0)
        depth = np.linalg.norm(corner[1] - corner[0])
        centre = middle[0] * right + middle[1] * vertical
        centre += self.towards_viewer * ((corner[0] + corner[1]) / 2 @ self.towards_viewer)
        plotter = pyvista.Plotter(off_screen=off_screen, window_size=list(size), lighting="light kit")
        # Moved towards the viewer, which a parallel projection does not show, marks win over faces.
        lift = LIFT * depth * self.towards_viewer
        marks = [(mesh.translate(lift, inplace=False), options) for mesh, options in self.marks]
        for mesh, options in [*self.bodies, *marks]:
            plotter.add_mesh(mesh, show_scalar_bar=False, copy_mesh=False, **options)
        plotter.camera.position = tuple(centre + 2 * depth * self.towards_viewer)
        plotter.camera.focal_point = tuple(centre)
        plotter.camera.up = tuple(vertical)
        plotter.camera.parallel_projection = True
        plotter.camera.parallel_scale = scale
        plotter.camera.clipping_range = (0.5 * depth, 3.5 * depth)
        plotter.enable_anti_aliasing("ssaa")
        plotter.enable_depth_peeling(6)
        return plotter


@dataclass(frozen=True)
class Rendering:
    """A drawn scene, and where its points are in the picture."""

    image: np.ndarray
    scene: Scene
    middle: np.ndarray
    scale: float

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Column and row (from the top) of points (n, 3)."""
        height, width = self.image.shape[:2]
        flat = np.column_stack([np.atleast_2d(points) @ axis for axis in self.scene.axes]) - self.middle
        per_pixel = 2 * self.scale / height
        return np.column_stack([width / 2 + flat[:, 0] / per_pixel, height / 2 - flat[:, 1] / per_pixel])


def view(normal: np.ndarray, from_to: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The direction towards the viewer of a cut with `normal`, and up; anode left of cathode.

    Parameters
    ----------
    normal
        Of the cut, either sign.
    from_to
        From the anode's to the cathode's centre.
    """
    up = np.array([0.0, 0.0, 1.0])
    normal = np.asarray(normal, dtype=float) / np.linalg.norm(normal)
    if abs(normal @ up) > 0.9:
        normal, lift, side = np.array([0.0, -1.0, 0.0]), 1.4, 0.35
    else:
        lift, side = 0.55, 0.42
    across = np.cross(up, normal)
    if across @ from_to < -1e-9 * np.linalg.norm(from_to):
        normal, across = -normal, -across
    direction = normal + lift * up - side * across
    return direction / np.linalg.norm(direction), up
