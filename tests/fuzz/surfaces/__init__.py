"""Every surface that is fuzzed. A new one is a module here and a line in ``SURFACES``."""

from typing import Final

from tests.fuzz.surface import Surface
from tests.fuzz.surfaces.activities import Activities
from tests.fuzz.surfaces.answers import Answers
from tests.fuzz.surfaces.content import ContentFiles
from tests.fuzz.surfaces.frames import Frames, RawFrames
from tests.fuzz.surfaces.images import Uploads
from tests.fuzz.surfaces.presses import Presses
from tests.fuzz.surfaces.raw import RawBytes
from tests.fuzz.surfaces.registry import RegistryFiles
from tests.fuzz.surfaces.requests import Requests
from tests.fuzz.surfaces.settings import SettingsFiles
from tests.fuzz.surfaces.tokens import BearerTokens

SURFACES: Final[tuple[Surface, ...]] = (
    Activities(),
    Presses(),
    Frames(),
    RawFrames(),
    Requests(),
    RawBytes(),
    BearerTokens(),
    Answers(),
    Uploads(),
    RegistryFiles(),
    ContentFiles(),
    SettingsFiles(),
)
