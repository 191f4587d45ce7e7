// Who the page acts as. The token lives in sessionStorage: it goes when the browser tab is closed and is never written
// to localStorage.

import { anchorMenu, byId, h } from "./dom.js";

const TOKEN = "recobro.explorer.token";
const IDENTITY = "recobro.explorer.identity";
const EARLY = 10; // seconds before its end at which a token is no longer worth sending

/** The claims of a JWT, or null for any other token. Nothing is verified: the server does that. */
export function claims(token) {
  try {
    const part = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

export class Auth {
  constructor(base, offersSignIns, onChange) {
    Object.assign(this, { base, offersSignIns, onChange, offered: [], problem: "" });
    this.token = sessionStorage.getItem(TOKEN) ?? "";
    this.identity = sessionStorage.getItem(IDENTITY) ?? "";
    this.panel = byId("sign-in-panel");
    this.button = byId("sign-in-button");
    anchorMenu(this.panel, this.button, () => this.renderPanel());
    this.renderButton();
    if (offersSignIns) this.load();
  }

  get authorization() {
    return this.token ? `Bearer ${this.token}` : "";
  }

  get label() {
    if (!this.token) return "Not signed in";
    return this.identity || claims(this.token)?.email || "With a token";
  }

  async load() {
    try {
      const response = await fetch(`${this.base}/sign-ins.json`, { cache: "no-store" });
      if (!response.ok) throw new Error(`status ${response.status}`);
      this.offered = await response.json();
      this.problem = "";
    } catch (error) {
      this.problem = `The list of demo sign-ins could not be read (${error.message}).`;
    }
    if (this.panel.matches(":popover-open")) this.renderPanel();
  }

  /** A demo identity's token is renewed once it has run out; a token given by hand is left alone. */
  async refresh() {
    const end = claims(this.token)?.exp;
    if (!this.offersSignIns || !this.identity || !end || end - EARLY > Date.now() / 1000) return;
    await this.choose(this.identity, false);
  }

  async choose(label, announce = true) {
    await this.load();
    const found = this.offered.find((each) => each.label === label);
    if (found) this.set(found.token, label, announce);
    else this.renderPanel();
  }

  set(token, identity = "", announce = true) {
    this.token = token;
    this.identity = identity;
    for (const [key, value] of [[TOKEN, token], [IDENTITY, identity]]) {
      if (value) sessionStorage.setItem(key, value);
      else sessionStorage.removeItem(key);
    }
    this.renderButton();
    if (announce) this.onChange();
  }

  open() {
    this.panel.showPopover();
    this.panel.querySelector("button, input")?.focus();
  }

  renderButton() {
    byId("sign-in-label").textContent = this.label;
    this.button.classList.toggle("signed-in", Boolean(this.token));
    this.button.setAttribute("aria-label", this.token ? `Signed in: ${this.label}` : "Sign in");
  }

  renderPanel() {
    const close = () => {
      this.panel.hidePopover();
      this.button.focus();
    };
    const box = h("input", {
      id: "token", type: "password", autocomplete: "off", spellcheck: "false", placeholder: "Paste an access token",
      value: this.identity ? "" : this.token,
    });
    const show = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => {
      const hidden = box.type === "password";
      box.type = hidden ? "text" : "password";
      show.textContent = hidden ? "Hide" : "Show";
      show.setAttribute("aria-pressed", String(hidden));
    } }, "Show");
    const message = h("p", { class: "field-message", role: "status" });
    const form = h("form", { onsubmit: (event) => {
      event.preventDefault();
      const token = box.value.trim().replace(/^Bearer\s+/i, "");
      if (!/^[\x21-\x7e]+$/.test(token)) {
        message.textContent = token ? "A token holds no spaces and no accented letters." : "Paste a token first.";
        message.classList.add("bad");
        return;
      }
      this.set(token);
      close();
    } },
      h("label", { for: "token" }, this.offersSignIns ? "Or an access token of your own" : "Access token"),
      h("div", { class: "row" }, box, show, h("button", { type: "submit", class: "primary" }, "Use")), message);
    const demo = this.offersSignIns && h("div", { class: "identities", role: "group", "aria-label": "Demo sign-ins" },
      h("p", { class: "menu-title" }, "Sign in as"),
      this.problem && h("p", { class: "field-message bad" }, this.problem),
      !this.problem && !this.offered.length && h("p", { class: "hint" }, "The server offers no demo sign-in now."),
      this.offered.map(({ label }) => h("button", {
        type: "button", "aria-pressed": String(label === this.identity),
        onclick: async () => {
          await this.choose(label);
          if (this.identity === label) close();
        },
      }, label)));
    this.panel.replaceChildren(...[demo, form, this.token && this.footer(close)].filter(Boolean));
  }

  footer(close) {
    const end = claims(this.token)?.exp;
    const left = end && Math.round((end - Date.now() / 1000) / 60);
    const over = this.identity ? "Renewed when you next run something." : "This token has expired.";
    const expiry = !end ? "" : left > 0 ? `Expires in ${left} min.` : over;
    return h("div", { class: "menu-footer" },
      h("small", {}, `${expiry} Kept until you close this browser tab.`.trim()),
      h("button", { type: "button", onclick: () => {
        this.set("");
        close();
      } }, "Sign out"));
  }
}
