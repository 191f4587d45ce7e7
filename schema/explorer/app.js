// The page itself: brings the parts together and runs operations.

import { Auth } from "./auth.js";
import { jsonBody, multipartBody, post } from "./client.js";
import { Docs } from "./docs.js";
import { byId, copyText, h, plural, splitter, tabList } from "./dom.js";
import { Editor } from "./editor.js";
import { examplesMenu, historyMenu, renderTabs } from "./menus.js";
import { operationTitle, outline } from "./operations.js";
import { prettify } from "./prettify.js";
import { readHeaders, RequestPanes } from "./request.js";
import { faultLines, ResponsePane } from "./response.js";
import { INTROSPECTION, Schema } from "./schema.js";
import { draftOperation } from "./skeleton.js";
import { Store } from "./store.js";
import { SubscriptionList } from "./subscriptions.js";

const { base, graphql, signIns } = document.body.dataset;
const DOCS_SHOWN = "recobro.explorer.docs";
const FIRST = "# Ctrl+Space completes, Ctrl+Enter runs.\nquery Hello {\n  __typename\n}\n";

const store = new Store();
let schema = null;
let request = null; // the AbortController of the request under way
let operations = [];

const auth = new Auth(base, signIns === "yes", () => loadSchema());
const panes = new RequestPanes({ schema: () => schema, onChange: (changes) => store.update(changes) });
const response = new ResponsePane({ onSignIn: () => auth.open() });
const showAnswer = tabList(["tab-response", "tab-subscriptions"], (id) => {
  const here = id === "tab-response";
  byId("meta").hidden = !here;
  byId("copy-response").hidden = !here || !response.meta.querySelector(".status");
});
const subscriptions = new SubscriptionList(byId("pane-subscriptions"), (running) => {
  byId("tab-subscriptions").textContent = running ? `Subscriptions (${running})` : "Subscriptions";
});
const docs = new Docs(byId("docs"), {
  onReload: () => loadSchema(),
  onClose: () => showDocs(false),
  onDraft: (kind, field) => {
    openTab(draftOperation(schema, kind, field));
    if (docsCover()) showDocs(false);
  },
});
const editor = new Editor(byId("query"), {
  language: "graphql",
  label: "Query",
  schema: () => schema,
  onChange: (query) => {
    const before = operations.map(operationTitle).join();
    store.update({ query });
    readOperations();
    if (operations.map(operationTitle).join() !== before || !query.trim()) drawTabs();
  },
  onCaret: (caret) => followCaret(caret),
});

// --- tabs ---------------------------------------------------------------------------------------------------------

function drawTabs() {
  renderTabs(store, {
    onChoose: (id) => {
      store.choose(id);
      showTab();
    },
    onClose: (id) => {
      store.close(id);
      showTab();
    },
    onOpen: () => openTab({}),
  });
}

function showTab(focus = true) {
  editor.load(store.active.query);
  panes.load(store.active);
  readOperations();
  drawTabs();
  if (focus) editor.area.focus();
}

function openTab({ query = "", variables = "" }) {
  store.open({ query, variables, headers: store.active.headers });
  showTab();
}

// --- the operation to run -----------------------------------------------------------------------------------------

function readOperations() {
  const picker = byId("operation");
  const before = operations[picker.value]?.name;
  ({ operations } = outline(editor.value));
  picker.replaceChildren(...operations.map((each, index) => h("option", { value: index }, operationTitle(each))));
  byId("operation-picker").hidden = operations.length < 2;
  const same = operations.findIndex((each) => each.name && each.name === before);
  picker.value = String(Math.max(0, same));
  followCaret(editor.area.selectionStart);
}

function followCaret(caret) {
  const here = operations.findIndex((each) => each.start <= caret && caret <= each.end);
  if (here >= 0) byId("operation").value = String(here);
  panes.follow(chosenOperation());
}

const chosenOperation = () => operations[byId("operation").value] ?? operations[0] ?? null;

// --- running ------------------------------------------------------------------------------------------------------

