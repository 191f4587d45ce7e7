// The answer: its status, the time it took, its size, what went wrong, and its body.

import { sizeWords, timeWords } from "./client.js";
import { byId, copyText, h } from "./dom.js";
import { paint, styleJson } from "./highlight.js";
import { findFault, printJson } from "./json.js";

const LAID_OUT = 4_000_000; // characters beyond which a body is shown as it came
const COLOURED = 300_000;

export class ResponsePane {
  constructor({ onSignIn }) {
    this.onSignIn = onSignIn;
    this.body = byId("response");
    this.banner = byId("banner");
    this.meta = byId("meta");
    this.copy = byId("copy-response");
    this.copy.addEventListener("click", () => copyText(this.body.textContent, this.copy));
    this.clear();
  }

  clear() {
    this.meta.replaceChildren();
    this.banner.replaceChildren();
    this.copy.hidden = true;
    this.body.classList.remove("waiting");
    this.body.replaceChildren(h("span", { class: "hint" }, "Run an operation and its answer shows here."));
  }

  wait() {
    this.banner.replaceChildren();
    this.meta.replaceChildren(h("span", { class: "pending" }, "Waiting…"));
    this.body.classList.add("waiting");
  }

  show(answer) {
    this.body.classList.remove("waiting");
    const good = answer.status < 400;
    this.meta.replaceChildren(...[
      answer.status && h("span", {
        class: `status ${good ? "good" : "bad"}`, title: `Status ${answer.status} ${answer.statusText}`.trim(),
      }, String(answer.status)),
      h("span", { title: "Time from sending to the last byte" }, timeWords(answer.ms)),
      answer.status && h("span", { title: "Size of the body" }, sizeWords(answer.size)),
    ].filter(Boolean));
    this.problem(answer.problem);
    this.copy.hidden = !answer.text;
    if (answer.json === undefined || answer.text.length > LAID_OUT || findFault(answer.text)) {
      this.body.textContent = answer.text.slice(0, LAID_OUT);
      return;
    }
    const text = printJson(answer.text);
    if (text.length > COLOURED) this.body.textContent = text;
    else paint(this.body, styleJson(text));
    this.body.scrollTop = 0;
  }

  problem(problem) {
    this.banner.replaceChildren();
    if (!problem) return;
    this.banner.append(h("div", { class: `banner ${problem.mild ? "mild" : "bad"}` },
      h("div", {}, h("strong", {}, problem.title), h("p", {}, problem.detail)),
      problem.signIn && h("button", { type: "button", onclick: this.onSignIn }, "Sign in")));
  }
}

/** The lines of the query that the errors of an answer point at. */
export function faultLines(json) {
  const lines = new Map();
  for (const error of Array.isArray(json?.errors) ? json.errors : []) {
    for (const { line } of error?.locations ?? []) if (line) lines.set(line, error.message);
  }
  return lines;
}
