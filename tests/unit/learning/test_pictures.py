"""Pictures of modules: shown like other images, read from the content folder, and nothing else of it."""

from functools import partial
from pathlib import Path

import pytest

from bot.channels.teams.render import TeamsImages
from bot.content.catalogue import load_catalogue
from bot.content.loading import content_folder
from bot.content.modules import published_picture
from bot.ports import StoredImage
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from tests.unit.images.test_keeping import House

PNG = b"\x89PNG\r\n\x1a\n picture"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modules" / "pictures").mkdir(parents=True)
    (tmp_path / "modules" / "pictures" / "share.png").write_bytes(PNG)
    (tmp_path / "organisation.yaml").write_bytes(PNG)
    return tmp_path


async def test_a_picture_of_a_module_is_shown_to_anyone_and_one_of_a_person_still_is(folder: Path) -> None:
    house = House(folder / "images")
    house.intake._published = partial(published_picture, folder)
    assert await house.intake.get("module.share.png") == StoredImage(body=PNG, media_type="image/png")
    assert await house.intake.has("module.share.png")
    own = await house.take()
    assert await house.intake.has(own.id)
    assert await house.intake.get(own.id) is not None


@pytest.mark.parametrize(
    "image_id", ["module.", "module.../../organisation.yaml", "module.missing.png", "module.pictures", "share.png", ""]
)
async def test_no_other_file_is_a_picture(folder: Path, image_id: str) -> None:
    assert published_picture(folder, image_id) is None


async def test_in_teams_the_picture_is_part_of_the_message(folder: Path) -> None:
    house = House(folder / "images")
    house.intake._published = partial(published_picture, content_folder(None))

    async def texts_of(_: str) -> Texts:
        return load_catalogue()[Language.NB]

    shown = await TeamsImages(intake=house.intake, texts_of=texts_of, link=None).image_for(
        "kari", "module.phishing-signs.png"
    )
    assert shown.data_uri.startswith("data:image/png;base64,")
    assert not shown.note


def test_the_picture_of_the_sample_is_small_enough_for_teams() -> None:
    picture = published_picture(content_folder(None), "module.phishing-signs.png")
    assert picture is not None
    assert len(picture.body) < 60_000
