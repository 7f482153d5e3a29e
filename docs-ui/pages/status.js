// The status page: readiness, traffic, and the API's own panel. Everything comes from this origin.
import panelOf from "./panel.js";

const BUILD = { revision: "{revision}", wasi: "{wasi}" };
/** In milliseconds: between two refreshes, what the charts show, and what one point of them covers. */
const PERIOD = 3_000, SHOWN = 300_000, COVERED = 15_000;
const PROBES = ["/health", "/healthcheck", "/readiness", "/metrics"];
const KEY_HINT = "After ./hack/up, the key is in .local/api-key.";

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

const card = (id, title, ...children) =>
  element("section", { class: "card", "aria-labelledby": id }, element("h2", { id }, title), ...children);

// ---- Requests

/** A response that is no success, or none at all (status 0). */
class Refusal extends Error {
  constructor(status, problem) {
    const detail = problem?.detail ?? "";
    const said = `${problem?.title ?? "Refused"} (${status}). ${detail}`.trim();
    super(status === 0 ? "The server does not answer." : said);
    this.status = status;
    this.body = problem;
  }
}

/** Kept in this variable alone, so it ends with the page. */
let key = "";

async function call(path, { method = "GET", headers = {}, body } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  // A JSON object in base64 begins so, and no key of this API does.
  if (key) sent[key.startsWith("eyJ") ? "Authorization" : "X-API-KEY"] = key.startsWith("eyJ") ? `Bearer ${key}` : key;
  let response;
  try {
    response = await fetch(path, { method, headers: sent, body: body && JSON.stringify(body), cache: "no-store" });
  } catch {
    throw new Refusal(0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(response.status, answer);
  return { answer, headers: response.headers };
}

/** The same request for a terminal, where the key is read from its file, or a token from a variable. */
function curl(path, { method = "GET", headers = {}, body } = {}) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const isToken = key.startsWith("eyJ");
  const parts = [isToken ? 'curl -H "Authorization: Bearer $TOKEN"' : 'curl -H "X-API-KEY: $(cat .local/api-key)"'];
  if (method !== "GET" && method !== "POST") parts.push(`--request ${method}`);
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`--json ${quoted(JSON.stringify(body))}`);
  return `${parts.join(" \\\n  ")} \\\n  ${location.origin}${path}`;
}

// ---- Readiness and facts

const main = document.querySelector("main");
const facts = main.querySelector("dl");
const state = element("span", { class: "state", role: "status" }, "Checking");
const checks = element("dl");
const readiness = card("readiness", "Readiness", checks);

function fact(name, value) {
  const known = [...facts.querySelectorAll("dt")].find((term) => term.textContent === name);
  if (known) known.nextElementSibling.textContent = value;
  else facts.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
}

/** `GET /` as a page has the names of its JSON. */
function named(name) {
  return [...facts.querySelectorAll("dt")].find((term) => term.textContent === name)?.nextElementSibling.textContent;
}

function row(name, value, kind) {
  const words = name.replace("api_", "API ").replaceAll("_", " ");
  return element("div", { class: kind }, element("dt", {}, words), element("dd", {}, value));
}

let openToAll = false;
let readinessIsThere = true;

async function showReadiness() {
  if (!readinessIsThere) {
    await call("/health").then(() => show("Alive", "good"), () => show("Unreachable", "bad"));
    return;
  }
  let found;
  try {
    found = (await call("/readiness")).answer;
  } catch (refusal) {
    found = refusal.body?.checks ? refusal.body : refusal;
  }
  if (found.checks) {
    const isGood = (value) => value === "ok" || value.startsWith("not ");
    checks.replaceChildren(
      ...Object.entries(found.checks).map(([name, value]) => row(name, value, isGood(value) ? "good" : "bad")),
      ...(found.warnings ?? []).map((text) => row("warning", text, "warning")),
    );
    openToAll = found.checks.api_key === "not required";
    const isReady = found.status === "ready";
    show(isReady ? "Ready" : "Not ready", isReady ? "good" : "bad");
  } else if (found.status === 404) {
    readinessIsThere = false;
    checks.replaceChildren(row("checks", "A proxy hides /readiness. Only the pod itself answers it.", ""));
    await showReadiness();
  } else {
    checks.replaceChildren(row("checks", found.message, "bad"));
    show(found.status === 0 ? "Unreachable" : "Not ready", "bad");
  }
}

function show(text, kind) {
  if (state.textContent !== text) state.textContent = text;
  state.className = `state ${kind}`;
}

