// Takes a picture of a terminal session: node tests/browser/terminal.mjs FILE PICTURE. The file has what the terminal got.

import { readFile } from "node:fs/promises";

import { open } from "./browser.mjs";

const [file, picture] = process.argv.slice(2);
const COLORS = { 31: "#ff8f86", 32: "#7ee2a8", 33: "#f0b84d", 34: "#7db4ff", 35: "#d7a6ff", 36: "#66d9e8", 90: "#9aa4af" };
const STYLE = `body { margin: 0; padding: 24px 28px; background: #111418; color: #e8eaed; width: max-content; }
  pre { margin: 0; font: 15px/1.55 ui-monospace, monospace; } .bold { font-weight: 700; } .dim { color: #9aa4af; }`;

/** Lines of HTML, for the escapes that set a colour or a weight. All others are removed. */
function html(text) {
  const escaped = text.replaceAll("\r", "").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  let isOpen = false;
  return escaped.replaceAll(/\x1b\[([\d;?]*)([A-Za-z])|\x1b\][^\x07]*\x07/g, (_, codes = "", kind) => {
    if (kind !== "m") return "";
    const numbers = codes.split(";").map(Number);
    const color = numbers.map((number) => COLORS[number > 90 ? number - 60 : number]).find(Boolean);
    const classes = [numbers.includes(1) && "bold", numbers.includes(2) && "dim"].filter(Boolean).join(" ");
    const end = isOpen ? "</span>" : "";
    isOpen = color !== undefined || classes !== "";
    return end + (isOpen ? `<span class="${classes}" ${color ? `style="color: ${color}"` : ""}>` : "");
  });
}

const session = html(await readFile(file, "utf8"));
await open("about:blank", "desktop", async (page) => {
  await page.setContent(`<!doctype html><style>${STYLE}</style><pre>${session}</pre>`);
  await page.locator("body").screenshot({ path: picture });
});
