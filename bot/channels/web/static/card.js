// Adaptive Cards, shown with Microsoft's renderer.

import { filterChoices, showChosen } from "./choosing.js";
import { make } from "./dom.js";
import { hostConfig } from "./hostconfig.js";
import { forTab } from "./identity.js";
import { markdownToHtml } from "./markdown.js";
import { UNSUPPORTED, prepareCard } from "./prepare.js";
import { inLanguage, t } from "./texts.js";

const AC = window.AdaptiveCards;
AC.GlobalSettings.setTabIndexAtCardRoot = false;
AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = markdownToHtml(text);
  result.didProcess = true;
};
AC.AdaptiveCard.onInlineCardExpanded = (action, expanded) => {
  if (expanded) action.card.renderedElement?.scrollIntoView({ block: "nearest" });
};

// Return { card, element }, or null when the card cannot be shown at all.
// asks: { press(verb, data), say(text), tell(notice), unfolded() }.
export function renderCard(payload, language, asks) {
  try {
    AC.Strings.defaults.overflowButtonTooltip = () => t("web.card.more");
    const card = new AC.AdaptiveCard();
    card.hostConfig = hostConfig();
    card.onExecuteAction = (action) => execute(action, asks);
    card.onInlineCardExpanded = (action, expanded) => {
      if (!expanded) return;
      inLanguage(language, () => finish(action.card, action.card.renderedElement));
      asks.unfolded();
    };
    card.parse(prepareCard(payload));
    const element = card.render();
    if (!element || card.getItemCount() + card.getActionCount() === 0) return null;
    finish(card, element);
    watch(element);
    return { card, element };
  } catch (fault) {
    console.error("This card cannot be shown.", fault);
    return null;
  }
}

function execute(action, asks) {
  switch (action.getJsonTypeName()) {
    case "Action.OpenUrl":
      open(action.url, asks);
      break;
    case "Action.Execute":
      asks.press(action.verb, action.data ?? {});
      break;
    case "Action.Submit":
      submit(action, asks);
      break;
    case "Action.ToggleVisibility":
      queueMicrotask(() => tellWhatIsShown(action)); // the renderer shows and hides after this
      break;
  }
}

// The last of the parts that such an action shows or hides is the one it is named after.
function tellWhatIsShown(action) {
  const pressed = action.renderedElement ?? action.parent?.renderedElement;
  const parts = Object.keys(action.targetElements).map((id) => action.parent?.getRootElement().getElementById(id));
  pressed?.setAttribute("aria-expanded", String(parts.at(-1)?.isVisible ?? false));
  // The renderer says it of the parts themselves, which are no controls.
  for (const part of parts) part?.renderedElement?.removeAttribute("aria-expanded");
}

function submit(action, asks) {
  const { msteams, verb, ...data } = action.data ?? {};
  const said = msteams?.type === "imBack" ? msteams.value : msteams?.type === "messageBack" ? msteams.text : null;
  if (action.id === UNSUPPORTED) asks.tell(t("web.card.button_unsupported"));
  else if (said) asks.say(String(said));
  else if (verb) asks.press(verb, data);
  else asks.tell(t("web.card.button_unsupported"));
}

function open(url, asks) {
  let target;
  try {
    target = new URL(url, location.href);
  } catch {
    target = null;
  }
  if (target && (target.protocol === "https:" || target.origin === location.origin)) {
    window.open(forTab(target.href), "_blank", "noopener,noreferrer");
  } else {
    asks.tell(t("web.card.link_refused"));
  }
}

let cards = 0;
const finished = new WeakSet();

// What the renderer leaves undone for keyboard and screen reader. A card that is folded in is drawn when it unfolds.
function finish(card, element) {
  cards += 1;
  setIdsApart(element);
  for (const input of card.getAllInputs()) {
    const rendered = input.renderedElement;
    if (!rendered || finished.has(rendered)) continue;
    finished.add(rendered);
    const controls = [...rendered.querySelectorAll("input, select, textarea")];
    for (const control of controls) {
      const choice = control.type === "checkbox" || control.type === "radio";
      control.dataset.input = choice ? `${input.id}=${control.value}` : input.id;
      if (control.type === "radio") control.name = `${control.name}-${cards}`;
      if (input.isRequired) control.setAttribute("aria-required", "true");
    }
    labelGroup(input, rendered);
    showChosen(input, rendered);
    filterChoices(input, rendered);
  }
  for (const action of card.getAllActions()) {
    if (action.getJsonTypeName() === "Action.ToggleVisibility") tellWhatIsShown(action);
  }
  for (const inline of element.querySelectorAll("[aria-live]")) inline.removeAttribute("aria-live");
}

// Cards name their inputs alike, and some as parts of this page are named. The renderer's own ids are unique already.
function setIdsApart(element) {
  const named = (id) => (/^(__ac-|ac-|card-\d+-)/.test(id) ? id : `card-${cards}-${id}`);
  for (const each of [element, ...element.querySelectorAll("[id], [aria-controls]")]) {
    if (each.id) each.id = named(each.id);
    const controls = each.getAttribute("aria-controls");
    if (controls) each.setAttribute("aria-controls", controls.split(" ").map(named).join(" "));
  }
}

function watch(element) {
  new MutationObserver((changes) => changes.forEach((change) => markInvalid(change.target))).observe(element, {
    attributeFilter: ["class"],
    subtree: true,
  });
}

function labelGroup(input, rendered) {
  if (input.getJsonTypeName() !== "Input.ChoiceSet" || !(input.isMultiSelect || input.style === "expanded")) return;
  const group = rendered?.querySelector(".ac-choiceSetInput-expanded, .ac-choiceSetInput-multiSelect");
  const label = rendered?.querySelector("label[id]");
  if (!group) return;
  group.setAttribute("role", input.isMultiSelect ? "group" : "radiogroup");
  if (input.isRequired && !input.isMultiSelect) group.setAttribute("aria-required", "true");
  if (label && label.htmlFor === group.id) group.setAttribute("aria-labelledby", label.id);
}

function markInvalid(control) {
  if (!control.classList.contains("ac-input")) return;
  const controls = control.matches("input, select, textarea") ? [control] : control.querySelectorAll("input");
  const invalid = control.classList.contains("ac-input-validation-failed");
  for (const one of controls) {
    if (invalid) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
  }
}

export function cardFallback(text) {
  return make("p", { class: "hint" }, text);
}
