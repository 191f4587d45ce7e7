// Colours: turns text into tokens that carry a CSS class, and paints them.

import { lex, lexJson } from "./lexer.js";

const KEYWORDS = new Set(["query", "mutation", "subscription", "fragment", "on"]);
const LITERALS = new Set(["true", "false", "null"]);

/** Each token gets `style`, the class of its colour. */
export function styleGraphql(text) {
  const tokens = lex(text);
  const stack = [];
  let before = null; // the last significant token
  let beforeThat = null;
  tokens.forEach((token, index) => {
    if (token.kind === "space") return;
    if (token.kind === "comment") {
      token.style = "comment";
      return;
    }
    const inside = stack.at(-1);
    if (token.kind === "string" || token.kind === "block") token.style = "string";
    else if (token.kind === "number") token.style = "number";
    else if (token.kind === "bad") token.style = "bad";
    else if (token.kind === "punct") {
      token.style = token.text === "$" ? "variable" : token.text === "@" ? "directive" : "punct";
      if (token.text === "(") stack.push(stack.length === 0 && beforeThat?.text !== "@" ? "definitions" : "arguments");
      else if (token.text === "{") stack.push(["arguments", "definitions"].includes(inside) ? "arguments" : "selection");
      else if (token.text === ")" || token.text === "}") stack.pop();
    } else token.style = nameStyle(token, before, beforeThat, inside, nextText(tokens, index));
    beforeThat = before;
    before = token;
  });
  return tokens;
}

function nameStyle(token, before, beforeThat, inside, next) {
  if (before?.text === "$") return "variable";
  if (before?.text === "@") return "directive";
  if (before?.text === "on" && (beforeThat?.text === "..." || inside === undefined)) return "type";
  if (inside === undefined) return KEYWORDS.has(token.text) ? "keyword" : "title";
  if (inside === "definitions") return LITERALS.has(token.text) ? "literal" : "type";
  if (inside === "arguments") {
    if (next === ":") return "argument";
    return LITERALS.has(token.text) ? "literal" : "enum";
  }
  if (before?.text === "...") return token.text === "on" ? "keyword" : "title";
  return next === ":" ? "alias" : "field";
}

function nextText(tokens, index) {
  for (let i = index + 1; i < tokens.length; i += 1) {
    if (tokens[i].kind !== "space" && tokens[i].kind !== "comment") return tokens[i].text;
  }
  return "";
}

export function styleJson(text) {
  const tokens = lexJson(text);
  tokens.forEach((token, index) => {
    if (token.kind === "string") token.style = nextText(tokens, index) === ":" ? "key" : "string";
    else if (token.kind === "number") token.style = "number";
    else if (token.kind === "name") token.style = LITERALS.has(token.text) ? "literal" : "bad";
    else if (token.kind === "punct") token.style = "punct";
    else if (token.kind === "bad") token.style = "bad";
  });
  return tokens;
}

/** Paints tokens into `target`. `marks` maps the start of a token to one more class. */
export function paint(target, tokens, marks = new Map()) {
  const content = document.createDocumentFragment();
  for (const token of tokens) {
    if (!token.style) {
      content.append(token.text);
      continue;
    }
    const span = document.createElement("span");
    const mark = marks.get(token.start);
    span.className = mark ? `t-${token.style} ${mark}` : `t-${token.style}`;
    span.textContent = token.text;
    content.append(span);
  }
  target.replaceChildren(content);
}
