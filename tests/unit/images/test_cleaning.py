"""Of an image from outside only the pixels survive; what is no image, or a bomb, is refused."""

import io
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from bot.images.cleaning import (
    LONGEST_SIDE,
    MAX_BYTES,
    MAX_SCANS,
    ImageRefused,
    clean,
    kind_of,
    more_scans_than,
    shrink,
)
from bot.ports import StoredImage
from dialogs.core.event import Refusal
from tests.sampling import examples
from tests.unit.images.pictures import drawn, file_of, jpeg_with_scans, noise, opened, png_claiming

PLACE = "69.6496,18.9560"


def refusal(raw: bytes) -> Refusal:
    with pytest.raises(ImageRefused) as refused:
        clean(raw)
    return refused.value.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_every_kind_we_take_comes_out_as_it_looks(kind: str) -> None:
    image = clean(file_of(drawn(), kind))
    assert image.media_type == ("image/jpeg" if kind == "JPEG" else "image/png")
    assert kind_of(image.body) is not None
    seen = opened(image.body)
    assert (seen.mode, seen.size) == ("RGB", (400, 300))
    blue, red = seen.getpixel((20, 20)), seen.getpixel((300, 200))
    assert isinstance(blue, tuple)
    assert isinstance(red, tuple)
    assert blue[0] < 60 < blue[2]
    assert red[2] < 60 < red[0]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"MZ\x90\x00" + b"\0" * 500,
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"BM" + b"\0" * 100,
        b"II*\x00" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"MZ" * 400,
        b"\xff\xd8\xff\xe0" + b"\0" * 400,
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"RIFF\0\0\0\0AVI LIST",
        file_of(noise(64, 64), "PNG")[:2000],
        file_of(drawn(), "TIFF"),
        file_of(drawn(), "BMP"),
    ],
)
def test_what_is_no_whole_image_of_these_kinds_is_refused(raw: bytes) -> None:
    assert refusal(raw) is Refusal.NOT_IMAGE


def test_what_is_too_large_is_refused_before_it_is_drawn() -> None:
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(MAX_BYTES)) is Refusal.TOO_LARGE
    for width, height in ((6_000, 6_000), (12_000, 12_000), (60_000, 60_000), (2_000_000, 20)):
        assert refusal(png_claiming(width, height)) is Refusal.TOO_LARGE


def test_a_photograph_drawn_over_and_over_is_a_bomb() -> None:
    """Each scan costs the decoder the whole picture again: ten megabytes would keep it busy for hours."""
    assert refusal(jpeg_with_scans(MAX_SCANS)) is Refusal.TOO_LARGE
    assert clean(jpeg_with_scans(8)).media_type == "image/jpeg"


