// The part of the status page that component/panel.js makes, once a key is accepted.

import assert from "node:assert/strict";

/** Creates a note, and finds it on the page. */
export async function panel(page) {
  const text = `it's ${Date.now()}`;
  await page.getByLabel("Text").fill(text);
  const command = await page.getByRole("region", { name: "The same request by curl" }).innerText();
  assert.ok(command.includes(`it'\\''s`), command);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText("The note is created.").waitFor();
  await page.getByRole("table", { name: "Notes" }).getByRole("cell", { name: text }).waitFor();
}
