// The status page's part about this API: its notes, and a form to create one.
// docs-ui/pages/status.js calls it with its tools, and shows the content once a key is accepted.

const SHOWN = 10;

export default function panel({ element, call, curl }) {
  const notes = element("tbody");
  const more = element("p", { class: "dim" });
  const text = element("input", { id: "text", autocomplete: "off", maxlength: 200, required: true });
  const command = element("code"), result = element("p", { class: "message", role: "status" });
  const send = element("button", { class: "main" }, "Create");

  const request = () => ({ method: "POST", body: { text: text.value } });
  const showCommand = () => { command.textContent = curl("/notes", request()); };
  const say = (words, kind = "") => { result.className = `message ${kind}`; result.textContent = words; };

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    try {
      await call("/notes", request());
      say("The note is created.");
      await refresh();
    } catch (refusal) {
      say(refusal.message, "bad");
    } finally {
      send.disabled = false;
    }
  }

  async function refresh() {
    const { answer, headers } = await call(`/notes?limit=${SHOWN}`);
    const when = (time) => element("time", { datetime: time }, new Date(time).toLocaleString());
    notes.replaceChildren(...answer.map(({ text, created_at: time }) =>
      element("tr", {}, element("td", {}, text), element("td", { class: "right" }, when(time)))));
    more.textContent = headers.get("Link") ? `The oldest ${SHOWN}.` : "";
  }

  const form = element("form", { submit, input: showCommand, "aria-label": "Create a note" },
    element("label", { for: "text" }, "Text", text), element("div", {}, send), result,
    element("pre", { tabindex: 0, role: "region", "aria-label": "The same request by curl" }, command));
  showCommand();

  const title = (name, kind) => element("th", { scope: "col", class: kind }, name);
  const columns = [title("Text"), title("Created", "right")];
  const table = element("table", { "aria-label": "Notes" }, element("thead", {}, element("tr", {}, ...columns)), notes);
  const content = element("div", {}, table, more, element("h3", {}, "Create a note"), form);
  return { title: "Notes", refresh, content };
}
