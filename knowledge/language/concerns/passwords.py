"""Find passwords, codes and keys in plain text: a label with a password-like value nearby."""

import re
from itertools import islice, pairwise
from typing import Final

from knowledge.language.concerns.tokens import MAX_PLACES, Token, TokenizedText, kinds_of
from knowledge.language.lexicon.known import speakers

FAR: Final = 60
MAX_CHUNKS: Final = 8
NEAR: Final = 2
SHORTEST: Final = 4
# Words after "log" within which "user and password" must stand.
MAX_LOGIN: Final = 5
_CHUNK: Final = re.compile(r"\S+")
_QUOTES: Final = "`\"'«“”"
_EDGES: Final = "`.,;:?\"'«»“”()[]<>"
_QUOTED: Final = re.compile(r"[\"«“'`](?P<quoted>[^\"»”'`\n]{4,40})[\"»”'`]")
_IS: Final = re.compile(r"\s*(?:[:=]|\b(?:er|e|is|var|ble|blei|heter|satt til|sett til|set to)\b)")
_ASSIGNED: Final = re.compile(r"\s*(?:[:=]|[-–→]+>?\s)\s*(?P<value>\S{4,60})")
_BECOMES: Final = re.compile(
    r"\s+(?:(?:mitt|min|mi|vårt|my|til \S+|på \S+|for \S+)\s+)?(?:er|e|is)\s+(?P<value>[^\W\d_]{4,40})"
    r"(?=[.,!]|\s*$|\n|\s(?:og|men|and|but)\b)",
    re.MULTILINE,
)
_CALLED_AFTER: Final = re.compile(r"[\"»”']?\s+(?:er|e|is|som|as)\s+(?:(?:mitt|my|the|det)\s+)?$")
_NO_SECRET: Final = re.compile(
    r"https?://|www\.|^[^@]*+@\S+\.\w{2,}|\.(?:docx?|xlsx?|pptx?|pdf|no|com|exe|msi|txt|csv)\b|^0x|^\d+(?:[.:/-]\d+)+$|^\W*$"
)
_CODE: Final = re.compile(r"(?:AADSTS|KB|CVE|INC|REQ|RITM|CHG|SR|PC|COM|ERR|HTTP|ID|EVT|[A-Z]{1,3}-)[A-Z]*-?[-\d]+")
_SPECIAL: Final = re.compile(r"[!#$%&*+=_@^~?/]")
_UNIT: Final = re.compile(r"\d+(?:ste|de|dager|d|t|h|min|stk|kr|gb|mb|tb|bits?|px|mm|cm|siffer|tegn)")
_PIN: Final = re.compile(r"\d{4,8}")
_CALLED_CODE: Final = re.compile(r"(?:\s+\S+){0,6}?\s*(?:[:=]|\b(?:er|e|is)\b)\s*\d{4,8}\b")
_DIGITS_AFTER: Final = re.compile(
    r"\s*(?:mitt|min|my)?\s*(?:[:=]|er|e|is)?\s*[\"'«`(]?(?P<digits>\d{4,12})\b[\"'»`).,!?]*\s*(?P<next>\w*)"
)
# URLs that contain a password, and keys with a known prefix.
_KEYS: Final = re.compile(
    r"://[^\s/:@]{1,60}:[^\s/@]{1,60}@|-----BEGIN [A-Z ]{0,20}PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\."
)
_PAIR: Final = re.compile(
    r"\b(?:brukernavn|brukarnamn|bruker|brukar|username|user|login)(?: er| is)?\s{0,3}[:=]?\s{0,3}"
    r"(?!(?:og|and|eller|or)\b)[\w.@-]{2,40}\s{0,3}[,;/\n ]\s{0,3}(?:og |and )?"
    r"(?:passord|passordet|password|pw|pass)(?: er| is)?\s{0,3}[:=]?\s{0,3}(?P<value>\w\S{2,40})",
    re.IGNORECASE,
)
_WORD_WITH_DIGITS: Final = re.compile(
    r"\s*(?:[:=]\s*|(?:er|e|is)\s+)?[\"«']?(?P<value>[^\W\d_]{4,30}\d{2,8})[\"»']?(?=[\s.,!?]|$)"
)
_NO_CODE_WORD: Final = re.compile(r"feil|err|http|code|kode|status|event|caa|aad|versjon|version")
_CHANGED_TO: Final = re.compile(
    r"\b(?:skift|bytt|endr)(?:a|e|et|er|ar)?\s(?:\w{1,20}\s)?(?:te|ter|til|to)\s(?P<value>[^\W\d_][^\s,]{5,39})[.,]?(?!\S)",
    re.IGNORECASE,
)
_PASSWORD_LIKE: Final = re.compile(r"[^\W\d_]{4,}\S{0,20}\d\S{0,20}|\S{0,20}\d\S{0,20}[^\W\d_]{4,}[.,!?]*")
# A word, a special character inside and digits: "Fjord!2022". At the end, the character may be punctuation.
_MIXED: Final = re.compile(r"[^\W\d_]{3,20}[!#$%&*+=^~?]\d{1,6}\W?|[^\W\d_]{3,20}\d{2,6}[#$%&*+=^~]\W?")
_TYPED: Final = re.compile(r"[^\W\d_]{4,20}\d{2,6}[!?]\W?")
_PUNCTUATED: Final = re.compile(r"[!#$%&*+=@^~?]")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_CODES: Final = re.compile(r"\d{3,}(?:-\d{3,})+|\d{6,}|(?:[A-Za-z0-9]{4,}-){2,}[A-Za-z0-9]{4,}")
_COUNTED: Final = frozenset({"siffer", "sifre", "tegn", "teikn", "digits", "characters", "ganger", "dager", "forsøk"})


