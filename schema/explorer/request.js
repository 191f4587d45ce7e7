// The panes under the query: variables, headers and files, each with a message when something in it is wrong.

import { byId, h, tabList } from "./dom.js";
import { Editor } from "./editor.js";
import { printJson, readObject } from "./json.js";
import { draftValueOfText } from "./skeleton.js";
import { sizeWords } from "./client.js";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export class RequestPanes {
  constructor({ schema, onChange }) {
    Object.assign(this, { schema, onChange, operation: null, chosen: new Map(), tabId: "" });
    this.select = tabList(["tab-variables", "tab-headers", "tab-files"]);
    const changed = () => {
      this.check();
      this.onChange({ variables: this.variables.value, headers: this.headers.value });
    };
    this.variables = new Editor(byId("variables"), {
      language: "json", label: "Variables, a JSON object", placeholder: '{ "name": "value" }', onChange: changed,
    });
    this.headers = new Editor(byId("headers"), {
      language: "json", label: "Headers, a JSON object of texts", placeholder: '{ "X-Header": "value" }',
      onChange: changed,
    });
  }

  load({ id, variables, headers }) {
    this.tabId = id;
    this.variables.load(variables);
    this.headers.load(headers);
  }

  /** The operation that would run: tells which variables and files are wanted. */
  follow(operation) {
    this.operation = operation;
    this.check();
    this.renderFiles();
  }

  check() {
    this.checkVariables();
    const { error } = readHeaders(this.headers.value);
    show("headers", error ?? "", Boolean(error));
  }

  checkVariables() {
    const { value, error } = readObject(this.variables.value, "Variables");
    if (error) {
      show("variables", error, true);
      return;
    }
    const declared = this.operation?.variables ?? [];
    const places = new Set(this.files().map((file) => file.path[0]));
    const missing = declared.filter((one) => one.required && !(one.name in value) && !places.has(one.name));
    const known = new Set(declared.map((one) => one.name));
    const stray = Object.keys(value).filter((name) => this.operation && !known.has(name));
    if (missing.length) {
      const list = missing.map((one) => `$${one.name}: ${one.type}`).join(", ");
      show("variables", `Still needed: ${list} `, false, h("button", {
        type: "button", onclick: () => this.fill(missing),
      }, "Add"));
    } else if (stray.length) {
      show("variables", `Not declared by this operation: ${stray.map((name) => `$${name}`).join(", ")}`);
    } else show("variables", "");
  }

  fill(missing) {
    const { value } = readObject(this.variables.value, "Variables");
    const added = Object.fromEntries(missing.map((one) => [one.name, draftValueOfText(this.schema(), one)]));
    this.variables.rewrite(JSON.stringify({ ...value, ...added }, null, 2));
  }

  prettify() {
    for (const [editor, read] of [[this.variables, readObject], [this.headers, readHeaders]]) {
      if (editor.value.trim() && !read(editor.value, "").error) editor.rewrite(printJson(editor.value));
    }
  }

  /** The places of files in the variables of the operation: [{ path, list, required }]. */
  files() {
    return (this.operation?.variables ?? []).flatMap((one) => {
      if (one.named === "Upload") return [{ path: [one.name], list: one.list }];
      if (one.list) return [];
      return (this.schema()?.uploads(one.named) ?? []).map(({ path, list }) => ({ path: [one.name, ...path], list }));
    });
  }

  picked() {
    return this.files().map((file) => ({ ...file, chosen: this.chosen.get(this.key(file)) ?? [] }))
      .filter((file) => file.chosen.length);
  }

  key(file) {
    return `${this.tabId} ${file.path.join(".")}`;
  }

  renderFiles() {
    const files = this.files();
    const picked = this.picked();
    byId("tab-files").textContent = picked.length ? `Files (${picked.length})` : files.length ? "Files •" : "Files";
    const signature = JSON.stringify([this.tabId, files, picked.map((file) => file.chosen.map((one) => one.name))]);
    if (signature === this.drawn) return;
    this.drawn = signature;
    byId("pane-files").replaceChildren(...(files.length ? files.map((file) => this.fileRow(file)) : [
      h("p", { class: "hint" }, "Declare a variable of type Upload, such as ($file: Upload!), and pick its file here."),
    ]));
  }

  fileRow(file) {
    const name = file.path.join(".");
    const id = `file-${name}`;
    const chosen = this.chosen.get(this.key(file)) ?? [];
    const put = (list) => {
      this.chosen.set(this.key(file), list);
      this.renderFiles();
      this.check();
    };
    const input = h("input", { type: "file", id, multiple: file.list, onchange: () => put([...input.files]) });
    const held = new DataTransfer();
    for (const one of chosen) held.items.add(one);
    input.files = held.files;
    const total = chosen.reduce((sum, one) => sum + one.size, 0);
    return h("div", { class: "file-row" },
      h("label", { for: id }, h("code", {}, `$${name}`), file.list ? " files" : " file"),
      input,
      chosen.length ? h("span", { class: "chosen" },
        `${sizeWords(total)} `,
        h("button", { type: "button", class: "quiet", onclick: () => put([]) }, "Remove")) : null);
  }

  /** Everything a request needs, or null after showing what is wrong and where. */
  read() {
    const variables = readObject(this.variables.value, "Variables");
    const headers = readHeaders(this.headers.value);
    for (const [name, { error, offset }] of [["variables", variables], ["headers", headers]]) {
      if (!error) continue;
      this.select(`tab-${name}`);
      show(name, error, true);
      this[name].area.focus();
      if (offset !== undefined) this[name].area.setSelectionRange(offset, offset);
      return null;
    }
    return {
      variables: variables.value, variablesText: this.variables.value, headers: headers.value, files: this.picked(),
    };
  }
}

export function readHeaders(text) {
  const read = readObject(text, "Headers");
  if (read.error) return read;
  for (const [name, value] of Object.entries(read.value)) {
    if (!HEADER_NAME.test(name)) return { error: `Headers: "${name}" cannot be the name of a header.` };
    if (typeof value !== "string") return { error: `Headers: the value of "${name}" must be a text in double quotes.` };
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      return { error: `Headers: "${name}" holds characters that a header cannot carry.` };
    }
  }
  return read;
}

function show(name, message, bad = false, ...more) {
  const place = byId(`${name}-message`);
  place.replaceChildren(message, ...more);
  place.hidden = !message;
  place.classList.toggle("bad", bad);
  byId(name).classList.toggle("invalid", bad);
  byId(`tab-${name}`).classList.toggle("invalid", bad);
  byId(name).querySelector("textarea").setAttribute("aria-invalid", String(bad));
}
