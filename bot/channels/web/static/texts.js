// The page's sentences in the language the server chose.

let sentences = {};
let language = "nb";
let ofMessages = {};

export function speak(settings) {
  sentences = settings.texts;
  language = settings.language;
  ofMessages = settings.of_messages ?? ofMessages;
  document.documentElement.lang = language;
  document.title = t("web.title");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = t(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", t(element.dataset.label));
  }
  for (const element of document.querySelectorAll("[data-placeholder]")) {
    element.placeholder = t(element.dataset.placeholder);
  }
}

// Run `build` with the sentences of a message's language, which may be another one than the page's.
export function inLanguage(spoken, build) {
  const before = [sentences, language];
  if (ofMessages[spoken]) [sentences, language] = [{ ...sentences, ...ofMessages[spoken] }, spoken];
  try {
    return build();
  } finally {
    [sentences, language] = before;
  }
}

// Return a sentence with its {names} filled in. A sentence that is not there reads as its key: visible, not fatal.
export function t(key, values = {}) {
  return fill(sentences[key] ?? key, values);
}

export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// Browsers have no Nynorsk: asked for it, they write times and days in a language of their own choice. It is as in Bokmål,
// but for three days.
const LOCALES = { nb: "nb-NO", nn: "nb-NO", en: "en-GB" };

const NYNORSK_DAYS = { mandag: "måndag", tirsdag: "tysdag", lørdag: "laurdag" };

export function timeOf(date) {
  return new Intl.DateTimeFormat(LOCALES[language], { hour: "2-digit", minute: "2-digit" }).format(date);
}

export function dayOf(date, today = new Date()) {
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(today) - midnight(date)) / 86_400_000);
  if (days === 0) return t("web.day.today");
  if (days === 1) return t("web.day.yesterday");
  const year = date.getFullYear() === today.getFullYear() ? {} : { year: "numeric" };
  const format = new Intl.DateTimeFormat(LOCALES[language], { weekday: "long", day: "numeric", month: "long", ...year });
  const written = format.formatToParts(date).map(({ type, value }) =>
    language === "nn" && type === "weekday" ? (NYNORSK_DAYS[value] ?? value) : value,
  );
  return written.join("");
}