/** What hides the readiness hides this too. */
async function showRuntime() {
  const info = readinessIsThere ? call("/.well-known/spin/info") : Promise.reject(new Refusal(404));
  const known = await info.then(({ answer }) => answer.runtime ?? "Spin", () => "");
  fact("Runtime", [known, BUILD.wasi].filter(Boolean).join(", "));
}

// ---- Traffic

const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads the counts of each endpoint in Prometheus's text. */
function parse(text) {
  const sample = { at: Date.now(), created: 0, endpoints: new Map() };
  for (const line of text.split("\n")) {
    const [series, value] = [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))];
    if (series === "metric_store_created_seconds") sample.created = value;
    const isCount = series.startsWith("http_requests_total{");
    if (!isCount && !series.startsWith("http_request_duration_seconds_bucket{")) continue;
    const labels = Object.fromEntries([...series.matchAll(LABEL)].map(([, name, text]) => [name, text]));
    if (PROBES.includes(labels.endpoint)) continue;
    const name = `${labels.method} ${labels.endpoint}`;
    if (!sample.endpoints.has(name)) sample.endpoints.set(name, { all: 0, client: 0, server: 0, buckets: new Map() });
    const counts = sample.endpoints.get(name);
    if (isCount) {
      counts.all += value;
      if (labels.status >= "500") counts.server += value;
      else if (labels.status >= "400") counts.client += value;
    } else {
      const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
      counts.buckets.set(bound, (counts.buckets.get(bound) ?? 0) + value);
    }
  }
  return sample;
}

/** What was counted between two samples, for one endpoint or for all (`null`). */
function between(before, after, endpoint) {
  const sum = { all: 0, client: 0, server: 0, buckets: new Map(), seconds: (after.at - before.at) / 1000 };
  for (const [name, now] of after.endpoints) {
    if (endpoint !== null && name !== endpoint) continue;
    const then = before.endpoints.get(name);
    for (const count of ["all", "client", "server"]) sum[count] += now[count] - (then?.[count] ?? 0);
    for (const [bound, value] of now.buckets) {
      sum.buckets.set(bound, (sum.buckets.get(bound) ?? 0) + value - (then?.buckets.get(bound) ?? 0));
    }
  }
  return sum;
}

/** As Prometheus's `histogram_quantile`, in milliseconds; `null` without a request. In the first bucket, its bound. */
function quantile(buckets, part) {
  const bounds = [...buckets].sort(([one], [other]) => one - other);
  const wanted = part * (bounds.at(-1)?.[1] ?? 0);
  if (wanted === 0) return null;
  let [lower, below] = [0, 0];
  for (const [bound, count] of bounds) {
    if (count >= wanted) {
      if (bound === bounds[0][0]) return 1000 * bound;
      const upper = bound === Infinity ? lower : bound;
      return 1000 * (lower + ((upper - lower) * (wanted - below)) / (count - below || 1));
    }
    [lower, below] = [bound, count];
  }
  return null;
}

function history(samples, endpoint) {
  return samples.slice(1).map((sample, index) => {
    const before = samples.slice(0, index + 1).find(({ at }) => sample.at - at <= COVERED) ?? samples[index];
    const sum = between(before, sample, endpoint);
    const share = (count) => (sum.all > 0 ? (100 * count) / sum.all : null);
    return {
      at: sample.at, rate: sum.all / sum.seconds, client: share(sum.client), server: share(sum.server),
      p50: quantile(sum.buckets, 0.5), p99: quantile(sum.buckets, 0.99),
    };
  });
}

const digits = (value, most) =>
  value.toLocaleString("en", { maximumFractionDigits: value < 10 ? most : value < 100 ? 1 : 0 });
const perSecond = (value) => (value === undefined ? "–" : `${digits(value, 2)}/s`);
const percent = (value) => (value == null ? "–" : `${digits(value, 1)} %`);
/** In milliseconds: the first bucket of the histograms. What is in it has no more exact figure. */
const FIRST = 0.5;
const milliseconds = (value) => {
  if (value == null) return "–";
  return value <= FIRST ? `≤${FIRST} ms` : `${digits(value, 2)} ms`;
};

/** The top of a chart. Its lines share this scale, which begins at 0. */
const scale = (points, { lines, least }) =>
  Math.max(least, ...points.flatMap((point) => lines.map(([member]) => point[member] ?? 0)));

