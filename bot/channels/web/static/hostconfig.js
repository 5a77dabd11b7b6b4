// How cards look. Colours are the page's own variables, so that light and dark need no second rendering.

import { t } from "./texts.js";

const AC = window.AdaptiveCards;

const COLOURS = {
  default: { default: "var(--text)", subtle: "var(--subtle)" },
  dark: { default: "var(--text)", subtle: "var(--subtle)" },
  light: { default: "var(--text)", subtle: "var(--subtle)" },
  accent: { default: "var(--accent)", subtle: "var(--accent)" },
  good: { default: "var(--good)", subtle: "var(--good)" },
  warning: { default: "var(--warning)", subtle: "var(--warning)" },
  attention: { default: "var(--attention)", subtle: "var(--attention)" },
};

const container = (name) => ({
  backgroundColor: `var(--on-${name})`,
  borderColor: `var(--edge-${name})`,
  foregroundColors: COLOURS,
});

export function hostConfig() {
  const config = new AC.HostConfig(look());
  // The renderer overwrites these two while it is made; a word says more than its asterisk.
  config.inputs.label.requiredInputs.suffix = ` ${t("web.card.required")}`;
  config.inputs.label.requiredInputs.suffixColor = AC.TextColor.Default;
  return config;
}

function look() {
  return {
    supportsInteractivity: true,
    fontFamily: "inherit",
    fontTypes: {
      default: { fontFamily: "inherit", ...type() },
      monospace: { fontFamily: "ui-monospace, Consolas, 'Courier New', monospace", ...type() },
    },
    lineHeights: { small: 20, default: 24, medium: 26, large: 28, extraLarge: 34 },
    spacing: { small: 6, default: 12, medium: 16, large: 24, extraLarge: 32, padding: 16 },
    separator: { lineThickness: 1, lineColor: "var(--line)" },
    imageSizes: { small: 40, medium: 80, large: 160 },
    containerStyles: Object.fromEntries(
      ["default", "emphasis", "accent", "good", "warning", "attention"].map((name) => [name, container(name)]),
    ),
    actions: {
      maxActions: 8,
      spacing: "Default",
      buttonSpacing: 8,
      showCard: { actionMode: "Inline", inlineTopMargin: 12, style: "emphasis" },
      actionsOrientation: "Horizontal",
      actionAlignment: "Left",
      allowTitleToWrap: true,
    },
    textBlock: { headingLevel: 2 },
    textStyles: { heading: { size: "Medium", weight: "Bolder" }, columnHeader: { weight: "Bolder" } },
    factSet: {
      title: { weight: "Bolder", wrap: true, maxWidth: 160 },
      value: { wrap: true },
      spacing: 12,
    },
    inputs: {
      label: {
        inputSpacing: "Small",
        requiredInputs: { weight: "Bolder" },
        optionalInputs: { weight: "Bolder" },
      },
      errorMessage: { color: "Attention", weight: "Bolder", spacing: "Small" },
    },
    adaptiveCard: { allowCustomStyle: false },
    imageSet: { imageSize: "Medium", maxImageHeight: 160 },
    media: { allowInlinePlayback: false },
  };
}

function type() {
  return {
    fontSizes: { small: 14, default: 16, medium: 18, large: 21, extraLarge: 26 },
    fontWeights: { lighter: 400, default: 400, bolder: 600 },
  };
}
