// When a card is replaced where it stands, the reader should not lose the place: keyboard focus and what was typed.

const FOCUSABLE = "button, input, select, textarea, a[href], [tabindex='0']";

// Return where the focus is inside `element`, in terms that still mean something in the card that replaces it.
export function placeOf(element) {
  const active = document.activeElement;
  if (!active || !element.contains(active)) return null;
  const all = [...element.querySelectorAll(FOCUSABLE)];
  return {
    name: nameOf(active),
    tag: active.tagName,
    index: all.indexOf(active),
    start: "selectionStart" in active ? active.selectionStart : null,
  };
}

// Put the focus back: the same control, else the one that took its place, else the card itself.
export function returnTo(place, element) {
  if (!place) return;
  const all = [...element.querySelectorAll(FOCUSABLE)].filter((it) => !it.disabled && it.offsetParent !== null);
  const same = all.find((it) => it.tagName === place.tag && nameOf(it) === place.name);
  const target = same ?? element;
  if (target === element) element.tabIndex = -1;
  target.focus({ preventScroll: same !== undefined });
  if (same && place.start !== null && "setSelectionRange" in same && same.type !== "date") {
    try {
      same.setSelectionRange(place.start, place.start);
    } catch {
      // Inputs such as numbers have no caret position to set.
    }
  }
}

function nameOf(element) {
  return element.dataset.input ?? element.getAttribute("aria-label") ?? element.textContent.trim();
}

// Return what has been written or chosen in a card, in terms that outlive it: { id: [type, first value, value] }.
export function writtenIn(card) {
  const changed = (card?.getAllInputs() ?? []).filter(
    (input) => input.renderedElement && (input.value ?? "") !== (input.defaultValue ?? ""),
  );
  return Object.fromEntries(
    changed.map((input) => [input.id, [input.getJsonTypeName(), input.defaultValue ?? "", input.value ?? ""]]),
  );
}

// Put back what was written in an earlier rendering, where the card still asks for it; return what has no place yet.
export function putBack(card, written) {
  const left = { ...written };
  for (const input of card?.getAllInputs() ?? []) {
    const [type, first, value] = left[input.id] ?? [];
    if (!input.renderedElement || type === undefined) continue;
    delete left[input.id];
    if (type === input.getJsonTypeName() && first === (input.defaultValue ?? "")) put(input, value);
  }
  return left;
}

// Return what stands in the inputs of a card now, by their ids.
export function filledIn(card) {
  return new Map((card?.getAllInputs() ?? []).map((input) => [input.id, input.value]));
}

// Tell whether text written since it was `known` would have no place in the card that comes after.
export function wouldLose(before, known, after) {
  const later = new Map((after?.getAllInputs() ?? []).map((input) => [input.id, input]));
  const written = (before?.getAllInputs() ?? []).filter(
    (input) => input.getJsonTypeName() === "Input.Text" && input.value && input.value !== known.get(input.id),
  );
  return written.some((input) => !takesOver(later.get(input.id), input));
}

// Carry over what the person has filled in, for inputs that the new card has too and did not itself change.
export function carryOver(before, after) {
  if (!before || !after) return;
  const earlier = new Map(before.getAllInputs().map((input) => [input.id, input]));
  for (const input of after.getAllInputs()) {
    const old = earlier.get(input.id);
    if (!old || !takesOver(input, old)) continue;
    const typed = old.value;
    if (typed !== undefined && typed !== (old.defaultValue ?? "")) put(input, typed);
  }
}

function takesOver(input, old) {
  if (input?.getJsonTypeName() !== old.getJsonTypeName()) return false;
  return (old.defaultValue ?? "") === (input.defaultValue ?? "");
}

function put(input, value) {
  for (const control of input.renderedElement?.querySelectorAll("input, select, textarea") ?? []) {
    if (control.type === "checkbox" || control.type === "radio") {
      control.checked = input.getJsonTypeName() === "Input.Toggle"
        ? value === input.valueOn
        : String(value).split(",").includes(control.value);
    } else if (control.classList.contains("ac-choiceSetInput-filtered")) {
      control.value = input.choices.find((choice) => choice.value === value)?.title ?? "";
    } else if (!control.classList.contains("choice-filter")) {
      control.value = value;
    }
  }
}
