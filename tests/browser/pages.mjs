// Opens the pages of the documentation as a person would, on a desktop and on a phone:
// node tests/browser/pages.mjs URL API_KEY DIRECTORY. Pictures of them go into the directory.

import assert from "node:assert/strict";
import { join } from "node:path";

import { fits, open } from "./browser.mjs";

const [url, key, directory] = process.argv.slice(2);
const origin = new URL(url).origin;

for (const screen of ["desktop", "phone"]) {
  await open(origin, screen, (page) => swaggerUi(page, screen));
  await open(origin, screen, (page) => redoc(page, screen));
}

async function swaggerUi(page, screen) {
  await page.goto(`${origin}/docs`);
  await page.locator(".opblock").first().waitFor();
  await finish(page, screen, "swagger-ui");

  await page.getByRole("button", { name: "Authorize" }).click();
  const dialog = page.locator(".dialog-ux");
  const scheme = dialog.locator(".auth-container", { hasText: "X-API-KEY" });
  await scheme.getByRole("textbox").fill(key);
  await fits(page, screen, "the dialog");
  await scheme.getByRole("button", { name: "Apply credentials" }).click();
  await scheme.getByRole("button", { name: "Close", exact: true }).click();
  await dialog.waitFor({ state: "detached" });

  const operation = page.locator(".opblock-get", { has: page.locator('[data-path="/hello_world"]') });
  await operation.locator(".opblock-summary-control").click();
  await fits(page, screen, "an operation");
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table .response");
  await answer.waitFor();
  assert.equal((await answer.locator(".response-col_status").innerText()).trim().split(/\s/)[0], "200");
  const body = await answer.locator(".response-col_description").innerText();
  assert.match(body, /Hello World!/);
  await finish(page, screen, "swagger-ui-answer");
}

async function redoc(page, screen) {
  await page.goto(`${origin}/redoc`);
  await page.locator('[data-section-id*="get_index"], [id*="get_index"]').first().waitFor();
  await finish(page, screen, "redoc");
  if (screen === "phone") return;
  await page.getByPlaceholder("Search...").fill("greet");
  const found = page.locator('[data-role="search:results"] [role="menuitem"]');
  await found.first().waitFor();
  assert.match(await found.first().innerText(), /greet/i);
}

async function finish(page, screen, name) {
  await page.waitForLoadState("networkidle");
  await fits(page, screen, name);
  await page.screenshot({ path: join(directory, `${name}-${screen}.png`) });
}
