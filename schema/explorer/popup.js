// The list of completions under the caret. The textarea keeps the focus; the list is told to assistive technology by
// aria-activedescendant.

import { h } from "./dom.js";

const SHOWN = 60;
let count = 0;

export class Popup {
  constructor(area, host, onAccept) {
    this.area = area;
    this.onAccept = onAccept;
    this.items = [];
    this.chosen = 0;
    this.id = `completions-${(count += 1)}`;
    this.list = h("ul", { role: "listbox", id: this.id, "aria-label": "Completions" });
    this.note = h("div", { class: "popup-note" });
    this.box = h("div", { class: "popup", hidden: true }, this.list, this.note);
    host.append(this.box);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.id);
  }

  get open() {
    return !this.box.hidden;
  }

  show(items, at) {
    this.items = items.slice(0, SHOWN);
    this.list.replaceChildren(...this.items.map((item, index) => h(
      "li",
      {
        role: "option", id: `${this.id}-${index}`, class: item.deprecated ? "deprecated" : "",
        onmousedown: (event) => {
          event.preventDefault();
          this.onAccept(item);
        },
      },
      h("span", { class: "popup-label" }, item.label), h("span", { class: "popup-detail" }, item.detail ?? ""),
    )));
    this.box.hidden = false;
    const left = Math.max(0, Math.min(at.left, window.innerWidth - this.box.offsetWidth - 12));
    const below = at.bottom + this.box.offsetHeight + 8 < window.innerHeight || at.top < this.box.offsetHeight;
    this.box.style.left = `${left}px`;
    this.box.style.top = below ? `${at.bottom + 2}px` : `${at.top - this.box.offsetHeight - 2}px`;
    this.choose(0);
  }

  hide() {
    this.box.hidden = true;
    this.area.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    this.list.children[this.chosen]?.removeAttribute("aria-selected");
    this.chosen = (index + this.items.length) % this.items.length;
    const option = this.list.children[this.chosen];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", option.id);
    const { deprecated, description } = this.items[this.chosen];
    this.note.textContent = [deprecated && `Deprecated: ${deprecated}`, description].filter(Boolean).join(" — ");
    this.note.hidden = !this.note.textContent;
  }

  /** Says whether the key was the list's own. */
  handle(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey) return false;
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in moves) this.choose(this.chosen + moves[event.key]);
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.onAccept(this.items[this.chosen]);
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
