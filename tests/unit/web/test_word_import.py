"""A Word document becomes an article for each heading; what is no text is named, and what harms is refused."""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from html import escape

import aiohttp
import pytest

from bot.channels.web.desk.articles import text_of_articles
from bot.channels.web.desk.form import SentFile
from dialogs.core.person import Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from knowledge.article.importing import BadImport, ImportedPair, ImportRule, read_pairs
from knowledge.article.sections import UnreadPart
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

PATH = "/desk/articles/+import"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KINDS = "application/vnd.openxmlformats-officedocument.wordprocessingml"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
IMAGE = (
    f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{DRAWING}/wordprocessingDrawing"><a:graphic xmlns:a="{DRAWING}/main">'
    f'<a:graphicData><pic:pic xmlns:pic="{DRAWING}/picture"><pic:blipFill><a:blip r:embed="rId1"/></pic:blipFill>'
    "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
)
TABLE = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>I en celle</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
NOTE = '<w:p><w:r><w:t>Se noten</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
FORMULA = '<w:p><m:oMath xmlns:m="urn:math"><m:r/></m:oMath></w:p>'


def run(text: str, *, bold: bool = False) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return f'<w:r>{style}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(text: str, *, style: str = "", runs: str = "") -> str:
    chosen = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{chosen}{runs or run(text)}</w:p>"


def heading(text: str, level: int = 1) -> str:
    return paragraph(text, style=f"Overskrift{level}")


def item(text: str, *, level: int = 0, numbered: bool = False) -> str:
    numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{2 if numbered else 1}"/></w:numPr>'
    return f"<w:p><w:pPr>{numbers}</w:pPr>{run(text)}</w:p>"


def parts(*body: str) -> dict[str, str | bytes]:
    """Return the parts of a document, with styles as a Norwegian Word names them."""
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Overskrift{level}"><w:name w:val="heading {level}"/></w:style>'
        for level in range(1, 10)
    )
    levels = {
        kind: "".join(f'<w:lvl w:ilvl="{level}"><w:numFmt w:val="{kind}"/></w:lvl>' for level in range(3))
        for kind in ("bullet", "decimal")
    }
    numbering = (
        f'<w:abstractNum w:abstractNumId="1">{levels["bullet"]}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2">{levels["decimal"]}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
    )
    note = f'<w:footnote w:id="2">{paragraph("Står nederst")}</w:footnote>'
    links = (
        f'<Relationship Id="rId1" Type="{R}/image" Target="media/image1.png"/>'
        f'<Relationship Id="rId2" Type="{R}/hyperlink" Target="https://it.example/p(1)" TargetMode="External"/>'
        f'<Relationship Id="rId3" Type="{R}/hyperlink" Target="javascript:alert(1)" TargetMode="External"/>'
        f'<Relationship Id="rId4" Type="{R}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId5" Type="{R}/numbering" Target="numbering.xml"/>'
        f'<Relationship Id="rId6" Type="{R}/footnotes" Target="footnotes.xml"/>'
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="png" ContentType="image/png"/>'
        f'<Override PartName="/word/document.xml" ContentType="{KINDS}.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1"'
        f' Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{"".join(body)}</w:body></w:document>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>',
        "word/numbering.xml": f'<w:numbering xmlns:w="{W}">{numbering}</w:numbering>',
        "word/footnotes.xml": f'<w:footnotes xmlns:w="{W}">{note}</w:footnotes>',
    }


def packed(contents: Mapping[str, str | bytes], name: str = "Rutiner.docx") -> SentFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in contents.items():
            archive.writestr(part, text)
    return SentFile(name=name, body=out.getvalue())


def read(*body: str) -> dict[str, ImportedPair]:
    """Return the pairs of a document by their headings."""
    image: dict[str, str | bytes] = {"word/media/image1.png": b"\x89PNG\0\0\0<"}
    return {pair.questions[0]: pair for pair in read_pairs(text_of_articles([packed(parts(*body) | image)], "nb"))}