@pytest.mark.full
@pytest.mark.parametrize("filling", [b"\xff", b"\xff\x00", b"\xff\xc0\x00\x02", b"\xff\x01"])
def test_looking_for_scans_takes_no_longer_than_reading(filling: bytes) -> None:
    began = time.process_time()
    assert not more_scans_than(b"\xff\xd8" + filling * (MAX_BYTES // len(filling)), MAX_SCANS)
    assert time.process_time() - began < 20


def test_what_hangs_on_to_a_photograph_is_no_scan() -> None:
    """Phones put a film behind the picture, and a small picture before it."""
    small = file_of(drawn(64, 64), "JPEG")
    film = b"\xff\xda" * 10 * MAX_SCANS
    photograph = file_of(drawn(), "JPEG", exif=b"Exif\0\0" + small + film[:2000], progressive=True)
    assert clean(photograph + film).media_type == "image/jpeg"


@pytest.mark.full
def test_three_large_screens_beside_each_other_are_no_bomb() -> None:
    image = clean(file_of(Image.new("RGB", (3 * 3840, 2160), "white"), "PNG"))
    assert opened(image.body).size == (1600, 300)


def _with_everything(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Kamera AS"
    exif.get_ifd(0x8825)[1] = PLACE
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"exif": exif, "icc_profile": profile}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", PLACE)
        texts.add_itxt("XML:com.adobe.xmp", f"<x>{PLACE}</x>")
        options |= {"pnginfo": texts}
    if kind == "JPEG":
        options |= {"comment": PLACE, "xmp": f"<x>{PLACE}</x>".encode()}
    return file_of(drawn(), kind, **options) + b"hemmelig" + PLACE.encode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_where_it_was_taken_and_whatever_else_the_file_says_stays_behind(kind: str) -> None:
    raw = _with_everything(kind)
    assert PLACE.encode() in raw
    image = clean(raw)
    assert PLACE.encode() not in image.body
    assert b"hemmelig" not in image.body
    seen = opened(image.body)
    assert not seen.getexif()
    assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_what_lies_under_transparency_does_not_travel() -> None:
    under = drawn().convert("RGBA")
    under.putalpha(0)
    seen = opened(clean(file_of(under, "PNG")).body)
    assert (seen.mode, seen.getcolors()) == ("RGB", [(400 * 300, (255, 255, 255))])


def test_of_an_animation_the_first_picture_remains() -> None:
    frames = [drawn(colour=colour) for colour in ("red", "green", "black")]
    raw = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    seen = opened(clean(raw).body)
    assert getattr(seen, "n_frames", 1) == 1
    assert seen.getpixel((300, 200)) == (255, 0, 0)


@pytest.mark.parametrize(
    ("turn", "corner"),
    [(1, (10, 10)), (2, (-10, 10)), (3, (-10, -10)), (4, (10, -10)), (5, (10, 10)), (6, (-10, 10)), (7, (-10, -10)),
     (8, (10, -10)), (99, (10, 10))],
)  # fmt: skip
def test_a_picture_stands_upright_although_the_note_of_it_is_gone(turn: int, corner: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    seen = opened(clean(file_of(drawn(), "JPEG", exif=exif)).body)
    assert seen.size == ((300, 400) if turn in {5, 6, 7, 8} else (400, 300))
    pixel = seen.getpixel((corner[0] % seen.width, corner[1] % seen.height))
    assert isinstance(pixel, tuple)
    assert pixel[2] > 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_of_storing_colours_is_understood(mode: str) -> None:
    image = Image.new(mode, (40, 30), 30_000) if mode == "I;16" else drawn(40, 30).convert(mode)
    seen = opened(clean(file_of(image, "PNG")).body)
    assert (seen.mode, seen.size) == ("RGB", (40, 30))
    if mode == "I;16":
        assert seen.getpixel((0, 0)) == (117, 117, 117)


def test_a_print_shops_colours_become_a_screens() -> None:
    assert opened(clean(file_of(drawn().convert("CMYK"), "JPEG")).body).mode == "RGB"


@pytest.mark.full
def test_a_large_picture_is_scaled_and_a_heavy_one_becomes_a_photograph() -> None:
    image = clean(file_of(noise(2400, 1200), "PNG"))
    assert max(opened(image.body).size) == LONGEST_SIDE
    assert image.media_type == "image/jpeg"
    assert opened(clean(file_of(drawn(4000, 3000), "JPEG")).body).size == (1600, 1200)
    assert opened(clean(file_of(drawn(3, 2), "PNG")).body).size == (3, 2)


@pytest.mark.full
def test_a_screenshot_becomes_small_enough_or_is_said_not_to() -> None:
    screen = clean(file_of(drawn(1600, 1000), "PNG"))
    assert shrink(screen, most_bytes=60_000) == screen
    heavy = clean(file_of(noise(1600, 1000), "PNG"))
    assert shrink(heavy, most_bytes=60_000) is None
    fitting = shrink(heavy, most_bytes=250_000)
    assert fitting is not None
    assert len(fitting.body) <= 250_000
    assert opened(fitting.body).width >= 800


@settings(max_examples=examples(300))
@given(st.binary(max_size=200), st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.integers(0, 400))
def test_a_damaged_file_is_refused_or_drawn_and_nothing_else_happens(noise: bytes, kind: str, at: int) -> None:
    raw = file_of(drawn(30, 20), kind)
    damaged = raw[:at] + noise + raw[at + len(noise) :]
    try:
        image = clean(damaged)
    except ImageRefused:
        return
    assert isinstance(image, StoredImage)
    assert Image.open(io.BytesIO(image.body)).mode == "RGB"