def shows_password(tokenized: TokenizedText) -> bool:
    """Return whether a text contains a password, PIN, key or list of codes."""
    if _KEYS.search(tokenized.text) or _pair(tokenized) or _changed_to(tokenized) or _stands_alone(tokenized.text):
        return True
    return (
        any(_in_digits(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("secret"))
        or any(_secret(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("secret"))
        or any(_pin(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("pin"))
        or any(_called(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("called"))
        or any(_codes(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("codes"))
        or any(_login(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("login"))
        or any(_account(tokenized, tokenized.tokens[index]) for index in tokenized.indexes_of("account"))
    )


def _stands_alone(text: str) -> bool:
    """Return whether a word looks like a password without a label, or after "used" or "type" as in "used Summer23!"."""
    return any(
        (_MIXED.fullmatch(chunk) and looks_secret(chunk))
        or (_TYPED.fullmatch(chunk) and _leads(before) and _looks_typed(chunk))
        for before, chunk in pairwise(["", *_CHUNK.findall(text)])
    )


def looks_secret(chunk: str) -> bool:
    """Return whether text without blanks looks like a password rather than a word, code or number."""
    bare = chunk.strip(_EDGES)
    if len(bare) < SHORTEST or _NO_SECRET.search(bare) or _CODE.fullmatch(bare) or _UNIT.fullmatch(bare.lower()):
        return False
    if _is_ordinary(bare):
        return False
    letters, digits = any(map(str.isalpha, bare)), any(map(str.isdigit, bare))
    special = _SPECIAL.search(bare.rstrip("!?")) is not None
    if bare.count("/") and not digits:
        return False
    return letters and (digits or special)


def _in_digits(tokenized: TokenizedText, label: Token) -> bool:
    """Return whether a password of digits only follows its label."""
    match = _DIGITS_AFTER.match(tokenized.text, label.end)
    if match is None or match["next"].lower() in _COUNTED:
        return False
    return _YEAR.fullmatch(match["digits"]) is None or _IS.match(tokenized.text, label.end) is not None


def _secret(tokenized: TokenizedText, label: Token) -> bool:
    after = tokenized.text[label.end : label.end + FAR].split("\n\n")[0]
    assigned = _ASSIGNED.match(after)
    if assigned is not None and _is_assigned(assigned["value"]):
        return True
    becomes = _BECOMES.match(after)
    if becomes is not None and "state" not in kinds_of(becomes["value"]):
        return True
    quoted = _QUOTED.search(after)
    if quoted is not None and _IS.match(after) and not _NO_SECRET.search(quoted["quoted"]):
        return True
    chunks = ["", *_chunks(after)]
    for index, (before, chunk) in enumerate(pairwise(chunks)):
        stands_out = index < NEAR or before.endswith((",", ":", "=")) or chunk[0] in _QUOTES or _leads(before)
        if looks_secret(chunk) and (stands_out or _SPECIAL.search(chunk.rstrip("!?."))):
            return True
        if chunk.endswith((".", "?")) or _names_user(chunk):
            break
    before = tokenized.text[max(0, label.start - FAR) : label.start]
    called = _CALLED_AFTER.search(before)
    return called is not None and looks_secret((before[: called.start()].split() or [""])[-1])


def _is_assigned(value: str) -> bool:
    """Return whether the text after "password:" is a password and not a remark about it."""
    bare = value.strip(_EDGES)
    if not any(map(str.isalnum, bare)):
        return False
    if len(bare) == SHORTEST - 1 and any(map(str.isdigit, bare)) and any(map(str.isalpha, bare)):
        return True
    return looks_secret(value) or (len(bare) >= SHORTEST and bare.isalpha() and not speakers(bare.lower()))


def _pin(tokenized: TokenizedText, label: Token) -> bool:
    after = tokenized.text[label.end : label.end + FAR]
    chunks = [*_chunks(after)[:4], ""]
    for chunk, following in pairwise(chunks):
        bare = chunk.strip(_EDGES)
        if _PIN.fullmatch(bare) and following.strip(_EDGES).lower() not in _COUNTED:
            return _YEAR.fullmatch(bare) is None or _IS.search(after[: after.index(bare)]) is not None
        if chunk.endswith((".", "?")):
            break
    return False


def _called(tokenized: TokenizedText, label: Token) -> bool:
    """Return whether the text contains "the code … is 1234".

    Without "is", the code can be of any kind, but a word with digits is a password: "code Summer24".
    """
    if _CALLED_CODE.match(tokenized.text, label.end) is not None:
        return True
    word = _WORD_WITH_DIGITS.match(tokenized.text, label.end)
    if word is None or word["value"].isupper() or _NO_CODE_WORD.match(word["value"].lower()):
        return False
    return _looks_typed(word["value"])


def _codes(tokenized: TokenizedText, label: Token) -> bool:
    return _CODES.search(tokenized.text, label.end, label.end + FAR) is not None


def _login(tokenized: TokenizedText, label: Token) -> bool:
    """Return whether a password follows a user name: "log in with ola / Summer24", "log in with ola and summer24"."""
    chunks = _chunks(tokenized.text[label.end : label.end + FAR])
    if any(before.endswith("/") and looks_secret(chunk) for before, chunk in pairwise(chunks)):
        return True
    return any(before in {"og", "and"} and _looks_typed(chunk) for before, chunk in pairwise(chunks[:MAX_LOGIN]))


def _account(tokenized: TokenizedText, label: Token) -> bool:
    """Return whether "user / password" follows a word for a login or a shared account."""
    chunks = _chunks(tokenized.text[label.end : label.end + FAR])
    return any(before.endswith("/") and _looks_typed(chunk) for before, chunk in pairwise(chunks))


def _changed_to(tokenized: TokenizedText) -> bool:
    """Return whether something was changed to a value with a letter, a digit and a special character."""
    values = (match["value"].rstrip(".,!?") for match in islice(_CHANGED_TO.finditer(tokenized.text), MAX_PLACES))
    return any(_PUNCTUATED.search(value) and any(map(str.isdigit, value)) and looks_secret(value) for value in values)


def _looks_typed(chunk: str) -> bool:
    """Return whether a word with a digit looks like a password and not like a product: "Chromebook2"."""
    if _PASSWORD_LIKE.fullmatch(chunk) is None or not looks_secret(chunk):
        return False
    return "brand" not in kinds_of(chunk.strip(_EDGES).rstrip("0123456789"))


def _leads(chunk: str) -> bool:
    """Return whether the word can introduce a password: "is", "set to"."""
    return "leads" in kinds_of(chunk)


def _pair(tokenized: TokenizedText) -> bool:
    """Return whether a user name and a password stand side by side, even if they are plain words."""
    values = (match["value"] for match in islice(_PAIR.finditer(tokenized.text), MAX_PLACES))
    return any(not kinds_of(value) & {"state", "pairverb", "pin", "secret"} for value in values)


def _chunks(text: str) -> list[str]:
    return _CHUNK.findall(text)[:MAX_CHUNKS]


def _is_ordinary(bare: str) -> bool:
    return "ordinary" in kinds_of(re.split(r"[-/]", bare)[0])


def _names_user(chunk: str) -> bool:
    """Return whether the word starts another subject than the password: a user name, a version, a room."""
    return "user" in kinds_of(chunk)
