"""Greetings, thanks and the other things people say that ask for no article."""

from __future__ import annotations

from knowledge.text import fold

_NORWEGIAN = {
    "greeting": """hei|hei på deg|heisann|hallo|halloen|hallois|hei hei|god dag|goddag|god morgen|god morgon|godmorgen
        |god kveld|god ettermiddag|morn|mårn|morna|hei der|hva skjer|hvordan går det|korleis går det|koss går det
        |hvordan har du det|korleis har du det|er det noen der|er det nokon der|hyggelig å møte deg|står til|halla
        |tjena|hallo hallo""",
    "thanks": """takk|tusen takk|takk skal du ha|takk for hjelpen|takk for hjelpa|takk for det|mange takk
        |hjertelig takk|takker|tusen hjertelig|takk for svar|takk for svaret|supert takk|så bra|så snill du er|flott
        |topp|fint|bra|perfekt|supert|kult|veldig bra|kjempebra|strålende|herlig|bra jobba|det hjalp|det hjelpte
        |takk takk|tusen tusen takk|takk så mye|takk så mykje|dette var nyttig|godt svar|fint svar|bra svar""",
    "goodbye": """ha det|ha det bra|ha det godt|hade|hadebra|hadet|farvel|vi snakkes|snakkes|vi ses|vi sees|vi sjåast
        |ha en fin dag|ha ein fin dag|ha en god dag|ha ein god dag|god helg|god natt|adjø|på gjensyn|ses|snakkast
        |god ferie""",
    "ok": """greit|den er god|skjønner|eg skjønar|jeg skjønner|forstår|jeg forstår|eg forstår|ja|jo|nei|neida
        |joda|jada|jepp|nja|å ja|åja|javel|ja vel|akkurat|nettopp|ikke noe|det var alt|det var alt for nå|glem det
        |gløym det|tester|dette er en test|prøve""",
    "bot": """hvem er du|kven er du|hva er du|kva er du|hva heter du|kva heiter du|er du en robot|er du ein robot
        |er du et menneske|er du eit menneske|er du ekte|er du en bot|er du ein bot|er du en person|er du en ai
        |er du kunstig intelligens|hvem har laget deg|kven har laga deg|kven laga deg|hvem lagde deg
        |hvem snakker jeg med|kven snakkar eg med|er dette en robot|er dette ein robot|er dette en bot
        |snakker jeg med en robot|snakkar eg med ein robot|ka e du|kem e du|hvem er heia|hva er heia|kva er heia""",
    "help": """hjelp|hjelp meg|kan du hjelpe meg|kan du hjelpe|kan du hjelpa meg|jeg trenger hjelp|eg treng hjelp
        |hva kan du|kva kan du|hva kan du gjøre|kva kan du gjere|hva kan du hjelpe med|kva kan du hjelpe med
        |hva kan du hjelpe meg med|kva kan du hjelpe meg med|hva kan jeg spørre om|kva kan eg spørje om
        |hva kan jeg spørre deg om|kva kan eg spørje deg om|hvordan bruker jeg deg|korleis brukar eg deg
        |hvordan virker du|korleis verkar du|hvordan fungerer du|korleis fungerer du|jeg har et spørsmål
        |eg har eit spørsmål|kan jeg spørre om noe|kan eg spørje om noko|kan jeg spørre deg om noe|jeg lurer på noe
        |eg lurer på noko|meny|kom i gang|ka kan du|ka kan du hjelpe med|trenger hjelp|treng hjelp|spørsmål
        |trenger litt hjelp""",
}
_ENGLISH = {
    "greeting": """hello|hi|hiya|good morning|good evening|good afternoon|hello there|hi there|whats up|what's up
        |how are you|how do you do|anyone there|nice to meet you""",
    "thanks": """thanks|thank you|thank you very much|thanks a lot|many thanks|much appreciated|great|perfect
        |excellent|good job|well done|that helped|thank you so much""",
    "goodbye": """bye|goodbye|bye bye|see you|see you later|have a nice day|good night|take care""",
    "ok": """yes|yep|nope|i see|got it|sure|understood|alright|all right|that's all|thats all|never mind""",
    "bot": """who are you|what are you|whats your name|what's your name|what is your name|are you a bot
        |are you a robot|are you human|are you real|are you a person|are you an ai|who made you|who created you
        |am i talking to a bot|am i talking to a robot|is this a bot|who is heia|what is heia""",
    "help": """help|help me|can you help me|can you help|i need help|what can you do|what can i ask
        |what can i ask you|what do you do|how do you work|how can you help|how can you help me|i have a question
        |can i ask you something|can i ask a question|get started""",
}
_EITHER = {
    "greeting": """heia|hoi|hey|yo""",
    "thanks": """thx|tnx|cheers|awesome|nice|good""",
    "ok": """ok|okei|oki|okey|okay|no|mm|mhm|hmm|hm|aha|fine|lol|haha|hahaha|hehe|test|testing""",
    "help": """menu|start""",
}
_FILLER = """
du da på deg så litt for veldig bare alle sammen heia bot botten kjære dear please da nå no now then så the jo altså
tusen mye mykje skal ha and og venn kompis der hjelpen hjelpa svaret svar
"""


def _phrases(text: str) -> tuple[str, ...]:
    from_lines = (" ".join(phrase.split()) for phrase in text.split("|") if phrase.strip())
    return tuple(" ".join(fold(word) for word in phrase.split()) for phrase in from_lines)


_BY_LANGUAGE = (
    (frozenset({"nb", "nn"}), _NORWEGIAN),
    (frozenset({"en"}), _ENGLISH),
    (frozenset({"nb", "nn", "en"}), _EITHER),
)

BY_TALK = {
    talk: tuple(phrase for _, table in _BY_LANGUAGE for phrase in _phrases(table.get(talk, ""))) for talk in _NORWEGIAN
}
"""Kind of small talk → phrases, every word folded."""

SAID_IN = {
    phrase: languages for languages, table in _BY_LANGUAGE for text in table.values() for phrase in _phrases(text)
}
"""Phrase → the languages it is said in. What Norwegians say as their own tells nothing: "ok", "nice"."""

FILLER = frozenset(fold(word) for word in _FILLER.split())
"""Words that may stand between them and change nothing."""
