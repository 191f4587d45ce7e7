// Subscriptions over the graphql-transport-ws protocol, one connection each, and the list that shows them.

import { jsonBody } from "./client.js";
import { h, plural } from "./dom.js";
import { paint, styleJson } from "./highlight.js";
import { memberText, printJson } from "./json.js";

const PROTOCOL = "graphql-transport-ws";
const KEPT = 100;
const ACK_WITHIN = 10_000;

const CLOSED = {
  1001: "The server is going away.",
  1008: "The server refused the connection.",
  1011: "The server failed.",
  1012: "The server is restarting.",
  4400: "The server did not understand a message.",
  4401: "You are not signed in, or your token has expired.",
  4403: "The server refuses this identity.",
  4406: "The server does not speak graphql-transport-ws.",
  4408: "The server waited too long for the connection to begin.",
  4429: "Too many connections were begun.",
};

/** One subscription. Calls onState(state, words) and onEvent(payload, itsText) until it ends. */
export class Subscription {
  constructor(endpoint, { body, initPayload, onState, onEvent }) {
    Object.assign(this, { body, initPayload, onState, onEvent, ended: false });
    const url = new URL(endpoint, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    onState("connecting", "Connecting");
    this.socket = new WebSocket(url, PROTOCOL);
    this.socket.onopen = () => {
      this.send({ type: "connection_init", payload: this.initPayload });
      this.patience = setTimeout(() => this.end("failed", "The server never confirmed the connection."), ACK_WITHIN);
    };
    this.socket.onmessage = ({ data }) => this.receive(data);
    this.socket.onclose = ({ code, reason }) => {
      const fallback = this.acknowledged
        ? `The connection was lost (code ${code}).`
        : "The server refused the connection or cannot be reached.";
      this.end("failed", [CLOSED[code] ?? fallback, reason].filter(Boolean).join(" "));
    };
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  receive(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      this.end("failed", "The server sent something that is not JSON.");
      return;
    }
    if (message.type === "connection_ack") {
      clearTimeout(this.patience);
      this.acknowledged = true;
      // Written by hand so that the variables keep their numbers as they were typed.
      this.socket.send(`{"id":"1","type":"subscribe","payload":${this.body}}`);
      this.onState("running", "Running");
    } else if (message.type === "ping") this.send({ type: "pong" });
    else if (message.type === "next") this.onEvent(message.payload, memberText(data, "payload"));
    else if (message.type === "error") {
      this.onEvent({ errors: message.payload });
      this.end("failed", message.payload?.[0]?.message ?? "The server refused the subscription.");
    } else if (message.type === "complete") this.end("complete", "Complete");
  }

  stop() {
    this.send({ id: "1", type: "complete" });
    this.end("stopped", "Stopped");
  }

  end(state, words) {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.patience);
    this.onState(state, words);
    this.socket.close(1000);
  }
}

/** The list of subscriptions begun on this page, the newest on top. */
export class SubscriptionList {
  constructor(host, onCount) {
    this.host = host;
    this.onCount = onCount;
    this.running = new Set();
    this.entries = h("div", { class: "subscription-entries" });
    this.empty = h("p", { class: "hint" }, "Run a subscription and its events show here, until you stop it.");
    host.append(this.empty, this.entries);
  }

  start(endpoint, { title, identity, initPayload, ...request }) {
    let events = 0;
    const state = h("span", { class: "state" });
    const count = h("span", { class: "count" }, "No events yet");
    const list = h("ol", { class: "events", reversed: true });
    const stop = h("button", { type: "button", onclick: () => subscription.stop() }, "Stop");
    const drop = () => {
      entry.remove();
      this.tell();
    };
    const remove = h("button", { type: "button", class: "quiet", hidden: true, onclick: drop }, "Remove");
    const entry = h(
      "article", { class: "subscription", "aria-label": title },
      h("header", {},
        h("div", { class: "subscription-title" }, h("strong", {}, title), h("small", {}, `as ${identity}`)),
        stop, remove),
      h("p", { class: "subscription-state", role: "status" }, state, count),
      list,
    );
    this.entries.prepend(entry);
    const subscription = new Subscription(endpoint, {
      body: jsonBody(request),
      initPayload,
      onState: (name, words) => {
        entry.dataset.state = name;
        state.textContent = words;
        const live = name === "connecting" || name === "running";
        stop.hidden = !live;
        remove.hidden = live;
        if (live) this.running.add(entry);
        else this.running.delete(entry);
        this.tell();
      },
      onEvent: (payload, text = JSON.stringify(payload)) => {
        events += 1;
        const kept = events > KEPT ? `, the last ${KEPT} shown` : "";
        count.textContent = `${plural(events, "event")}${kept}`;
        list.prepend(this.event(payload, text, events));
        for (const [index, item] of [...list.children].entries()) if (index >= KEPT) item.remove();
        if (list.children[1]) list.children[1].firstElementChild.open = false;
      },
    });
  }

  event(payload, text, number) {
    const body = h("pre", { class: "code", tabindex: "0", "aria-label": `Event ${number}` });
    paint(body, styleJson(printJson(text)));
    const time = new Date().toLocaleTimeString([], { hour12: false });
    const bad = payload?.errors?.length ? h("em", {}, plural(payload.errors.length, "error")) : null;
    return h("li", {}, h("details", { open: true }, h("summary", {}, `#${number} at ${time} `, bad), body));
  }

  tell() {
    this.empty.hidden = this.entries.children.length > 0;
    this.onCount(this.running.size);
  }
}
