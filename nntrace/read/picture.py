"""A picture as an input row, through Pillow (the `images` extra)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nntrace.errors import FileError, InputError, Problem
from nntrace.read.files import told_plainly
from nntrace.read.rows import Batch, Wanted

MOST_PIXELS = 50_000_000


def read_png(path: str, wanted: Wanted) -> Iterator[Batch]:
    """Give one row: the picture in grey, 0 (black) to 1 (white), fitted to the net's input shape.

    A picture of another size is stretched to it, each pixel the mean of what it covers. Raises
    InputError where the net's input is no picture, or the file none.
    """
    height, width = wanted.network.input.picture or (0, 0)
    if not height:
        message = f"the input of {wanted.network.name} has no shape to fit a picture to"
        raise InputError(Problem(message, (), path))
    if wanted.keep:
        raise InputError(Problem(f"has no '{wanted.keep[0]}' to keep", (), path))
    try:
        from PIL import Image
    except ImportError:
        raise FileError(
            f"{path}: pictures need the images extra: pip install 'nntrace[images]'"
        ) from None
    with told_plainly(path), open(path, "rb") as stream:
        try:
            with Image.open(stream, formats=["PNG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise InputError(Problem(f"has more than {MOST_PIXELS:,} pixels", (), path))
                grey = _grey(picture)
        except InputError:
            raise
        # a damaged picture fails in as many ways as its decoder has
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise InputError(Problem("is no PNG picture, or damaged", (), path)) from None
    if grey.shape != (height, width):
        fitted = Image.fromarray(grey).resize((width, height), Image.Resampling.BOX)
        grey = np.asarray(fitted)
    yield Batch(grey.astype(wanted.network.dtype).reshape(1, -1))


def _grey(picture: object) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return heights × widths of grey from 0 to 1; what is transparent lies on black."""
    from PIL import Image

    assert isinstance(picture, Image.Image)
    if picture.mode.startswith("I"):  # 16 bits of grey
        return (np.asarray(picture, dtype=np.float64) / 65535).astype(np.float32)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    return (np.asarray(picture.convert("L"), dtype=np.float64) / 255).astype(np.float32)
