"""One look: the desk, which Designsystemet draws, has the colour of the chat."""

import re
from pathlib import Path

STATIC = Path(__file__).parents[3] / "bot/channels/web/static"
CHAT = (STATIC / "page.css").read_text("utf-8")
DESK = (STATIC / "desk.css").read_text("utf-8")


def test_the_desk_and_the_chat_have_one_accent_in_the_light_and_in_the_dark() -> None:
    chat = re.findall(r"--accent: (#[0-9a-f]{6});", CHAT)
    strong = re.findall(r"--accent-strong: (#[0-9a-f]{6});", CHAT)
    assert len(chat) == 2
    assert re.findall(r"--ds-color-accent-base-default: (#[0-9a-f]{6});", DESK) == chat
    assert re.findall(r"--ds-color-accent-base-hover: (#[0-9a-f]{6});", DESK) == strong
