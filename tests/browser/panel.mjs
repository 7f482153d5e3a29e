// The part of the status page that component/panel.js makes, once a key is accepted.

import assert from "node:assert/strict";

/** Makes a transfer, and finds it and the new balances on the page. */
export async function panel(page) {
  const users = page.getByRole("table", { name: "Users" });
  const balance = async (user) => {
    const row = users.getByRole("row", { name: new RegExp(`^${user} `) });
    return Number((await row.getByRole("cell").last().innerText()).replaceAll(",", ""));
  };
  const [from, to] = [await balance("Sam"), await balance("Cem")];
  const note = `lunch, it's ${Date.now()}`;
  for (const [label, value] of [["From", "Sam"], ["To", "Cem"], ["Amount", "2"], ["Note", note]]) {
    await page.getByLabel(label, { exact: label === "To" || label === "From" }).fill(value);
  }
  const key = await page.getByLabel("Idempotency key").inputValue();
  const command = await page.getByRole("region", { name: "The same request by curl" }).innerText();
  assert.ok(command.includes(`'Idempotency-Key: ${key}'`) && command.includes(`it'\\''s`), command);

  await page.getByRole("button", { name: "Transfer" }).click();
  await page.getByText("Sam gave Cem 2.").waitFor();
  await page.getByRole("table", { name: "Newest transfers" }).getByRole("cell", { name: note }).waitFor();
  assert.deepEqual([await balance("Sam"), await balance("Cem")], [from - 2, to + 2]);
  assert.notEqual(await page.getByLabel("Idempotency key").inputValue(), key, "the next transfer is another");
}
