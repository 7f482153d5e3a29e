// The description for both viewers. What all operations share is in its introduction only.
"use strict";

async function loadDescription() {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`GET /openapi.json responds ${response.status}.`);
  const description = await response.json();
  const { components, info, paths } = description;
  const isOwn = (item) => !("$ref" in item);
  for (const operation of Object.values(paths).flatMap(Object.values)) {
    operation.parameters = operation.parameters?.filter(isOwn);
    for (const [status, response] of Object.entries(operation.responses)) {
      const own = Object.entries(response.headers ?? {}).filter(([, header]) => isOwn(header));
      response.headers = Object.fromEntries(own);
      if (status === "304" || Object.keys(response.headers).length === 0) delete response.headers;
    }
  }
  info.description += `\n\n${shared(components)}`;
  return description;
}

function shared({ headers, parameters, examples }) {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const cell = (text) => `<td>${escaped(text).replaceAll(/`(.*?)`/g, "<code>$1</code>")}</td>`;
  const row = (name, text) => `<tr><td><code>${name}</code></td>${cell(text)}</tr>`;
  const rows = [
    ...Object.values(parameters).map(({ name, description }) => row(name, `Request: ${description}`)),
    ...Object.entries(headers).map(([name, { description }]) => row(name, `Response: ${description}`)),
  ];
  const problem = JSON.stringify(examples["not-found"].value, null, 2);
  return `<details><summary>Headers of all operations</summary><table><tbody>${rows.join("")}</tbody></table></details>
<details><summary>Body of all errors</summary><pre>${escaped(problem)}</pre></details>`;
}