def test_each_heading_of_a_document_is_an_article_with_its_text_as_markdown() -> None:
    link = f'<w:hyperlink r:id="rId2">{run("nettsiden")}</w:hyperlink>'
    bad_link = f'<w:hyperlink r:id="rId3">{run("trykk her")}</w:hyperlink>'
    pairs = read(
        heading("Skriver"),
        heading("Hvordan skriver jeg ut?", 2),
        paragraph("", runs=run("Velg ") + run("Skriv ut ", bold=True) + run("i menyen.")),
        item("Gå til gangen"),
        item("Hold fram kortet", level=1),
        heading("Hvordan bytter jeg toner?", 5),
        item("Åpne luka", numbered=True),
        item("Ta ut toneren", numbered=True),
        paragraph("", runs=run("Se ") + link + run(" og ") + bad_link + run(".")),
        paragraph("# er ingen overskrift < her"),
    )
    assert list(pairs) == ["Hvordan skriver jeg ut?", "Hvordan bytter jeg toner?"], "a heading without text is none"
    first, second = pairs.values()
    assert first.answer == "Velg **Skriv ut** i menyen.\n\n- Gå til gangen\n  - Hold fram kortet"
    assert second.answer == (
        "1. Åpne luka\n2. Ta ut toneren\n\nSe [nettsiden](https://it.example/p%281%29) og trykk her.\n\n"
        "# er ingen overskrift < her"
    )
    assert (first.place.number, second.place.number) == ("2", "3")
    assert not first.unread


def test_a_line_of_a_list_item_is_no_heading() -> None:
    broken = item("Gå til gangen").replace(
        run("Gå til gangen"), run("Gå til gangen") + "<w:r><w:br/></w:r>" + run("# Nå")
    )
    [pair] = read(heading("Hvordan skriver jeg ut?"), broken, item("Hold fram kortet")).values()
    assert pair.answer == "- Gå til gangen\n  # Nå\n- Hold fram kortet"


def test_parts_that_are_no_text_are_counted_where_they_stand() -> None:
    pairs = read(heading("Toner"), paragraph("Slik:"), IMAGE, IMAGE, TABLE, NOTE, heading("Kopi"), paragraph("Ja."))
    assert pairs["Toner"].unread == Counter({UnreadPart.IMAGE: 2, UnreadPart.TABLE: 1, UnreadPart.NOTE: 1})
    assert pairs["Toner"].answer == "Slik:\n\nSe noten"
    assert not pairs["Kopi"].unread


def test_what_stands_before_the_first_heading_stands_below_the_name_of_the_document() -> None:
    pairs = read(IMAGE, paragraph("Innledning."), heading("Toner"), paragraph("Slik."))
    assert list(pairs) == ["Rutiner", "Toner"]
    assert (pairs["Rutiner"].answer, pairs["Rutiner"].unread) == ("Innledning.", {UnreadPart.IMAGE: 1})
    assert list(read(paragraph("Uten overskrift."))) == ["Rutiner"]


def test_a_formula_is_named_though_the_document_alone_has_it() -> None:
    pairs = read(heading("Toner"), paragraph("Slik."), FORMULA)
    assert pairs["Rutiner"].unread == {UnreadPart.FORMULA: 1}
    assert pairs["Toner"].answer == "Slik."


def nested(depth: int) -> str:
    return "<w:tbl><w:tr><w:tc>" * depth + paragraph("Inni") + "</w:tc></w:tr></w:tbl>" * depth


