"""A content folder with one module, for tests that break it."""

from pathlib import Path
from typing import Final

MODULE: Final = """\
title: {nb: Del trygt, nn: Del trygt, en: Share safely}
minutes: 4
theme: security
topics: [onedrive]
articles: [share]
steps:
  - text:
      nb: Velg «Del».
      nn: Vel «Del».
      en: Choose “Del”.
  - question: {nb: Hva velger du?, nn: Kva vel du?, en: What do you choose?}
    choices:
      - text: {nb: Del, nn: Del, en: Share}
        right: true
      - text: {nb: Slett, nn: Slett, en: Delete}
    explanation: {nb: Del er riktig., nn: Del er rett., en: Share is right.}
"""
CURRICULUM: Final = """\
themes:
  - {id: security, title: {nb: Sikkerhet, nn: Tryggleik, en: Security}}
plans:
  - id: home-care
    title: {nb: Ny i hjemmetjenesten, nn: Ny i heimetenesta, en: New in home care}
    sectors: [health]
    modules: [share-safely]
"""
ARTICLE: Final = """\
---
title: Dele
changed: 2026-11-24
review_by: 2027-05-24
phrasings: [dele, dele fil, del, deling, hvordan dele, del fila, dele noe, del med andre]
---
Velg «Del».
"""


def write_content(folder: Path, *, module: str = MODULE, curriculum: str = CURRICULUM) -> Path:
    """Write a folder with the module ``share-safely``, and return it."""
    (folder / "modules").mkdir(parents=True)
    (folder / "articles" / "nb").mkdir(parents=True)
    (folder / "modules" / "share-safely.yaml").write_text(module, "utf-8")
    (folder / "learning.yaml").write_text(curriculum, "utf-8")
    (folder / "articles" / "nb" / "share.md").write_text(ARTICLE, "utf-8")
    return folder
