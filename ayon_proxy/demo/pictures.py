"""Pictures drawn with Pillow: thumbnails of the film, small versions of uploads, previews."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw, UnidentifiedImageError

from ayon_proxy.demo.project import ProjectFile, Thumbnail

SMALL = (500, 500)
"""The server keeps pictures within this many pixels (`thumbnail_size`)."""
DRAWN = (520, 292)
PREVIEW = (320, 180)


@lru_cache(maxsize=1024)
def drawn(text: str, size: tuple[int, int] = DRAWN) -> bytes:
    """A JPEG that shows the text on a colour of its own; the same text, the same bytes."""
    red, green, blue = sha256(text.encode()).digest()[:3]
    picture = Image.new("RGB", size, (red // 2, green // 2, blue // 2))
    pen = ImageDraw.Draw(picture)
    width, height = size
    for line in range(0, height, 48):
        shade = (red // 2 + line % 64, green // 2 + line % 48, blue // 2 + line % 80)
        pen.line([(0, line), (width, height - line)], fill=shade, width=3)
    pen.text((width // 8, height // 2), text, fill="white")
    return _jpeg(picture)


def thumbnail(thumbnail_id: str, content: bytes, content_type: str, now: datetime) -> Thumbnail:
    """An upload as the server keeps it: small uploads unchanged, others with a small version.

    Raises ValueError when it is no picture.
    """
    return Thumbnail(
        id=thumbnail_id,
        content_type=content_type,
        original=content,
        small=_small(content),
        created_at=now,
    )


@lru_cache(maxsize=256)
def _small(content: bytes) -> bytes:
    try:
        picture: Image.Image = Image.open(BytesIO(content))
    except UnidentifiedImageError as error:
        raise ValueError("not a picture") from error
    if picture.width <= SMALL[0] and picture.height <= SMALL[1]:
        return content
    copy = picture.convert("RGB")
    copy.thumbnail(SMALL)
    return _jpeg(copy)


def preview(file: ProjectFile, at_seconds: float | None = None) -> bytes:
    """A JPEG of an image or video file; of a video, it only shows its name and the moment.

    Raises ValueError for other files.
    """
    if file.content_type.startswith("image/"):
        return _shrunk(file.content)
    if file.content_type.startswith("video/"):
        moment = "" if at_seconds is None else f" {at_seconds:g}s"
        return _of_name(f"{file.filename}{moment}")
    raise ValueError(f"Preview mode is not supported for {file.content_type} files")


@lru_cache(maxsize=64)
def _of_name(text: str) -> bytes:
    return drawn(text, PREVIEW)


@lru_cache(maxsize=64)
def _shrunk(content: bytes) -> bytes:
    try:
        picture = Image.open(BytesIO(content)).convert("RGB")
    except UnidentifiedImageError:
        return drawn("no preview", PREVIEW)
    picture.thumbnail(PREVIEW)
    return _jpeg(picture)


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
