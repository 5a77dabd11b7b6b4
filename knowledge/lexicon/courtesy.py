"""Greetings, thanks and the other things people say that ask for no article."""

from __future__ import annotations

from knowledge.text import fold

_TALK = {
    "greeting": """hei|hei på deg|heisann|hallo|halloen|hallois|hei hei|god dag|goddag|god morgen|god morgon|godmorgen
        |god kveld|god ettermiddag|morn|mårn|morna|heia|hoi|hello|hi|hey|hiya|good morning|good evening|good afternoon
        |hei der|hello there|hi there|hva skjer|whats up|what's up|hvordan går det|korleis går det|koss går det
        |hvordan har du det|korleis har du det|how are you|how do you do|er det noen der|er det nokon der|anyone there
        |hyggelig å møte deg|nice to meet you|står til|halla|tjena|hallo hallo|yo""",
    "thanks": """takk|tusen takk|takk skal du ha|takk for hjelpen|takk for hjelpa|takk for det|mange takk|hjertelig takk
        |takker|tusen hjertelig|takk for svar|takk for svaret|thanks|thank you|thank you very much|thanks a lot|thx|tnx
        |many thanks|much appreciated|cheers|supert takk|så bra|så snill du er|flott|topp|fint|bra|perfekt|supert|kult
        |great|awesome|perfect|nice|good|excellent|veldig bra|kjempebra|strålende|herlig|bra jobba|good job|well done
        |det hjalp|det hjelpte|that helped|takk takk|tusen tusen takk|takk så mye|takk så mykje|thank you so much
        |dette var nyttig|godt svar|fint svar|bra svar""",
    "goodbye": """ha det|ha det bra|ha det godt|hade|hadebra|hadet|farvel|vi snakkes|snakkes|vi ses|vi sees|vi sjåast
        |ha en fin dag|ha ein fin dag|ha en god dag|ha ein god dag|god helg|god natt|bye|goodbye|bye bye|see you
        |see you later|have a nice day|good night|take care|adjø|på gjensyn|ses|snakkast|god ferie""",
    "ok": """ok|okei|oki|okey|okay|greit|den er god|skjønner|eg skjønar|jeg skjønner|forstår|jeg forstår|eg forstår
        |ja|jo|nei|neida|joda|jada|jepp|yes|no|yep|nope|nja|mm|mhm|hmm|hm|aha|å ja|åja|javel|ja vel|i see|got it|sure
        |understood|alright|all right|fine|akkurat|nettopp|ikke noe|det var alt|det var alt for nå|that's all|thats all
        |never mind|glem det|gløym det|lol|haha|hahaha|hehe|test|tester|testing|dette er en test|prøve""",
    "bot": """hvem er du|kven er du|hva er du|kva er du|hva heter du|kva heiter du|er du en robot|er du ein robot
        |er du et menneske|er du eit menneske|er du ekte|er du en bot|er du ein bot|er du en person|er du en ai
        |er du kunstig intelligens|hvem har laget deg|kven har laga deg|kven laga deg|hvem lagde deg
        |hvem snakker jeg med
        |kven snakkar eg med|er dette en robot|er dette ein robot|er dette en bot|snakker jeg med en robot
        |snakkar eg med ein robot|who are you|what are you|whats your name|what's your name|what is your name
        |are you a bot|are you a robot|are you human|are you real|are you a person|are you an ai|who made you
        |who created you|am i talking to a bot|am i talking to a robot|is this a bot|ka e du|kem e du|hvem er heia
        |hva er heia|kva er heia|who is heia|what is heia""",
    "help": """hjelp|hjelp meg|kan du hjelpe meg|kan du hjelpe|kan du hjelpa meg|jeg trenger hjelp|eg treng hjelp
        |hva kan du|kva kan du|hva kan du gjøre|kva kan du gjere|hva kan du hjelpe med|kva kan du hjelpe med
        |hva kan du hjelpe meg med|kva kan du hjelpe meg med|hva kan jeg spørre om|kva kan eg spørje om
        |hva kan jeg spørre deg om|kva kan eg spørje deg om|hvordan bruker jeg deg|korleis brukar eg deg
        |hvordan virker du|korleis verkar du|hvordan fungerer du|korleis fungerer du|jeg har et spørsmål
        |eg har eit spørsmål|kan jeg spørre om noe|kan eg spørje om noko|kan jeg spørre deg om noe|jeg lurer på noe
        |eg lurer på noko|help|help me|can you help me|can you help|i need help|what can you do|what can i ask
        |what can i ask you|what do you do|how do you work|how can you help|how can you help me|i have a question
        |can i ask you something|can i ask a question|meny|menu|start|kom i gang|get started|ka kan du
        |ka kan du hjelpe med
        |trenger hjelp|treng hjelp|spørsmål|trenger litt hjelp""",
}
_FILLER = """
du da på deg så litt for veldig bare alle sammen heia bot botten kjære dear please da nå no now then så the jo altså
tusen mye mykje skal ha and og venn kompis der hjelpen hjelpa svaret svar
"""


def _phrases(text: str) -> tuple[str, ...]:
    from_lines = (" ".join(phrase.split()) for phrase in text.split("|"))
    return tuple(" ".join(fold(word) for word in phrase.split()) for phrase in from_lines)


BY_TALK = {talk: _phrases(text) for talk, text in _TALK.items()}
"""Kind of small talk → phrases, every word folded."""

FILLER = frozenset(fold(word) for word in _FILLER.split())
"""Words that may stand between them and change nothing."""
