// Tabs and history. localStorage keeps them without secrets; sessionStorage keeps the tabs whole, with their headers,
// for as long as the browser tab lives.

import { operationTitle, outline } from "./operations.js";
import { redactQuery, redactVariables } from "./redact.js";

const TABS = "recobro.explorer.tabs";
const HISTORY = "recobro.explorer.history";
const WHOLE = "recobro.explorer.session";
const REMEMBERED = 50;

function read(storage, key, fallback) {
  try {
    return JSON.parse(storage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function write(storage, key, value) {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs the person their history, not their work.
  }
}

const newId = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

const text = (value) => (typeof value === "string" ? value : "");

export class Store {
  constructor() {
    const kept = read(localStorage, TABS, {});
    const whole = read(sessionStorage, WHOLE, {});
    this.tabs = (Array.isArray(kept.tabs) ? kept.tabs : []).filter((tab) => tab?.id).map((tab) => {
      const { query, variables, headers } = whole[tab.id] ?? tab;
      return { id: tab.id, query: text(query), variables: text(variables), headers: text(headers) };
    });
    this.fresh = this.tabs.length === 0;
    this.activeId = kept.active;
    if (this.fresh) this.open({});
    if (!this.tabs.some((tab) => tab.id === this.activeId)) this.activeId = this.tabs[0].id;
    this.history = read(localStorage, HISTORY, []).filter((entry) => text(entry?.query));
  }

  get active() {
    return this.tabs.find((tab) => tab.id === this.activeId);
  }

  open({ query = "", variables = "", headers = "" }) {
    const tab = { id: newId(), query, variables, headers };
    this.tabs.push(tab);
    this.activeId = tab.id;
    this.save();
    return tab;
  }

  close(id) {
    const at = this.tabs.findIndex((tab) => tab.id === id);
    this.tabs.splice(at, 1);
    if (!this.tabs.length) this.open({});
    else if (this.activeId === id) this.activeId = this.tabs[Math.max(0, at - 1)].id;
    this.save();
  }

  choose(id) {
    this.activeId = id;
    this.save();
  }

  update(changes) {
    Object.assign(this.active, changes);
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.save(), 300);
  }

  save() {
    clearTimeout(this.soon);
    write(localStorage, TABS, {
      active: this.activeId,
      tabs: this.tabs.map(({ id, query, variables }) => (
        { id, query: redactQuery(query), variables: redactVariables(variables) }
      )),
    });
    write(sessionStorage, WHOLE, Object.fromEntries(
      this.tabs.map(({ id, query, variables, headers }) => [id, { query, variables, headers }]),
    ));
  }

  remember({ query, variables }) {
    const entry = { query: redactQuery(query), variables: redactVariables(variables), at: Date.now() };
    this.history = this.history.filter((old) => old.query !== entry.query || old.variables !== entry.variables);
    this.history = [entry, ...this.history].slice(0, REMEMBERED);
    write(localStorage, HISTORY, this.history);
  }

  forget() {
    this.history = [];
    write(localStorage, HISTORY, []);
  }
}

export function titleOf(query) {
  const { operations } = outline(query);
  if (!operations.length) return query.trim() ? "Draft" : "New tab";
  const [first] = operations;
  return operations.length > 1 ? `${operationTitle(first)} +${operations.length - 1}` : operationTitle(first);
}
