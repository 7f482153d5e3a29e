// Opens the pages of the documentation as a person would, on a desktop and on a phone, light and dark:
// node tests/browser/pages.mjs URL API_KEY DIRECTORY [OPEN_URL]. Pictures of them go into the directory.
// OPEN_URL has `auth = none`.

import assert from "node:assert/strict";
import { join } from "node:path";

import { fits, isAccessible, open } from "./browser.mjs";

const [url, key, directory, openToAll] = process.argv.slice(2);
const origin = new URL(url).origin;
/** Two screens of 900 px. */
const LONGEST_OPERATION = 1800;

for (const [screen, colorScheme] of [["desktop", "light"], ["desktop", "dark"], ["phone", "light"]]) {
  const suffix = colorScheme === "dark" ? "-dark" : "";
  await open(origin, screen, (page) => swaggerUi(page, screen, suffix), { colorScheme, refusals: [401] });
  await open(origin, screen, (page) => redoc(page, screen, suffix), { colorScheme });
}
if (openToAll) await open(new URL(openToAll).origin, "desktop", withoutKeys);

async function swaggerUi(page, screen, suffix) {
  await page.goto(`${origin}/docs`);
  await page.locator(".opblock").first().waitFor();
  await finish(page, screen, `swagger-ui${suffix}`);
  await authorize(page, screen, "a wrong key");
  const operation = page.locator(".opblock-get", { has: page.locator('[data-path="/hello_world"]') });
  await operation.locator(".opblock-summary-control").click();
  await fits(page, screen, "an operation");
  const answer = operation.locator(".live-responses-table .response");
  await operation.getByRole("button", { name: "Execute" }).click();
  await answer.getByText(/The key in the header X-API-KEY is not one of this API's/).waitFor();

  await authorize(page, screen, key);
  await operation.getByRole("button", { name: "Execute" }).click();
  await answer.getByText(/Hello World!/).waitFor();
  await isAccessible(page, "an answer");
  assert.equal((await answer.locator(".response-col_status").innerText()).trim().split(/\s/)[0], "200");
  await operation.locator(".opblock-summary-control").click();
  await operations(page, screen, suffix);
}

/** Opens the dialog, uses it by the keyboard alone, and sets the key. */
async function authorize(page, screen, value) {
  const button = page.getByRole("button", { name: "Authorize", exact: true });
  const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
  await button.click();
  const dialog = page.getByRole("dialog", { name: "Authorize" });
  const logout = dialog.getByRole("button", { name: "Logout" });
  if (await logout.isVisible()) await logout.click();
  assert.equal(await dialog.getAttribute("aria-modal"), "true");
  assert.equal(await dialog.locator(".auth-container").count(), 1, "schemes in force");
  await dialog.getByText("After ./hack/up, the key is in .local/api-key.").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await isFocused(button), "the focus returns");

  await button.click();
  const field = dialog.getByRole("textbox");
  assert.ok(await isFocused(field), "the field has the focus");
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press(step % 3 === 2 ? "Shift+Tab" : "Tab");
    assert.ok(await dialog.evaluate((element) => element.contains(document.activeElement)), `step ${step}`);
  }
  await fits(page, screen, "the dialog");
  await isAccessible(page, "the dialog");
  await field.fill(value);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
}

/** Each operation with a body fits two screens. The picture is of the last. */
async function operations(page, screen, suffix) {
  const operations = await page.locator(".opblock-post, .opblock-put").all();
  assert.ok(operations.length > 0);
  for (const operation of operations) {
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".responses-table").first().waitFor();
    await page.waitForTimeout(500);
    const { height } = await operation.boundingBox();
    if (screen === "desktop") assert.ok(height <= LONGEST_OPERATION, `an operation has ${height} px`);
    if (operation !== operations.at(-1)) await operation.locator(".opblock-summary-control").click();
  }
  await operations.at(-1).evaluate((element) => element.scrollIntoView());
  await page.evaluate(() => scrollBy(0, -60));
  await finish(page, screen, `swagger-ui-operation${suffix}`);
}

async function redoc(page, screen, suffix) {
  await page.goto(`${origin}/redoc`);
  await page.locator('[data-section-id*="get_index"], [id*="get_index"]').first().waitFor();
  await finish(page, screen, `redoc${suffix}`);
  assert.ok(!(await page.locator("main").innerText()).includes("`"), "raw backticks");
  const headings = await page.locator("main h2").allInnerTexts();
  assert.deepEqual(headings.filter((text) => text.length > 40), [], "short headings");
  if (screen === "phone") return;
  await page.getByPlaceholder("Search...").fill("greet");
  const found = page.locator('[data-role="search:results"] [role="menuitem"]');
  await found.first().waitFor();
  assert.match(await found.first().innerText(), /greet/i);
}

/** Without a scheme in force there is nothing to authorize by. */
async function withoutKeys(page) {
  await page.goto(new URL("/docs", openToAll).href);
  const operation = page.locator(".opblock-get", { has: page.locator('[data-path="/hello_world"]') });
  await operation.locator(".opblock-summary-control").click();
  assert.equal(await page.getByRole("button", { name: /authoriz/i }).count(), 0);
  await operation.getByRole("button", { name: "Execute" }).click();
  await operation.locator(".live-responses-table").getByText(/Hello World!/).waitFor();
  await finish(page, "desktop", "swagger-ui-open");
}

async function finish(page, screen, name) {
  await page.waitForLoadState("networkidle");
  await fits(page, screen, name);
  await isAccessible(page, name);
  await page.screenshot({ path: join(directory, `${name}-${screen}.png`) });
}
