// Shows the description by ReDoc, in fonts that the reader has, light or dark.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
// ReDoc takes its colours once.
dark.addEventListener("change", () => location.reload());
document.documentElement.classList.toggle("dark-mode", dark.matches);

const bar = document.querySelector(".bar");
const text = "system-ui, sans-serif";
const code = "ui-monospace, monospace";
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
const [ink, dim, page, card, line, mark, bad] = ["ink", "dim", "page", "card", "line", "mark", "bad"].map(color);
const box = { backgroundColor: page, color: ink, tabTextColor: "#e8eaed" };
const method = dark.matches
  ? { get: "#2f6fb5", post: "#0f7d6c", put: "#96650f", delete: "#c0392f" }
  : { get: "#1d5fa8", post: "#0b6e5f", put: "#8a5300", delete: "#b3261e" };

const options = {
  hideDownloadButton: true,
  hideSchemaPattern: true,
  nativeScrollbars: true,
  // What is scrolled to must not end up behind the bar, which stays.
  scrollYOffset: () => bar.offsetHeight,
  theme: {
    spacing: { sectionVertical: 20 },
    colors: {
      primary: { main: mark },
      success: { main: mark, light: card, dark: mark, contrastText: card },
      error: { main: bad, light: card, dark: bad, contrastText: card },
      warning: { main: dim, light: card, dark: dim, contrastText: card },
      text: { primary: ink, secondary: dim },
      border: { light: line, dark: line },
      gray: { 50: page, 100: line },
      http: { ...method, head: dim, options: dim, patch: method.put, basic: dim, link: dim },
      responses: {
        success: { color: mark, backgroundColor: page, tabTextColor: "#4fd1b5" },
        error: { color: bad, backgroundColor: page, tabTextColor: "#ff8f86" },
        redirect: box,
        info: box,
      },
    },
    schema: {
      nestedBackground: page, linesColor: line, typeNameColor: dim, typeTitleColor: dim, requireLabelColor: bad,
      labelsTextSize: "0.9em", nestingSpacing: "1em",
    },
    typography: {
      fontFamily: text,
      fontSize: "15px",
      headings: { fontFamily: text, fontWeight: "600" },
      code: { fontFamily: code, color: ink, backgroundColor: page },
      links: { color: mark, visited: mark, hover: mark },
    },
    sidebar: { backgroundColor: page, textColor: ink, activeTextColor: mark, arrow: { color: ink } },
    rightPanel: { backgroundColor: "#1a1f25", textColor: "#e8eaed" },
    codeBlock: { backgroundColor: "#111418" },
  },
};

const root = document.getElementById("redoc");
// ReDoc's headings leave levels out.
const setLevel = () => root.querySelectorAll("h5:not([aria-level])").forEach((it) => it.setAttribute("aria-level", 3));
new MutationObserver(setLevel).observe(root, { childList: true, subtree: true });
loadDescription().then(
  (description) => Redoc.init(description, options, root),
  (error) => { root.textContent = error.message; },
);