/** An SVG of lines over the last minutes. Each line is a member of the points and a class. */
function chart(points, kind, text) {
  const { lines, format } = kind;
  const make = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const size = { viewBox: "0 0 100 40", preserveAspectRatio: "none" };
  const most = scale(points, kind);
  const label = `${text}. Scale: 0 to ${format(most)}`;
  const picture = make("svg", { class: "chart", ...size, role: "img", "aria-label": label });
  const title = make("title", {});
  title.append(label);
  picture.append(title);
  picture.append(make("line", { x1: 0, x2: 100, y1: 39.5, y2: 39.5 }));
  const first = points[0]?.at ?? 0, end = points.at(-1)?.at ?? 0;
  const span = Math.min(SHOWN, Math.max(30_000, end - first));
  for (const [member, style] of lines) {
    const known = points.filter((point) => point[member] != null);
    if (known.length < 2 || (style === "bad" && known.every((point) => point[member] === 0))) continue;
    const across = (point) => (100 - (100 * (end - point.at)) / span).toFixed(2);
    const place = (point) => `${across(point)} ${(38.5 - (36 * point[member]) / most).toFixed(2)}`;
    const line = known.map(place).join(" L");
    if (style === "") {
      const d = `M${across(known[0])} 39 L${line} L${across(known.at(-1))} 39 Z`;
      picture.append(make("path", { class: "area", d }));
    }
    picture.append(make("path", { class: style, d: `M${line}` }));
  }
  return picture;
}

/** What a chart shows: its lines, the least top of its scale, and how that is written. */
const RATE = { lines: [["rate", ""]], least: 1e-9, format: perSecond };
const ERRORS = { lines: [["client", "second"], ["server", "bad"]], least: 1, format: percent };
const LATENCY = { lines: [["p50", "second"], ["p99", ""]], least: FIRST, format: milliseconds };

const tiles = element("div", { class: "tiles" });
const note = element("p", { class: "dim" });
const traffic = card("traffic", "Traffic since this page was opened", tiles, note);
const rows = element("tbody");
const columns = ["Endpoint", "Requests", "Errors: 5xx, 4xx", "Latency: p50, p99"];
const titles = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
const table = element("table", { class: "endpoints" }, element("thead", {}, titles), rows);
const endpoints = card("endpoints", "Endpoints", table);
endpoints.hidden = true;

function drawTraffic(samples) {
  const points = history(samples, null);
  const now = points.at(-1) ?? {};
  const tile = (name, kind, value, more, style = "") =>
    element("div", { class: "tile" },
      element("p", {}, name), element("strong", { class: style }, value),
      chart(points, kind, [`${name}: ${value}`, ...more].join(", ")),
      ...[`scale: 0 to ${kind.format(scale(points, kind))}`, ...more].map((text) => element("small", {}, text)));
  tiles.replaceChildren(
    tile("Requests", RATE, perSecond(now.rate), []),
    tile("Errors, 5xx", ERRORS, percent(now.server), [`4xx: ${percent(now.client)}`], now.server > 0 ? "bad" : ""),
    tile("Latency, p99", LATENCY, milliseconds(now.p99), [`p50: ${milliseconds(now.p50)}`]),
  );
  const count = (name) => between(samples[0], samples.at(-1), name).all;
  const counted = [...samples.at(-1).endpoints.keys()].map((name) => [name, count(name)]);
  const busy = counted.filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one);
  endpoints.hidden = busy.length === 0;
  rows.replaceChildren(...busy.map(([name]) => endpointRow(name, history(samples, name))));
}

function endpointRow(name, points) {
  const [method, path] = name.split(" "), now = points.at(-1) ?? {};
  const cell = (kind, what, ...texts) => element("td", {}, element("div", { class: "cell" },
    chart(points, kind, `${what} of ${name}: ${texts.join(", ")}`),
    element("span", { class: "number" }, ...texts.flatMap((text, index) => (index ? [element("br"), text] : [text])))));
  return element("tr", {},
    element("td", {}, element("span", { class: "method" }, method), element("code", {}, path)),
    cell(RATE, "Requests", perSecond(now.rate)),
    cell(ERRORS, "Errors", percent(now.server), percent(now.client)),
    cell(LATENCY, "Latency", milliseconds(now.p50), milliseconds(now.p99)));
}

/** By the moment that a pod began to count: behind a load balancer, pods answer in turn. */
const pods = new Map();
let metricsAreThere = true;

