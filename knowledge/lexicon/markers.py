"""Words that give a language away: short, frequent, and not shared, or shared by two of three."""

from __future__ import annotations

from knowledge.text import fold

_NB = """
jeg hva hvordan hvorfor hvem hvilken hvilket hvilke noen noe ikke fra mye være vært fremdeles bare blitt ble hun
dere hjem en et meg selv gjøre gjør uken denne dette disse nå hjelper mer flere først igjen kanskje spørsmål
fortelle begynner snakke forskjell hver hvert uke uka våre melding vennligst finnes åpne lage mine mitt
bruker brukere kommer hvis enn noensinne hele sammen hos hjemme lenger trenger ønsker få får gikk gått skjer
"""
_NN = """
eg kva korleis kvifor kvar kven nokon noko nokre ikkje frå mykje vere vore framleis berre vert vorte vart då ho
de dykk dykkar heim ein eit meg sjølv sjølve gjere gjer veka denne dette desse no hjelper meir fleire først att kanskje
spørsmål fortelje byrjar snakke skilnad kvart veke våre melding ver finst opne lage mine mitt brukar brukarar kjem viss
enn nokosinne heile saman hjå heime lenger treng ønskjer får gjekk gått skjer dei eigen eiga eige eigne korleis vel
me oss korfor kor nokor inga ingen ikkje blei vere fyrst seinare tidlegare mogleg vanleg einskild tenester kommunar
løyve opplæring ynskjer leggje byte hugse høyre sjå seier veit kunne skulle sidan medan dersom difor òg gløymt
eigentleg arbeide utan mellom følgje rekne lese spele skrive
"""
_DIALECT_NN = "eg ikkje kva koffor korleis itj ittj ikkj mæ dæ koss kossen ka kem kor nåkka nokka æ eitt me"
_EN = """
the is are was were what how why who which when where do does did can could would should will have has had i my me
you your we our they their it its this that these those of in on at to from with for and or not no yes please there
any some get got need want help am be been if an a about into up out where's what's i'm don't can't isn't doesn't it's
i'd i'll let show tell give make set find use using where anyone someone new old all more my mine us them his her
"""
_SHARED_NORWEGIAN = """
og er det på av som med til den de du han vi kan skal vil må har hadde når hvor om i for å eller men så da nå man
to i no me by at ser finn legg vis slett sett
seg sin sitt sine din ditt dine over under etter før mot mellom ved uten både alle alt andre også opp ned inn ut
ingen oss få hos igjen her kunne skulle skrive lese arbeide opplæring e-post e-posten
"""


def _table() -> dict[str, tuple[str, ...]]:
    """Return word → languages it speaks for. Words that more than one list holds speak for each of them."""
    found: dict[str, list[str]] = {}
    for language, text in (("nb", _NB), ("nn", _NN), ("en", _EN)):
        for word in text.split():
            languages = found.setdefault(word, [])
            if language not in languages:
                languages.append(language)
    for word in _SHARED_NORWEGIAN.split():
        languages = found.setdefault(word, [])
        languages.extend(language for language in ("nb", "nn") if language not in languages)
    return {word: tuple(languages) for word, languages in found.items()} | {
        fold(word): tuple(languages) for word, languages in found.items() if fold(word) not in found
    }


MARKERS = _table()
"""Word, lower case, also folded → the languages it speaks for."""
