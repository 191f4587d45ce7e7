// A text editor made of a textarea over a painted copy of its text. The textarea does the editing, with the browser's
// own undo, selection and assistive technology; the copy beneath brings the colours.

import { suggestionsAt } from "./context.js";
import { h } from "./dom.js";
import { paint, styleGraphql, styleJson } from "./highlight.js";
import { editFor } from "./keys.js";
import { brackets } from "./lexer.js";
import { Popup } from "./popup.js";

export class Editor {
  /** `schema` is a function that gives the schema or null; completion works in GraphQL only. */
  constructor(host, {
    language, label, placeholder = "", schema = () => null, onChange = () => {}, onCaret = () => {},
  }) {
    this.language = language;
    this.schema = schema;
    this.onChange = onChange;
    this.onCaret = onCaret;
    this.faults = new Map();
    this.gutter = h("div", { class: "gutter", "aria-hidden": "true" });
    this.layer = h("pre", { class: "layer", "aria-hidden": "true" });
    const hint = `${host.id}-hint`;
    this.area = h("textarea", {
      "aria-label": label, "aria-describedby": hint, placeholder, spellcheck: "false", autocapitalize: "off",
      autocomplete: "off", autocorrect: "off", wrap: "off",
    });
    const help = h("span", { id: hint, class: "unseen" }, "Tab indents. Press Escape and then Tab to leave the editor.");
    host.classList.add("editor");
    host.append(this.gutter, h("div", { class: "surface" }, this.layer, this.area), help);
    this.popup = language === "graphql" ? new Popup(this.area, document.body, (item) => this.accept(item)) : null;
    this.listen();
    this.render();
  }

  listen() {
    this.area.addEventListener("keydown", (event) => this.keydown(event));
    this.area.addEventListener("input", (event) => {
      this.faults.clear();
      this.render();
      this.onChange(this.value);
      if (event.inputType?.startsWith("delete")) {
        if (this.popup?.open) this.suggest(true);
      } else if (/[\w$@]$/.test(event.data ?? "")) this.suggest();
      else this.popup?.hide();
    });
    this.area.addEventListener("scroll", () => {
      this.follow();
      this.popup?.hide();
    });
    this.area.addEventListener("blur", () => {
      this.popup?.hide();
      this.markBrackets();
    });
    this.area.addEventListener("mousedown", () => this.popup?.hide());
    document.addEventListener("selectionchange", () => {
      if (document.activeElement !== this.area) return;
      this.markBrackets();
      this.onCaret(this.area.selectionStart);
    });
  }

  get value() {
    return this.area.value;
  }

  /** Puts another text in place, as when another tab is chosen; undo starts afresh. */
  load(text) {
    this.popup?.hide();
    this.faults.clear();
    this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
    this.area.scrollLeft = 0;
    this.render();
  }

  /** Replaces all the text in a way that can be undone. */
  rewrite(text) {
    if (text === this.value) return;
    const caret = Math.min(this.area.selectionStart, text.length);
    this.edit({ start: 0, end: this.value.length, text, select: [caret, caret] });
  }

  edit({ start, end, text, select }) {
    const scroll = [this.area.scrollTop, this.area.scrollLeft];
    this.area.focus();
    if (text || start !== end) {
      this.area.setSelectionRange(start, end);
      // The one way to edit a textarea that keeps the browser's undo.
      const done = document.execCommand(text ? "insertText" : "delete", false, text);
      if (!done) {
        this.area.setRangeText(text, start, end, "end");
        this.area.dispatchEvent(new InputEvent("input", { inputType: "insertText" }));
      }
    }
    this.area.setSelectionRange(...select);
    [this.area.scrollTop, this.area.scrollLeft] = scroll;
    this.keepCaretInSight();
  }

  /** Marks lines with what the server said of them: a map from line number to message. */
  markFaults(faults) {
    this.faults = faults;
    this.renderGutter();
  }

