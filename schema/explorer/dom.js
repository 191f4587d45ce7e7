// Small helpers over the DOM. Text is always set as text: nothing in the explorer parses HTML.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** ARIA tabs: arrow keys move, one panel shows at a time. Returns a function that selects a tab by its id. */
export function tabList(ids, onSelect) {
  const tabs = ids.map(byId);
  const select = (id, focus = false) => {
    for (const tab of tabs) {
      const chosen = tab.id === id;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      byId(tab.getAttribute("aria-controls")).hidden = !chosen;
      if (chosen && focus) tab.focus();
    }
    onSelect?.(id);
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(tab.id));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      select(tabs[(index + step + tabs.length) % tabs.length].id, true);
    });
  });
  return select;
}

/** Places a popover under the button that opens it, inside the window. */
export function anchorMenu(menu, button, onOpen) {
  const place = () => {
    const at = button.getBoundingClientRect();
    const width = menu.offsetWidth;
    const left = Math.min(at.left, document.documentElement.clientWidth - width - 8);
    menu.style.left = `${Math.max(8, left)}px`;
    menu.style.top = `${at.bottom + 6}px`;
    menu.style.maxHeight = `${Math.max(160, window.innerHeight - at.bottom - 20)}px`;
  };
  menu.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") onOpen?.();
  });
  menu.addEventListener("toggle", (event) => {
    button.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "open") place();
  });
  window.addEventListener("resize", () => menu.matches(":popover-open") && place());
  button.setAttribute("aria-expanded", "false");
}

/** A separator that drags, or moves with the arrow keys, and keeps a size in per cent in a CSS variable. */
export function splitter(bar, container, { variable, axis, initial, min = 15, max = 85, fromEnd = false }) {
  let size = initial;
  const apply = (value) => {
    size = Math.min(max, Math.max(min, value));
    container.style.setProperty(variable, `${size}%`);
    bar.setAttribute("aria-valuenow", String(Math.round(size)));
  };
  bar.setAttribute("aria-valuemin", String(min));
  bar.setAttribute("aria-valuemax", String(max));
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    const box = container.getBoundingClientRect();
    const move = ({ clientX, clientY }) => {
      const part = axis === "x" ? (clientX - box.left) / box.width : (clientY - box.top) / box.height;
      apply((fromEnd ? 1 - part : part) * 100);
    };
    bar.addEventListener("pointermove", move);
    const stop = () => bar.removeEventListener("pointermove", move);
    bar.addEventListener("pointerup", stop, { once: true });
    bar.addEventListener("pointercancel", stop, { once: true });
    event.preventDefault();
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 2, ArrowDown: 2, ArrowLeft: -2, ArrowUp: -2 }[event.key];
    if (!step) return;
    event.preventDefault();
    apply(size + (fromEnd ? -step : step));
  });
  apply(initial);
}

export async function copyText(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Cannot copy";
  }
  setTimeout(() => (button.textContent = label), 1200);
}

export function plural(count, one, many = `${one}s`) {
  return `${count} ${count === 1 ? one : many}`;
}
