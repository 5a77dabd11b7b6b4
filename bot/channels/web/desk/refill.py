"""A page's form, filled in again with what a person had written in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from markupsafe import escape

# A browser sends the inputs of a form in the order of the page, and leaves out unticked boxes and unpressed buttons.

Attrs = Sequence[tuple[str, str | None]]
TICKED: Final = frozenset({"checkbox", "radio"})
NOT_SENT: Final = frozenset({"submit", "button", "reset", "image", "file"})
# What a form was made from; all other hidden inputs say what it is about.
_VERSIONS: Final = frozenset({"form", "verb", "base_id", "edition", "seen", "ticked"})


@dataclass(slots=True, kw_only=True)
class _Form:
    """What tells one form of a page from another."""

    verbs: set[str] = field(default_factory=set)
    hidden: dict[str, str] = field(default_factory=dict)

    def fits(self, verb: str, inputs: Mapping[str, Sequence[str]]) -> bool:
        """Return whether the inputs are of this form: of the same verb and about the same records."""
        about = {name: value for name, value in self.hidden.items() if name not in _VERSIONS}
        return verb in self.verbs and all([*inputs.get(name, ())][:1] == [value] for name, value in about.items())


class _FormReader(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append(_Form())
        elif self.forms and name == "verb":
            self.forms[-1].verbs.add(value)
        elif self.forms and tag == "input" and given.get("type") == "hidden":
            self.forms[-1].hidden.setdefault(name, value)


class _Filler(HTMLParser):
    """Writes the page again, with one form filled in."""

    def __init__(self, number: int, inputs: Mapping[str, Sequence[str]]) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self._number = number
        self._forms = 0
        self._inside = False
        self._left = {name: list(values) for name, values in inputs.items() if name not in {"form", "verb", "ticked"}}
        # The boxes that the form says were ticked in it: those alone that the person changed are filled in.
        self._before = inputs["ticked"][0].split(",") if inputs.get("ticked") else None
        self._textarea = False
        self._choice: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = self._forms == self._number
            self._forms += 1
            if self._inside and "data-unsaved" in given:
                return self._write(tag, attrs, {"data-unsaved": "true"})
        if not self._inside:
            return self._as_it_is()
        match tag:
            case "input":
                return self._fill_input(attrs, given)
            case "textarea":
                value = self._next(given)
                self._as_it_is()
                if value is not None:
                    self._textarea = True
                    # HTML drops a line break at the beginning.
                    self.out.append(f"\n{escape(value)}")
                return None
            case "select":
                self._choice = self._next(given)
            case "option" if self._choice is not None:
                return self._write(
                    tag, attrs, {"selected": ""} if given.get("value") == self._choice else {}, "selected"
                )
        return self._as_it_is()

    def _fill_input(self, attrs: Attrs, given: Mapping[str, str | None]) -> None:
        kind, name = given.get("type") or "text", given.get("name") or ""
        if kind == "checkbox" and self._before is not None:
            number = given.get("value") or "on"
            ticked = number in self._left.get(name, [])
            if ticked == (number in self._before):
                return self._as_it_is()
            return self._write("input", attrs, {"checked": ""} if ticked else {}, "checked")
        if kind in TICKED:
            left = self._left.get(name, [])
            ticked = left[:1] == [given.get("value") or "on"]
            if ticked:
                left.pop(0)
            return self._write("input", attrs, {"checked": ""} if ticked else {}, "checked")
        value = self._next(given) if kind not in NOT_SENT else None
        return self._as_it_is() if value is None else self._write("input", attrs, {"value": value})

    def _next(self, given: Mapping[str, str | None]) -> str | None:
        values = self._left.get(given.get("name") or "")
        return values.pop(0) if values else None

    def _as_it_is(self) -> None:
        if not self._textarea:
            self.out.append(self.get_starttag_text() or "")

    def _write(self, tag: str, attrs: Attrs, changed: Mapping[str, str], *dropped: str) -> None:
        left = [(name, value or "") for name, value in attrs if name not in {*changed, *dropped}]
        inside = "".join(f' {name}="{escape(value)}"' for name, value in [*left, *changed.items()])
        self.out.append(f"<{tag}{inside}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._as_it_is()

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = False
        elif tag == "select":
            self._choice = None
        elif tag == "form":
            self._inside = False
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._textarea:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.handle_data(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.handle_data(f"<!{decl}>")


def refilled(page: str, inputs: Mapping[str, Sequence[str]]) -> str | None:
    """Return the page with ``inputs`` in the form they were written in; None if the page has no such form.

    Args:
        page: as the templates of the desk write it.
        inputs: as the form sent them, in its order, with its verb.
    """
    verb = [*inputs.get("verb", ()), ""][0]
    reader = _FormReader()
    reader.feed(page)
    number = next((number for number, form in enumerate(reader.forms) if form.fits(verb, inputs)), None)
    if number is None:
        return None
    filler = _Filler(number, inputs)
    filler.feed(page)
    filler.close()
    return "".join(filler.out)


def typed_texts(inputs: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return what looks written by a person, to copy where the form is gone."""
    values = (value.strip() for name, texts in inputs.items() if name not in _VERSIONS for value in texts)
    return tuple(value for value in values if any(letter.isspace() for letter in value))
