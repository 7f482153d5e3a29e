// Opens the API's own pages as a person would, on a desktop and on a phone, light and dark:
// node tests/browser/status.mjs URL API_KEY DIRECTORY [BROKEN_URL OFF_URL]. Pictures of them go into the directory.
// BROKEN_URL has settings that can't be used, OFF_URL has `metrics = off` and `docs_enabled = false`.
// With PICTURES it waits until the charts have something to show.

import assert from "node:assert/strict";
import { join } from "node:path";

import { fits, isAccessible, open } from "./browser.mjs";
import { panel } from "./panel.mjs";

const [url, key, directory, broken, off] = process.argv.slice(2);
const origin = new URL(url).origin;
const SCREENS = [["desktop", "light", "index"], ["desktop", "dark", "index-dark"], ["phone", "light", "index"]];

// Traffic for the charts. It ends with the process.
const load = setInterval(() => {
  for (const path of ["/hello_world", "/hello_world", "/current_time?name=Ada"]) {
    const sent = Math.random() < 0.1 ? "wrong" : key;
    if (Math.random() < 0.3) continue;
    fetch(`${origin}${path}`, { headers: { "X-API-KEY": sent } }).then((response) => response.text(), () => {});
  }
}, 60);

for (const [screen, colorScheme, name] of SCREENS) {
  await open(origin, screen, (page) => status(page, screen, name), { colorScheme, refusals: [401] });
  await open(origin, screen, (page) => plain(page, screen), { colorScheme, refusals: [404] });
  if (!broken) continue;
  const visit = (page) => misconfigured(page, screen, `broken-${colorScheme}`);
  await open(new URL(broken).origin, screen, visit, { colorScheme, refusals: [503] });
}
await open(origin, "desktop", pauses);
if (off) await open(new URL(off).origin, "desktop", reduced, { refusals: [404] });
clearInterval(load);

async function status(page, screen, name) {
  await page.goto(`${origin}/`);
  assert.match(await page.title(), /^Status · /);
  await page.getByRole("status").filter({ hasText: /^Ready$/ }).waitFor();
  assert.equal(await page.locator("section .good").count(), 3, "checks");
  await page.getByText("Counting for").waitFor();

  const chart = page.getByRole("img", { name: /^Requests: [1-9]/ });
  await chart.locator("path.area").waitFor();
  const line = () => chart.locator("path.area").getAttribute("d");
  const first = await line();
  await page.waitForFunction((old) => document.querySelector("path.area")?.getAttribute("d") !== old, first);
  await page.getByText(/^p50: (≤0\.5|\d.*) ms$/).waitFor();
  for (const unit of ["/s", " %", " ms"]) await page.getByText(new RegExp(`^scale: 0 to .*${unit}$`)).waitFor();
  const endpoint = page.getByRole("row", { name: "/hello_world" });
  assert.match(await endpoint.innerText(), /\d\/s/);
  assert.equal(await endpoint.getByRole("img").count(), 3, "charts of an endpoint");
  await isAccessible(page, `${name} without a key`);

  await page.getByLabel("API key or bearer token").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText(/does not accept this key \(401\)\. After \.\/hack\/up, the key is in \.local/).waitFor();
  await page.getByLabel("API key or bearer token").fill(key);
  await page.keyboard.press("Enter");
  await page.getByText("The server accepts this key.").waitFor();
  await panel(page);
  if (process.env.PICTURES) await page.waitForTimeout(30_000);
  const { width, height } = page.viewportSize();
  await finish(page, screen, name, { fullPage: true, clip: { x: 0, y: 0, width, height: 1.4 * height } });
  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(kept, [0, 0, ""], "the key is in memory only");
  await page.getByRole("button", { name: "Forget" }).click();
  await page.getByText("The key is forgotten.").waitFor();

  await leave(page);
  for (const path of ["/docs", "/redoc"]) {
    await page.goto(`${origin}/`);
    await page.getByText("Counting for").waitFor();
    await leave(page);
    await page.click(`a[href="${path}"]`);
    await page.waitForURL(`${origin}${path}`);
    await page.waitForLoadState("networkidle");
  }
}

async function plain(page, screen) {
  for (const [path, title] of [["/nope", "No such resource"], ["/readiness", "Ready"], ["/health", "Healthy"]]) {
    await page.goto(`${origin}${path}`);
    await shows(page, title);
    await leads(page, ["/", "/docs", "/redoc", "/readiness", "/metrics"]);
    await finish(page, screen, path.slice(1));
  }
}

async function misconfigured(page, screen, name) {
  await page.goto(broken);
  await shows(page, "Service misconfigured");
  for (const variable of ["auth", "log_level"]) {
    await page.locator(".bad dt", { hasText: variable }).waitFor();
  }
  // The documentation has the same settings.
  await leads(page, ["/", "/readiness", "/metrics"]);
  await finish(page, screen, name);
  await page.goto(new URL("/readiness", broken).href);
  await shows(page, "Not ready");
  await finish(page, screen, `${name}-readiness`);
}

function hide(page, hidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { get: () => value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** Waits until no request is under way: one that the page leaves behind would be a failed one. */
async function leave(page) {
  await hide(page, true);
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(1_000);
}

/** A hidden tab sends nothing. */
async function pauses(page) {
  const seen = [];
  page.on("request", (request) => seen.push(new URL(request.url()).pathname));
  await page.goto(`${origin}/`);
  await page.getByText("Counting for").waitFor();
  await hide(page, true);
  await page.waitForTimeout(500);
  seen.length = 0;
  await page.waitForTimeout(4_000);
  assert.deepEqual(seen, [], "requests of a hidden tab");
  const next = page.waitForRequest((request) => request.url().endsWith("/metrics"));
  await hide(page, false);
  await next;
  await page.waitForLoadState("networkidle");
}

async function reduced(page) {
  await page.goto(off);
  await page.getByText("There are no metrics here").waitFor();
  assert.equal(await page.locator('a[href="/docs"], a[href="/redoc"]').count(), 0);
  await page.getByLabel("API key or bearer token").fill(key);
  await page.keyboard.press("Enter");
  await page.getByText("The server accepts this key.").waitFor();
  await finish(page, "desktop", "off");
}

/** The links of the navigation. */
async function leads(page, expected) {
  const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link");
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => link.getAttribute("href"))), expected);
}

/** The heading, and the style sheet. */
async function shows(page, title) {
  assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), title);
  assert.ok((await page.title()).startsWith(`${title} · `));
  const radius = await page.locator("main dl").evaluate((list) => getComputedStyle(list).borderRadius);
  assert.equal(radius, "12px", "the style sheet is loaded");
}

async function finish(page, screen, name, options = {}) {
  await page.waitForLoadState("networkidle");
  await fits(page, screen, name);
  await isAccessible(page, name);
  await page.screenshot({ path: join(directory, `${name}-${screen}.png`), ...options });
}