async function run() {
  if (request) {
    request.abort();
    return;
  }
  const query = editor.value;
  const operation = chosenOperation();
  const given = panes.read();
  if (!given) {
    notify("Nothing was sent: see the message below the editor.", true);
    return;
  }
  if (!query.trim()) {
    notify("Write a query first.", true);
    editor.area.focus();
    return;
  }
  notify("");
  editor.markFaults(new Map());
  store.remember({ query, variables: given.variablesText });
  const named = { query, operationName: operation?.name };
  request = new AbortController();
  setRunning(true);
  try {
    await auth.refresh();
    if (operation?.kind === "subscription") {
      subscribe(operation, named, given);
      return;
    }
    showAnswer("tab-response");
    response.wait();
    byId("answer").scrollIntoView({ block: "nearest" });
    const body = given.files.length ? multipartBody({ ...named, ...given }) : jsonBody({ ...named, ...given });
    const { signal } = request;
    const answer = await post(graphql, body, { headers: given.headers, authorization: auth.authorization, signal });
    response.show(answer);
    editor.markFaults(faultLines(answer.json));
  } finally {
    request = null;
    setRunning(false);
  }
}

function subscribe(operation, named, { headers, variablesText }) {
  const ownToken = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  const initPayload = { ...headers };
  const identity = auth.token ? auth.label : "nobody";
  if (auth.authorization && !ownToken) initPayload.Authorization = auth.authorization;
  showAnswer("tab-subscriptions");
  subscriptions.start(graphql, {
    ...named, variablesText, initPayload, title: operationTitle(operation),
    identity: ownToken ? "the Authorization header given" : identity,
  });
}

function setRunning(running) {
  byId("run-label").textContent = running ? "Stop" : "Run";
  byId("run-icon").textContent = running ? "■" : "▶\uFE0E";
}

let fading;
function notify(message, bad = false) {
  const place = byId("notice");
  place.textContent = message;
  place.classList.toggle("bad", bad);
  clearTimeout(fading);
  if (message) fading = setTimeout(() => notify(""), 8000);
}

function prettifyAll() {
  try {
    editor.rewrite(editor.value.trim() ? prettify(editor.value) : "");
    panes.prettify();
    notify("");
  } catch (error) {
    notify(error.message, true);
  }
}

// --- schema and documentation -------------------------------------------------------------------------------------

let asked = 0;
async function loadSchema() {
  const mine = (asked += 1);
  docs.say("Reading the schema…");
  await auth.refresh();
  const headers = readHeaders(store.active.headers).value ?? {};
  const answer = await post(graphql, jsonBody({ query: INTROSPECTION }), { headers, authorization: auth.authorization });
  if (mine !== asked) return;
  try {
    schema = new Schema(answer.json.data);
    docs.load(schema);
    notify(`Schema read: ${plural(schema.own().length, "type")}.`);
  } catch {
    schema = null;
    const reason = answer.problem ? `${answer.problem.title}. ${answer.problem.detail}` : "The server hides its schema.";
    docs.say(`No documentation and no completion: the schema could not be read. ${reason}`);
  }
  readOperations();
}

/** On a narrow window the documentation lies over the rest. */
const narrow = window.matchMedia("(max-width: 1000px)");
const docsCover = () => narrow.matches;

function showDocs(shown, remember = !docsCover()) {
  document.body.classList.toggle("with-docs", shown);
  byId("docs-button").setAttribute("aria-expanded", String(shown));
  if (remember) localStorage.setItem(DOCS_SHOWN, shown ? "yes" : "no");
}

// --- the page -----------------------------------------------------------------------------------------------------

byId("run").addEventListener("click", run);
byId("prettify").addEventListener("click", prettifyAll);
byId("copy-query").addEventListener("click", ({ currentTarget }) => copyText(editor.value, currentTarget));
byId("operation").addEventListener("change", () => panes.follow(chosenOperation()));
byId("docs-button").addEventListener("click", () => {
  const shown = !document.body.classList.contains("with-docs");
  showDocs(shown);
  if (shown && docsCover()) docs.search.focus();
});
byId("docs").addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !docsCover()) return;
  showDocs(false);
  byId("docs-button").focus();
});
window.addEventListener("pagehide", () => store.save());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  } else if (event.code === "KeyF" && event.shiftKey && event.altKey) {
    event.preventDefault();
    prettifyAll();
  }
});

splitter(byId("split-answer"), document.querySelector(".workspace"), { variable: "--compose", axis: "x", initial: 42 });
splitter(byId("split-extras"), document.querySelector(".compose"), {
  variable: "--extras", axis: "y", initial: 32, fromEnd: true,
});
historyMenu(store, openTab);
const layDocs = () => showDocs(!docsCover() && localStorage.getItem(DOCS_SHOWN) !== "no", false);
narrow.addEventListener("change", layDocs);
layDocs();
showTab(false);
loadSchema();
examplesMenu(base, openTab).then(([first]) => {
  if (!store.fresh || store.active.query) return;
  store.update(first ? { query: first.query, variables: first.variables } : { query: FIRST });
  showTab(false);
});
