// Shows the description by Swagger UI, whose requests go to where this page comes from.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const root = document.getElementById("swagger-ui");
/** Names of the security schemes that the setting `auth` accepts. */
const accepted = root.dataset.auth.split(" ").filter(Boolean);

/** Leaves the schemes that are not in force out, and gives each error one line. */
function shorten(description) {
  const { components, paths } = description;
  for (const operation of Object.values(paths).flatMap(Object.values)) {
    operation.security = operation.security.filter((scheme) => accepted.includes(Object.keys(scheme)[0]));
    for (const response of Object.values(operation.responses)) {
      const types = Object.keys(response.content?.["application/problem+json"]?.examples ?? {});
      if (types.length === 0) continue;
      response.description += ` ${types.map((type) => `\`${type}\``).join(" ")}`;
      delete response.content;
      delete response.headers;
    }
  }
  const schemes = Object.entries(components.securitySchemes).filter(([name]) => accepted.includes(name));
  components.securitySchemes = Object.fromEntries(schemes);
  // A list of one, which is this server.
  delete description.servers;
  return description;
}

/** The changes of components: what Swagger UI lacks for the keyboard and for screen readers. */
function accessible({ React: { createElement: element, useLayoutEffect, useRef } }) {
  const label = (text) => (Original) => (properties) => element(Original, { ...properties, "aria-label": text });

  function Page({ getComponent }) {
    const part = (name) => element(getComponent(name, true));
    return element("div", { className: "swagger-ui" },
      element("div", { className: "wrapper introduction" }, part("InfoContainer"), accepted.length > 0 && part("AuthorizeBtnContainer")),
      element("div", { className: "wrapper" },
        element("h2", { className: "unseen" }, "Operations"), part("errors"), part("operations")));
  }

  function Authorize({ authActions, authSelectors, errSelectors, specSelectors, getComponent, fn: { AST = {} } }) {
    const dialog = useRef(null);
    const close = () => authActions.showDefinitions(false);
    useLayoutEffect(() => {
      const shown = dialog.current;
      shown.showModal();
      shown.querySelector("input")?.focus();
      // Gives the focus back to the button.
      return () => shown.close();
    }, []);
    /** In a dialog, Tab leads from the last element to the first, without the browser's own buttons between them. */
    const turn = (event) => {
      if (event.key !== "Tab") return;
      const stops = [...dialog.current.querySelectorAll("a, button, input")];
      const [from, to] = event.shiftKey ? [stops.at(0), stops.at(-1)] : [stops.at(-1), stops.at(0)];
      if (document.activeElement !== from) return;
      event.preventDefault();
      to.focus();
    };
    const Schemes = getComponent("auths");
    const properties = { AST, authActions, authSelectors, errSelectors, specSelectors, getComponent };
    return element("dialog",
      { ref: dialog, role: "dialog", "aria-modal": true, "aria-labelledby": "authorize", onCancel: close, onKeyDown: turn },
      element("div", { className: "head" },
        element("h3", { id: "authorize" }, "Authorize"),
        element("button", { type: "button", "aria-label": "Close", className: "close", onClick: close }, "×")),
      element("p", {}, "After ", element("code", {}, "./hack/up"), ", the key is in ",
        element("code", {}, ".local/api-key"), ". This page keeps it in memory only."),
      authSelectors.shownDefinitions().valueSeq().map((definitions, index) =>
        element(Schemes, { key: index, definitions, ...properties })));
  }

  return {
    components: { Page },
    wrapComponents: {
      authorizationPopup: () => Authorize,
      // A link in a button is none.
      DeepLink: () => ({ text }) => element("span", {}, text),
      TextArea: label("Body of the request"),
      // Their labels are other words than their texts.
      Button: label(undefined),
    },
    statePlugins: {
      auth: {
        wrapActions: {
          authorizeWithPersistOption: (original, { authActions }) => (payload) => {
            original(payload);
            authActions.showDefinitions(false);
          },
        },
      },
    },
  };
}

async function show() {
  SwaggerUIBundle({
    spec: shorten(await loadDescription()),
    domNode: root,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [accessible],
    layout: "Page",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // A key that is kept in the browser outlives the visit, and every script of this origin can read it.
    persistAuthorization: false,
    // The validator is a service elsewhere.
    validatorUrl: null,
  });
}

show().catch((error) => { root.textContent = error.message; });
