// Shows the document by Swagger UI, whose requests go to where this page comes from.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("swagger-ui"),
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // A key that is kept in the browser outlives the visit, and every script of this origin can read it.
  persistAuthorization: false,
  // The validator is a service elsewhere.
  validatorUrl: null,
});
