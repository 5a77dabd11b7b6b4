"""Cards such as the flows make, for looking at them in a browser."""

from collections.abc import Mapping
from typing import Any

from dialogs.core.card import (
    buttons,
    card,
    choose,
    columns,
    facts,
    heading,
    link,
    paragraph,
    pick_date,
    pick_time,
    press,
    quote,
    reveal,
    small,
    status,
    toggle,
    write,
)


def answer_card() -> Mapping[str, Any]:
    """Return an answer with its source and what to do next."""
    why = write("why", "Hva manglet?", multiline=True)
    return card(
        [
            heading("Slik logger du inn første gang"),
            paragraph(
                "Gå til [office.com](https://office.com) og bruk **jobbadressen** din.\n\n- Ha telefonen klar\n- *Gå*"
            ),
            facts([("Gjelder", "Alle kommuner"), ("Sist endret", "21. oktober 2020")]),
            small("Kilde: Digitalt kontor"),
        ],
        [
            press("Det hjalp", "ask.helped", primary=True, article="sign-in"),
            press("Snakk med et menneske", "handoff.start"),
            reveal("Si fra om feil", card([why], [press("Send inn", "ask.wrong", primary=True)])),
            link("Les mer", "https://example.org/les-mer"),
        ],
    )


def form_card(title: str = "Ny kunngjøring") -> Mapping[str, Any]:
    """Return a form with every kind of input."""
    return card(
        [
            heading(title),
            write("title", "Tittel", required="Skriv en tittel."),
            write("text", "Tekst", multiline=True, hint="Skriv det viktigste først"),
            choose("unit", "Enhet", [("Helse", "h"), ("Skole", "s")], required="Velg en enhet.", hint="Velg"),
            choose("how", "Hvordan?", [("Nå", "now"), ("Senere", "later")], expanded=True, value="now"),
            choose("who", "Hvem?", [("Ansatte", "e"), ("Ambassadører", "a")], several=True, expanded=True),
            toggle("critical", "Kritisk melding"),
            pick_date("day", "Dag"),
            pick_time("time", "Klokkeslett"),
        ],
        [
            press("Se forhåndsvisning", "announce.preview", primary=True),
            press("Avbryt", "announce.cancel", checks=False),
        ],
    )


def crowded_card() -> Mapping[str, Any]:
    """Return choices among more than one can look through: one of them, and several."""
    many = [(f"Skole {n}", f"s{n}") for n in range(30)]
    return card(
        [
            choose("unit", "Enhet", many, value="s7", required="Velg en enhet.", hint="Skriv litt av navnet"),
            choose("units", "Enheter", many, value="s3", several=True),
        ],
        [press("Lagre", "profile.unit", primary=True)],
    )


def colourful_card() -> Mapping[str, Any]:
    """Return every style the flows use."""
    styles = ("default", "emphasis", "accent", "good", "warning", "attention")
    return card(
        [
            *(status(f"Dette er {style}", style=style) for style in styles),
            quote("Jeg får ikke logget inn på *PC-en*.\nHva gjør jeg?"),
            columns([paragraph("**Ambassadør Helse Nord** har ingen åpne spørsmål akkurat nå.")], [small("12:30")]),
            buttons(press("Ta spørsmålet", "handoff.accept", primary=True), press("Si nei", "handoff.decline")),
            {"type": "TextBlock", "text": "Grønn", "color": "Good", "wrap": True},
            {"type": "TextBlock", "text": "Gul", "color": "Warning", "wrap": True},
            {"type": "TextBlock", "text": "Rød", "color": "Attention", "wrap": True},
        ]
    )
