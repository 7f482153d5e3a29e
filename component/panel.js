// The status page's part about this API: users, the newest transfers, and a form to make one.
// docs-ui/pages/status.js calls it with its tools, and shows the content once a key is accepted.

const SHOWN = 10;

export default function panel({ element, call, curl }) {
  const users = element("tbody"), names = element("datalist", { id: "names" });
  const transfers = element("tbody");
  const more = element("p", { class: "dim" });

  const input = (id, label, attributes) => {
    const field = element("input", { id, name: id, autocomplete: "off", ...attributes });
    return [field, element("label", { for: id }, label, field)];
  };
  const [from, fromLabel] = input("from", "From", { list: "names", required: true });
  const [to, toLabel] = input("to", "To", { list: "names", required: true });
  const [amount, amountLabel] = input("amount", "Amount", { type: "number", min: 1, value: 1, required: true });
  const [note, noteLabel] = input("note", "Note (optional)", {});
  const [idempotencyKey, idempotencyKeyLabel] = input("idempotency-key", "Idempotency key", { required: true });
  const command = element("code"), result = element("p", { class: "message", role: "status" });
  const send = element("button", { class: "main" }, "Transfer");
  const again = element("button", { type: "button", click: () => refresh().catch(fail) }, "Refresh");

  const request = () => {
    const body = { from: from.value, to: to.value, amount: Number(amount.value) };
    if (note.value) body.note = note.value;
    return { method: "POST", headers: { "Idempotency-Key": idempotencyKey.value }, body };
  };
  const showCommand = () => { command.textContent = curl("/transfers", request()); };
  /** `randomUUID` needs HTTPS. */
  const renewKey = () => {
    const bytes = [...crypto.getRandomValues(new Uint8Array(8))];
    idempotencyKey.value = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    showCommand();
  };
  /** The time, and for another day than today the date. */
  const when = (text) => {
    const time = new Date(text), isToday = time.toDateString() === new Date().toDateString();
    const shown = isToday ? time.toLocaleTimeString() : time.toLocaleDateString();
    return element("time", { datetime: text, title: time.toLocaleString() }, shown);
  };
  const say = (text, kind = "") => { result.className = `message ${kind}`; result.textContent = text; };
  const fail = (refusal) => say(refusal.message, "bad");

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    try {
      const { answer, headers } = await call("/transfers", request());
      const replayed = headers.get("Idempotent-Replayed") ? ", as before: nothing moved twice" : "";
      say(`${answer.from} gave ${answer.to} ${answer.amount.toLocaleString("en")}${replayed}.`);
      renewKey();
      await refresh();
    } catch (refusal) {
      // Without an answer the transfer may have been made. The same key makes it safe to send again.
      fail(refusal);
    } finally {
      send.disabled = false;
    }
  }

  async function refresh() {
    const [listed, newest] = await Promise.all([call(`/tocos?limit=${SHOWN}`), call(`/transfers?limit=${SHOWN}`)]);
    const cell = (content, attributes) => element("td", attributes, content);
    const number = (value) => cell(value.toLocaleString("en"), { class: "right number" });
    const row = (...cells) => element("tr", {}, ...cells);
    users.replaceChildren(...listed.answer.map(({ user, tocos }) => row(cell(user), number(tocos))));
    names.replaceChildren(...listed.answer.map(({ user }) => element("option", { value: user })));
    more.textContent = listed.headers.get("Link") ? `The first ${SHOWN} by name.` : "";
    const none = row(cell("None yet.", { colspan: 4, class: "dim" }));
    const moved = newest.answer.map(({ from, to, amount, note, created_at: time }) =>
      row(cell(`${from} → ${to}`), number(amount), cell(note ?? ""), cell(when(time), { class: "right" })));
    transfers.replaceChildren(...(moved.length > 0 ? moved : [none]));
  }

  const table = (body, label, ...columns) => {
    const titles = columns.map(([name, kind]) => element("th", { scope: "col", class: kind }, name));
    return element("table", { "aria-label": label }, element("thead", {}, element("tr", {}, ...titles)), body);
  };

  const form = element("form", { submit, input: showCommand, "aria-label": "Make a transfer" },
    element("div", { class: "fields" }, fromLabel, toLabel, amountLabel, noteLabel, idempotencyKeyLabel), names,
    element("div", {}, send), result,
    element("pre", { tabindex: 0, role: "region", "aria-label": "The same request by curl" }, command));
  renewKey();

  return {
    title: "Tocos",
    refresh,
    content: element("div", {},
      element("div", { class: "halves" },
        element("div", {}, element("div", { class: "head" }, element("h3", {}, "Users"), again),
          table(users, "Users", ["User"], ["Tocos", "right"]), more),
        element("div", {}, element("h3", {}, "Newest transfers"),
          table(transfers, "Newest transfers", ["From → to"], ["Amount", "right"], ["Note"], ["When", "right"]))),
      element("h3", {}, "Make a transfer"), form),
  };
}
