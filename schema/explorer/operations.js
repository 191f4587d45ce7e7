// What a document holds: its operations with their variables, and its fragments.

import { isSignificant, lex } from "./lexer.js";

const KINDS = new Set(["query", "mutation", "subscription"]);

/** Returns { operations, fragments }. An unfinished document gives what can be told of it. */
export function outline(text) {
  const tokens = lex(text).filter(isSignificant);
  const operations = [];
  const fragments = [];
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token.text === "{") {
      const end = skip(tokens, at);
      operations.push({ kind: "query", name: "", variables: [], start: token.start, end: endOf(tokens, end, text) });
      at = end + 1;
    } else if (KINDS.has(token.text)) {
      const named = tokens[at + 1]?.kind === "name";
      const operation = { kind: token.text, name: named ? tokens[at + 1].text : "", variables: [], start: token.start };
      at += named ? 2 : 1;
      if (tokens[at]?.text === "(") {
        const end = skip(tokens, at);
        operation.variables = variables(tokens.slice(at + 1, end), text);
        at = end + 1;
      }
      at = toBody(tokens, at);
      operation.end = endOf(tokens, at, text);
      operations.push(operation);
      at += 1;
    } else if (token.text === "fragment") {
      const on = tokens[at + 2]?.text === "on" ? tokens[at + 3]?.text : undefined;
      if (tokens[at + 1]?.kind === "name") fragments.push({ name: tokens[at + 1].text, type: on });
      at = toBody(tokens, at + 2) + 1;
    } else at += 1;
  }
  return { operations, fragments };
}

/** The place of the bracket that closes the one at `at`, or the last token. */
function skip(tokens, at) {
  let depth = 0;
  for (let i = at; i < tokens.length; i += 1) {
    if (tokens[i].kind !== "punct") continue;
    if ("([{".includes(tokens[i].text)) depth += 1;
    else if (")]}".includes(tokens[i].text) && --depth === 0) return i;
  }
  return tokens.length - 1;
}

/** Over an operation's directives to the end of its selection. */
function toBody(tokens, from) {
  let at = from;
  while (at < tokens.length && tokens[at].text !== "{") at = tokens[at].text === "(" ? skip(tokens, at) + 1 : at + 1;
  return at < tokens.length ? skip(tokens, at) : at;
}

const endOf = (tokens, at, text) => tokens[at]?.end ?? text.length;

function variables(tokens, text) {
  const found = [];
  let at = 0;
  while (at < tokens.length) {
    if (tokens[at].text !== "$" || tokens[at + 2]?.text !== ":") {
      at += 1;
      continue;
    }
    const name = tokens[at + 1].text;
    let end = at + 3;
    while (end < tokens.length && (tokens[end].kind === "name" || "[]!".includes(tokens[end].text))) {
      if (tokens[end].kind === "name" && tokens[end - 1].kind === "name") break;
      end += 1;
    }
    const type = tokens.slice(at + 3, end).map((token) => token.text).join("");
    found.push({
      name,
      type,
      named: type.replace(/[[\]!]/g, ""),
      list: type.startsWith("["),
      required: type.endsWith("!") && tokens[end]?.text !== "=",
    });
    at = end;
  }
  return found;
}

export function operationTitle(operation) {
  return operation.name || `Unnamed ${operation.kind}`;
}
