"""A picture as an input row, through Pillow (the `images` extra)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from nntrace.core.arrays import Doubles, Numbers
from nntrace.errors import FileError, InputError, Problem
from nntrace.read.recognise import PNG
from nntrace.read.rows.batches import Batch, Request

TOLD = {"png": (PNG,)}
MOST_PIXELS = 16_000_000


def read_png(path: str, request: Request) -> Iterator[Batch]:
    """Give one row: the picture in grey, 0 (black) to 1 (white), fitted to the net's input shape.

    A picture of another size is stretched to it, each pixel the mean of what it covers. Raises
    InputError where the net's input is no picture, or the file none.
    """
    height, width = request.network.input.picture or (0, 0)
    if not height:
        message = f"the input of {request.network.name} has no shape to fit a picture to"
        raise InputError(Problem(message, (), path))
    request.check_no_columns()
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
                grey, white, opaque = _grey(picture)
        except Image.DecompressionBombError:
            raise too_large from None
        except InputError:
            raise
        # a damaged picture fails in as many ways as its decoder has
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise InputError(Problem("is no PNG picture, or damaged", (), path)) from None
    if not opaque:
        _tell_of_paper(grey, path, request)
    fitted = _fitted(grey, height, width, white)
    yield Batch(fitted.astype(request.network.rows_dtype).reshape(1, -1))


def _tell_of_paper(grey: Numbers, path: str, request: Request) -> None:
    """Say that what is transparent lies on black; InputError where nothing is to be seen there."""
    way_out = (
        "save it without transparency, in the ink and on the paper that the net was trained on"
    )
    if not grey.any():
        message = f"is transparent, and nothing of it is to be seen on black paper; {way_out}"
        raise InputError(Problem(message, (), path))
    message = f"is transparent in places, which are taken for black paper; else {way_out}"
    request.warn(Problem(message, (), path))


def _grey(picture: object) -> tuple[Numbers, int, bool]:
    """Return height × width of grey, which number is white, and whether all of it is opaque.

    What is transparent lies on black. The numbers stay the whole ones of the file, for a large
    picture fills memory fast enough.
    """
    from PIL import Image

    assert isinstance(picture, Image.Image)
    if picture.mode.startswith("I"):  # 16 bits of grey, one of which may mean nothing at all
        grey, clear = np.asarray(picture), picture.info.get("transparency")
        seen = grey != clear if clear is not None else np.ones(1, bool)
        return (grey, 65535, True) if seen.all() else (np.where(seen, grey, 0), 65535, False)
    if not picture.has_transparency_data:
        return np.asarray(picture.convert("L")), 255, True
    picture = picture.convert("RGBA")
    black = Image.new("RGBA", picture.size, (0, 0, 0, 255))
    opaque = picture.getchannel("A").getextrema() == (255, 255)
    return np.asarray(Image.alpha_composite(black, picture).convert("L")), 255, opaque


def _fitted(grey: Numbers, height: int, width: int, white: int) -> Doubles:
    """Stretch a picture to height × width, from 0 to 1: a pixel is the mean of the area it covers.

    What is summed are whole numbers, below 2 ** 53, and the sum is divided once: so a mean is the
    float64 nearest to it, and that of equal numbers is that number.
    """
    if grey.shape == (height, width):
        return grey / np.float64(white)
    lines = [
        overlap @ grey[first:last].astype(np.float64)
        for first, last, overlap in _slices(height, grey.shape[0])
    ]
    stretched = np.stack(lines)
    columns = [
        stretched[:, first:last] @ overlap for first, last, overlap in _slices(width, grey.shape[1])
    ]
    return np.stack(columns, axis=1) / (grey.size * np.float64(white))


def _slices(count: int, size: int) -> Iterator[tuple[int, int, Doubles]]:
    """Cut `size` pixels into `count` parts: for each, from where to where, and how much of each.

    How much is in whole numbers, where a pixel is `count` wide and a part `size`.
    """
    for index in range(count):
        first, last = index * size // count, -(-(index + 1) * size // count)
        starts = np.arange(first, last) * count
        overlap = np.minimum(starts + count, (index + 1) * size) - np.maximum(starts, index * size)
        yield first, last, overlap.astype(np.float64)