SOUND = parts(heading("Toner"), paragraph("Slik."))
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + str(SOUND["word/document.xml"]).replace(
    "Slik.", "&a;"
)
ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + str(SOUND["word/document.xml"])


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        (packed(SOUND, "Rutiner.docm"), ImportRule.MACROS),
        (packed(SOUND | {"word/vbaProject.bin": b"\xd0\xcf"}), ImportRule.MACROS),
        (
            packed(SOUND | {"[Content_Types].xml": str(SOUND["[Content_Types].xml"]).replace(KINDS, "x.macroEnabled")}),
            ImportRule.MACROS,
        ),
        (SentFile(name="Rutiner.docx", body=None), ImportRule.FILE_SIZE),
        (SentFile(name="Rutiner.doc", body=b"\xd0\xcf\x11\xe0" + b"x" * 600), ImportRule.WORD_OLD),
        (SentFile(name="Rutiner.docx", body=b"\xd0\xcf\x11\xe0" + b"x" * 600), ImportRule.WORD_OLD),
        (SentFile(name="Rutiner.docx", body=b""), ImportRule.WORD),
        (SentFile(name="Rutiner.docx", body=b"PK no zip"), ImportRule.WORD),
        (packed({"readme.txt": "x"}), ImportRule.WORD),
        (packed(SOUND | {"word/document.xml": "<w:document"}), ImportRule.WORD),
        (packed(SOUND | {"word/document.xml": ENTITY}), ImportRule.WORD),
        (packed(SOUND | {"word/document.xml": OUTSIDE}), ImportRule.WORD),
        (packed(SOUND | {"word/styles.xml": OUTSIDE}), ImportRule.WORD),
        (packed(SOUND | {"word/document.xml": ENTITY.encode("utf-16")}), ImportRule.WORD),
        (packed(SOUND | {"word/document.xml": "<a>" * 200_001}), ImportRule.WORD),
        (packed(parts(paragraph("", runs='<w:r><w:fldChar\n w:fldCharType="begin"/></w:r>' * 5_001))), ImportRule.WORD),
        (packed(SOUND | {"word/comments.xml": "x" * 20_000_001}), ImportRule.WORD),
        (packed(parts(nested(5_000))), ImportRule.WORD),
        (packed(SOUND | {f"word/part{number}.xml": "" for number in range(1_001)}), ImportRule.WORD),
        (packed(parts(*[paragraph("x" * 1_000)] * 1_100)), ImportRule.SIZE),
    ],
    ids=[
        *("docm", "macros", "macro type", "large", "old", "locked", "empty", "no zip", "no document", "broken"),
        *("entity", "outside entity", "outside entity elsewhere", "other encoding", "many tags", "open fields"),
        *("bomb", "nested", "many parts", "long"),
    ],
)
def test_a_document_that_an_import_does_not_take_is_refused_with_the_reason(file: SentFile, rule: ImportRule) -> None:
    with pytest.raises(BadImport) as fault:
        text_of_articles([file], "nb")
    assert fault.value.rule is rule


def test_word_and_other_files_are_not_mixed_and_several_documents_are_one_text() -> None:
    document = packed(SOUND)
    with pytest.raises(BadImport) as fault:
        text_of_articles([document, SentFile(name="a.md", body=b"x")], "nb")
    assert fault.value.rule is ImportRule.MIXED
    other = packed(parts(heading("Kopi"), paragraph("Ja.")), "Mer.DOCX")
    assert [pair.questions for pair in read_pairs(text_of_articles([document, other], "nb"))] == [("Toner",), ("Kopi",)]


async def sent(browser: Browser, body: bytes, **data: str) -> tuple[int, str]:
    """Send a document in the form of the import, and return status and page of the answer."""
    form = aiohttp.FormData(default_to_multipart=True)
    texts = {"form": await browser.form_id(PATH), "verb": "article.import", "language": "nb", **data}
    for name, value in texts.items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(body), filename="Dyr.docx")
    answer = await browser.ask("POST", PATH, data=form)
    return answer.status, await answer.text()


async def test_a_document_is_shown_saved_with_what_was_not_read_and_refused_in_words(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    editor = await stage.holder_of(Role.EDITOR, municipality_id="dgi")
    texts = stage.content.texts[editor.language]
    body = packed(parts(heading("Hvor er grevlingen?"), paragraph("I hiet."), IMAGE, heading("Elg"), TABLE)).body or b""
    async with Browser(stage) as browser:
        await browser.enter(editor)
        status, page = await sent(browser, body, act="try")
        for told in ("Hvor er grevlingen?", "Ikke lest: ett bilde.", "Ikke lest: én tabell."):
            assert told in page
        assert (status, texts("article.import_empty") in page) == (200, True)
        assert (await sent(browser, body))[0] == 303
        [head] = await stage.all_of(ArticleHead)
        [revision] = await stage.all_of(ArticleRevision)
        assert head.article_id == "hvor-er-grevlingen"
        assert revision.reason == "Importert: avsnitt 1. Ikke lest: ett bilde."
        macros = packed(SOUND | {"word/vbaProject.bin": b"x"}).body or b""
        for bad, refused, reason in (
            (macros, 422, texts("article.import_fault.macros")),
            (b"x" * 11_000_000, 422, texts("article.import_fault.file_size", most="10")),
            (b"x" * 50_000_000, 413, texts("desk.fault.too_large")),
        ):
            status, page = await sent(browser, bad)
            assert (status, reason in page) == (refused, True)
        assert len(await stage.all_of(ArticleRevision)) == 1
    await stage.stop()
