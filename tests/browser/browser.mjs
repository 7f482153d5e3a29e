// A Chromium that tells what a page did wrong. It reaches the served origin and nothing else.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const tools = createRequire(new URL("../../target/tools/node/", import.meta.url));
const { chromium } = tools("playwright-core");
const axe = tools("axe-core").source;

/** How long anything may take, in milliseconds: a busy machine starts a browser in ten seconds. */
const TIMEOUT = 30_000;

const DESKTOP = { viewport: { width: 1280, height: 720 } };
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/**
 * Calls `visit` with a page on a screen of a desktop or of a phone, and throws if that page has asked
 * another origin than `origin`, failed a request, broken its policy, or written to the console. Responses with one of
 * the statuses `refusals` are no failure.
 */
export async function open(origin, screen, visit, { colorScheme = "light", refusals = [] } = {}) {
  const arguments_ = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  // Its sandbox refuses to run as root.
  const chromiumSandbox = process.getuid() !== 0;
  const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: arguments_, chromiumSandbox, timeout: TIMEOUT });
  try {
    const context = await browser.newContext({ ...(screen === "phone" ? PHONE : DESKTOP), colorScheme });
    context.setDefaultTimeout(TIMEOUT);
    const faults = [];
    await watch(context, origin, faults);
    const page = await context.newPage();
    const result = await visit(page);
    // What is wrong may be told a moment late.
    await page.waitForTimeout(300);
    const refusal = (status) => new RegExp(`^(console: .* status of )?${status}\\b`);
    const unexpected = faults.filter((fault) => !refusals.some((status) => refusal(status).test(fault)));
    if (unexpected.length > 0) throw new Error(`${page.url()} on a ${screen}:\n${unexpected.join("\n")}`);
    return result;
  } finally {
    await browser.close();
  }
}

async function watch(context, origin, faults) {
  context.on("request", (request) => {
    const url = new URL(request.url());
    const isLocal = url.protocol === "data:" || url.protocol === "blob:";
    if (!isLocal && url.origin !== origin) faults.push(`request to ${url}`);
  });
  context.on("requestfailed", (request) => faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  context.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} from ${response.url()}`);
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`exception: ${error.error()}`));
  await context.exposeFunction("reportViolation", (text) => faults.push(`policy: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
}

/** The page itself must not scroll sideways; what is wide in it may. */
export async function fits(page, screen, what) {
  if (screen !== "phone") return;
  const width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  const most = PHONE.viewport.width;
  assert.ok(width <= most, `${what} is ${width} px wide on a phone`);
}

/** Contrast, landmarks, names and roles, by axe. */
export async function isAccessible(page, what) {
  await page.evaluate(axe);
  // A colour in transition has another contrast.
  await page.evaluate(() => {
    for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
  });
  const { violations } = await page.evaluate(() => window.axe.run());
  const found = violations.map(({ id, help, nodes }) => [`${id}: ${help}`, ...nodes.map(({ html }) => html)].join("\n  "));
  assert.equal(found.join("\n"), "", what);
}