async function showTraffic() {
  let response, text;
  try {
    response = await fetch("/metrics", { headers: { Accept: "text/plain" }, cache: "no-store" });
    text = await response.text();
  } catch {
    return; // The readiness says so.
  }
  if (!response.ok) {
    metricsAreThere = response.status !== 404;
    tiles.hidden = endpoints.hidden = true;
    note.textContent = metricsAreThere ? `/metrics answers ${response.status}.`
      : "There are no metrics here: they are off (metrics = off), or a proxy hides /metrics.";
    return;
  }
  tiles.hidden = false;
  const sample = parse(text);
  pods.set(sample.created, [...(pods.get(sample.created) ?? []), sample]);
  const within = (samples, time) => samples.filter(({ at }) => sample.at - at <= time);
  for (const [created, samples] of pods) pods.set(created, within(samples, SHOWN + COVERED));
  // A pod that is gone answers no more.
  const alive = [...pods.values()].filter((samples) => within(samples, 10 * PERIOD).length > 0);
  const recent = (samples) => within(samples, 10 * PERIOD).length;
  const best = alive.reduce((one, other) => (recent(other) > recent(one) ? other : one));
  drawTraffic(best);
  const { created } = best[0];
  fact("Counting for", created ? age(sample.at / 1000 - created) : "unknown");
  note.textContent = alive.length > 1 ? `${alive.length} pods answer in turn. This shows one of them.`
    : best.length < 2 ? "The first numbers come in a few seconds." : "";
}

function age(seconds) {
  const units = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]];
  const first = Math.max(0, units.findIndex(([, length]) => seconds >= length));
  let rest = Math.max(0, Math.floor(seconds));
  const parts = units.slice(first < 0 ? 3 : first).slice(0, 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return `${count} ${unit}`;
  });
  return parts.join(" ");
}

// ---- The API's own panel

const message = element("p", { class: "message", role: "status" });
const field = element("input", { id: "key", type: "password", autocomplete: "off", required: true });
const close = () => open("", "The key is forgotten.");
const forget = element("button", { type: "button", hidden: true, click: close }, "Forget");
const hint = element("p", { class: "dim" });
hint.append("Paste a key to see data and to send requests. ", KEY_HINT, " This page keeps it in memory only.");
const submit = (event) => {
  event.preventDefault();
  open(field.value.trim());
};
const form = element("form", { class: "line", submit },
  element("label", { for: "key" }, "API key or bearer token", field),
  element("button", { class: "main" }, "Use key"), forget);
const panel = panelOf({ element, call, curl });
const content = element("div", { class: "panel", hidden: true }, panel.content);
const own = card("own", panel.title, hint, form, message, content);

function say(text, kind = "") {
  message.className = `message ${kind}`;
  message.textContent = text;
}

async function open(candidate, farewell = "") {
  key = candidate;
  field.value = "";
  let refusal = null;
  // A header takes nothing else.
  if (!/^[\x21-\x7e]*$/.test(key)) refusal = new Refusal(401);
  else if (key || openToAll) refusal = await panel.refresh().then(() => null, (error) => error);
  const isOpen = (key !== "" || openToAll) && refusal === null;
  content.hidden = !isOpen;
  forget.hidden = key === "" || !isOpen;
  if (!isOpen) key = "";
  if (refusal?.status === 401) say(`The server does not accept this key (401). ${KEY_HINT}`, "bad");
  else if (refusal) say(refusal.message, "bad");
  else say(isOpen && key ? "The server accepts this key." : farewell);
  if (refusal) field.focus();
}

// ---- The page

document.body.classList.add("live");
main.querySelector("h1").append(state);
main.querySelector("p").textContent = "An HTTP API in one WebAssembly component.";
const [version, environment, host] = ["version", "env", "hostname"].map(named);
facts.replaceChildren();
fact("Version", version);
fact("Environment", environment);
if (host !== "unknown") fact("Host", host);
fact("Commit", BUILD.revision.replace(/^([0-9a-f]{8})[0-9a-f]+/, "$1") || "unknown");
fact("Runtime", BUILD.wasi);
fact("Counting for", "–");
main.append(element("div", { class: "columns" }, readiness, traffic), endpoints, own);

let timer = 0;

/** Refreshes, and again after the period, unless the tab is hidden. */
async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return;
  await Promise.all([showReadiness(), metricsAreThere && showTraffic()]);
  clearTimeout(timer);
  timer = setTimeout(refresh, PERIOD);
}

document.addEventListener("visibilitychange", refresh);
await refresh();
await showRuntime();
if (openToAll) await open("");
