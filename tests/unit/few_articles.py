"""Content of four articles: of the kind of the sample, and learned at once."""

import shutil
from importlib.resources import files
from pathlib import Path

SOURCE = files("knowledge") / "content"
KEPT = ("rollout-when", "ambassador-role", "password-forgotten", "citrix-slow")


def few_articles(content: Path) -> Path:
    """Fill the folder ``content`` and return it."""
    for language in ("nb", "nn", "en"):
        (content / "articles" / language).mkdir(parents=True)
        for name in KEPT:
            shutil.copy(str(SOURCE / "articles" / language / f"{name}.md"), content / "articles" / language)
    (content / "actions").mkdir()  # none: those of the sample have more phrasings than these articles
    shutil.copy(str(SOURCE / "organisation.yaml"), content)
    return content
