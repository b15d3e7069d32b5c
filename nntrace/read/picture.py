"""A picture as an input row, through Pillow (the `images` extra)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nntrace.errors import FileError, InputError, Problem
from nntrace.read.rows import Batch, Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PIXELS = 16_000_000


def read_png(path: str, wanted: Wanted) -> Iterator[Batch]:
    """Give one row: the picture in grey, 0 (black) to 1 (white), fitted to the net's input shape.

    A picture of another size is stretched to it, each pixel the mean of what it covers. Raises
    InputError where the net's input is no picture, or the file none.
    """
    height, width = wanted.network.input.picture or (0, 0)
    if not height:
        message = f"the input of {wanted.network.name} has no shape to fit a picture to"
        raise InputError(Problem(message, (), path))
    wanted.check_no_columns()
    try:
        from PIL import Image
    except ImportError:
        message = "pictures need the images extra: pip install 'nntrace[images]'"
        raise FileError(Problem(message, (), path)) from None
    too_large = InputError(Problem(f"has more than {MOST_PIXELS:,} pixels", (), path))
    with open(path, "rb") as stream, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow's, about large pictures and odd comments
        try:
            with Image.open(stream, formats=["PNG"]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise too_large
                grey, white = _grey(picture)
        except Image.DecompressionBombError:
            raise too_large from None
        except InputError:
            raise
        # a damaged picture fails in as many ways as its decoder has
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise InputError(Problem("is no PNG picture, or damaged", (), path)) from None
    fitted = _fitted(grey, height, width) / white
    yield Batch(fitted.astype(wanted.network.dtype).reshape(1, -1))


def _grey(picture: object) -> tuple[NDArray[Any], int]:
    """Return height × width of grey, and which number is white; what is transparent lies on black.

    They stay the whole numbers of the file, for a large picture fills memory fast enough.
    """
    from PIL import Image

    assert isinstance(picture, Image.Image)
    if picture.mode.startswith("I"):  # 16 bits of grey
        return np.asarray(picture), 65535
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
        picture = Image.alpha_composite(black, picture)
    return np.asarray(picture.convert("L")), 255


def _fitted(grey: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
    """Stretch a picture to height × width: each pixel is the mean of the area it covers."""
    if grey.shape == (height, width):
        return grey.astype(np.float64)
    lines = [
        shares @ grey[first:last].astype(np.float64)
        for first, last, shares in _parts(height, grey.shape[0])
    ]
    stretched = np.stack(lines)
    columns = [
        stretched[:, first:last] @ shares for first, last, shares in _parts(width, grey.shape[1])
    ]
    return np.stack(columns, axis=1)


def _parts(count: int, size: int) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
    """Cut `size` pixels into `count` parts: for each, from where to where, and how much of each."""
    for part in range(count):
        first, last = part * size // count, -(-(part + 1) * size // count)
        # in whole numbers, where a pixel is `count` wide and a part `size`
        starts = np.arange(first, last) * count
        overlap = np.minimum(starts + count, (part + 1) * size) - np.maximum(starts, part * size)
        yield first, last, overlap / size