  keydown(event) {
    if (this.popup?.handle(event)) return;
    if (event.key === "Escape") {
      this.leaving = true;
      return;
    }
    if (event.key === "Tab" && this.leaving) return;
    if (event.key !== "Shift") this.leaving = false;
    if (event.code === "Space" && event.ctrlKey) {
      event.preventDefault();
      this.suggest(true);
      return;
    }
    const { selectionStart: start, selectionEnd: end } = this.area;
    const inString = this.tokens.some((token) => token.style && ["string", "key", "comment"].includes(token.style)
      && token.start < start && (start < token.end || (token.style === "comment" && start === token.end)));
    const edit = editFor(event, this.value, start, end, { inString, graphql: this.language === "graphql" });
    if (!edit) return;
    event.preventDefault();
    this.edit(edit);
  }

  suggest(asked = false) {
    const schema = this.schema();
    const caret = this.area.selectionStart;
    if (!this.popup || !schema || caret !== this.area.selectionEnd) return;
    const found = suggestionsAt(this.value, caret, schema);
    const [only] = found?.items ?? [];
    const done = found?.items.length === 1 && only.label.replace("$", "") === found.prefix;
    if (!found?.items.length || (done && !asked)) {
      this.popup.hide();
      return;
    }
    this.popup.show(found.items, this.caretBox(found.start));
  }

  accept(item) {
    const caret = this.area.selectionStart;
    const { start } = suggestionsAt(this.value, caret, this.schema());
    const text = item.insert ?? item.label;
    this.popup.hide();
    this.edit({ start, end: caret, text, select: [start + text.length, start + text.length] });
    this.popup.hide();
    if (text.endsWith(": ") || text === "on ") this.suggest();
  }

  /** Where a place of the text is on the screen, told by the painted copy. */
  caretBox(offset) {
    const walker = document.createTreeWalker(this.layer, NodeFilter.SHOW_TEXT);
    let passed = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (passed + node.length >= offset && node.length) {
        const range = document.createRange();
        range.setStart(node, offset - passed);
        range.collapse(true);
        const box = range.getClientRects()[0] ?? range.getBoundingClientRect();
        if (box.height) return box;
      }
      passed += node.length;
    }
    return this.layer.getBoundingClientRect();
  }

  keepCaretInSight() {
    const box = this.caretBox(this.area.selectionEnd);
    const frame = this.area.getBoundingClientRect();
    if (box.bottom > frame.bottom - 8) this.area.scrollTop += box.bottom - frame.bottom + 24;
    else if (box.top < frame.top) this.area.scrollTop -= frame.top - box.top + 24;
    this.follow();
  }

  follow() {
    this.layer.style.transform = `translate(${-this.area.scrollLeft}px, ${-this.area.scrollTop}px)`;
    this.gutter.style.transform = `translateY(${-this.area.scrollTop}px)`;
  }

  render() {
    this.tokens = this.language === "graphql" ? styleGraphql(this.value) : styleJson(this.value);
    this.brackets = brackets(this.tokens);
    this.marked = "";
    this.paintLayer(new Map());
    this.markBrackets();
    this.renderGutter();
    this.follow();
  }

  paintLayer(marks) {
    for (const token of this.brackets.alone) marks.set(token.start, "alone");
    paint(this.layer, this.tokens, marks);
    this.layer.append("\n");
  }

  markBrackets() {
    const caret = this.area.selectionStart;
    const { pairs } = this.brackets;
    const at = document.activeElement === this.area ? [caret - 1, caret].find((place) => pairs.has(place)) : undefined;
    const marked = at === undefined ? "" : `${at}:${pairs.get(at)}`;
    if (marked === this.marked) return;
    this.marked = marked;
    this.paintLayer(at === undefined ? new Map() : new Map([[at, "matched"], [pairs.get(at), "matched"]]));
  }

  renderGutter() {
    const count = this.value.split("\n").length;
    const lines = [];
    for (let line = 1; line <= count; line += 1) {
      const fault = this.faults.get(line);
      lines.push(h("div", fault ? { class: "fault", title: fault } : {}, String(line)));
    }
    this.gutter.replaceChildren(...lines);
  }
}
