// The examples menu, the history menu and the bar of tabs.

import { anchorMenu, byId, h } from "./dom.js";
import { prettify } from "./prettify.js";
import { titleOf } from "./store.js";

export async function examplesMenu(base, onPick) {
  const menu = byId("examples-menu");
  const button = byId("examples-button");
  anchorMenu(menu, button);
  let examples = [];
  try {
    const response = await fetch(`${base}/examples.json`, { cache: "no-store" });
    if (response.ok) examples = await response.json();
  } catch {
    // Without its examples the page still works.
  }
  const laid = examples.map(({ title, query, variables }) => ({
    title,
    query: laidOut(query),
    variables: Object.keys(variables ?? {}).length ? JSON.stringify(variables, null, 2) : "",
  }));
  button.hidden = laid.length === 0;
  const entries = laid.map((example) => h("button", {
    type: "button",
    onclick: () => {
      menu.hidePopover();
      onPick(example);
    },
  }, example.title));
  menu.replaceChildren(h("p", { class: "menu-title" }, "Open an example in a new tab"), ...entries);
  return laid;
}

function laidOut(query) {
  try {
    return prettify(query);
  } catch {
    return query;
  }
}

export function historyMenu(store, onPick) {
  const menu = byId("history-menu");
  anchorMenu(menu, byId("history-button"), () => {
    const entries = store.history.map((entry) => h("button", {
      type: "button", class: "history-entry",
      onclick: () => {
        menu.hidePopover();
        onPick(entry);
      },
    },
      h("span", {}, titleOf(entry.query)), h("small", {}, when(entry.at)),
      h("code", {}, entry.query.replace(/\s+/g, " ").slice(0, 90))));
    const clear = h("button", { type: "button", onclick: () => {
      store.forget();
      menu.hidePopover();
    } }, "Clear history");
    menu.replaceChildren(...(entries.length
      ? [h("p", { class: "menu-title" }, "Open in a new tab"), ...entries, h("div", { class: "menu-footer" },
        h("small", {}, "Passwords and tokens are never kept."), clear)]
      : [h("p", { class: "hint" }, "What you run is listed here.")]));
  });
}

function when(at) {
  const then = new Date(at);
  const today = then.toDateString() === new Date().toDateString();
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return today ? time : `${then.toLocaleDateString()} ${time}`;
}

export function renderTabs(store, { onChoose, onClose, onOpen }) {
  const bar = byId("tabs");
  const tabs = store.tabs.map((tab) => {
    const title = titleOf(tab.query);
    const here = tab.id === store.activeId;
    return h("div", { class: here ? "tab here" : "tab" },
      h("button", {
        type: "button", class: "tab-name", "aria-current": here && "true", title, onclick: () => onChoose(tab.id),
      }, title),
      h("button", {
        type: "button", class: "tab-close", "aria-label": `Close ${title}`, onclick: () => onClose(tab.id),
      }, "×"));
  });
  bar.replaceChildren(...tabs, h("button", {
    type: "button", class: "tab-new", "aria-label": "New tab", title: "New tab", onclick: onOpen,
  }, "+"));
  bar.querySelector(".here").scrollIntoView({ block: "nearest", inline: "nearest" });
}
