"""Tables of the desk, which a small screen shows as lists."""

from markupsafe import Markup

from bot.channels.web.desk.rendering import ENVIRONMENT, labelled, message_html
from dialogs.core.card import card, folding, paragraph, press, small_controls, text_link, unfold
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from knowledge.article.article import Language

TABLE = """{% import "macros.html" as ui with context %}
{% call ui.table("Liste", ["Navn", 'Nå & "da"', "Emner"]) %}
{% for name, state in rows %}
<tr><th scope="row">{{ name }}</th><td class="x">{{ state }}</td>
  <td>{% if state %}<div>ja</div>{% endif %}</td></tr>
{% endfor %}
{% endcall %}"""


def test_every_cell_carries_its_heading_and_every_row_begins_again() -> None:
    texts = Texts(language=Language.NB, sentences={})
    rows = [("Bok", "<i>ledig</i>"), ("To", "")]
    made = ENVIRONMENT.from_string(TABLE).render(t=texts, rows=rows, searching=False, path="/desk")
    assert made.count('<td data-label="Nå &amp; &#34;da&#34;" class="x">') == 2
    assert made.count('<td data-label="Emner">') == 2
    assert "&lt;i&gt;ledig&lt;/i&gt;" in made
    assert 'data-label="Navn"' not in made


def test_a_value_that_looks_like_a_cell_stays_a_value() -> None:
    row = Markup("<tr><th>{}</th><td>{}</td></tr>").format("<td", "<tr><td>")
    assert labelled(row, ["En", "To"]).count("data-label") == 1


def test_what_a_card_unfolds_stands_below_the_words_that_unfold_it() -> None:
    hidden, shown = folding("whole", [paragraph("Alt sammen")], open_=False), folding("part", [], open_=True)
    toggle, helped = unfold("Vis alt", "part", "whole"), press("Det hjalp", "ask.helped")
    once = "<details><summary>Vis alt</summary>"
    for control in (text_link(toggle), small_controls(toggle, helped)):
        made = message_html(Message(text="Alt", card=card([shown, hidden, control])))
        assert once in made
        assert made.count("Vis alt") == 1
    assert made.count("Det hjalp") == 1
