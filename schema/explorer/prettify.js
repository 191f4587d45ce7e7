// Lays a GraphQL document out: two spaces, one field a line, arguments on one line while they fit. Comments stay.

import { brackets, isClosedString, isString, lex, placeWords } from "./lexer.js";

const WIDTH = 80;
const CLOSING = { "(": ")", "[": "]", "{": "}" };

/** Returns the new text; throws an Error with a message for the person when the document cannot be read. */
export function prettify(text) {
  const tokens = lex(text);
  const fault = tokens.find((token) => token.kind === "bad" || (isString(token) && !isClosedString(token)));
  if (fault) {
    const what = fault.kind === "bad" ? `"${fault.text}" has no place in a query` : "a text lacks its closing quote";
    throw new Error(`Cannot prettify: ${what} (${placeWords(text, fault.start)}).`);
  }
  const [alone] = brackets(tokens).alone;
  if (alone) throw new Error(`Cannot prettify: ${alone.text} has no match (${placeWords(text, alone.start)}).`);
  const items = group(tokens.values()).items;
  return definitions(items);
}

/** A tree of tokens and of groups { open, items }. A comment knows whether it ends a line of something else. */
function group(stream, open = "") {
  const items = [];
  let fresh = true; // nothing but space on this line so far
  for (let step = stream.next(); !step.done; step = stream.next()) {
    const token = step.value;
    if (token.kind === "space") {
      if (token.text.includes("\n")) fresh = true;
      continue;
    }
    if (token.kind === "comment") items.push({ kind: "comment", text: token.text.trimEnd(), trails: !fresh });
    else if (token.kind === "punct" && token.text in CLOSING) items.push(group(stream, token.text));
    else if (token.kind === "punct" && ")]}".includes(token.text)) return { kind: "group", open, items };
    else items.push(token);
    fresh = false;
  }
  return { kind: "group", open, items };
}

const isGroup = (item, open) => item?.kind === "group" && item.open === open;

function definitions(items) {
  const parts = []; // { lines, comment }
  let current = [];
  const flush = () => {
    if (current.length) parts.push({ text: words(current, 0) });
    current = [];
  };
  for (const item of items) {
    if (item.kind === "comment") {
      flush();
      if (item.trails && parts.length) parts.at(-1).text += ` ${item.text}`;
      else parts.push({ text: item.text, comment: true });
      continue;
    }
    current.push(item);
    if (isGroup(item, "{")) flush();
  }
  flush();
  let out = "";
  parts.forEach((part, index) => {
    out += part.text + (index === parts.length - 1 || part.comment ? "\n" : "\n\n");
  });
  return out;
}

/** Items of one definition or one selection, in a row. */
function words(items, depth) {
  let out = "";
  items.forEach((item, index) => {
    const before = items[index - 1];
    if (isGroup(item, "{")) out += `${out ? " " : ""}${selection(item.items, depth)}`;
    else if (isGroup(item, "(")) out += bracketed(item, depth, out.length - out.lastIndexOf("\n"));
    else if (item.text === ":") out += ":";
    else if (index === 0 || before.text === "@") out += item.text;
    else if (before.text === "..." && item.text !== "on" && item.text !== "@") out += item.text;
    else out += ` ${item.text}`;
  });
  return out;
}

function selection(items, depth) {
  const pad = "  ".repeat(depth + 1);
  const lines = [];
  let current = [];
  const flush = () => {
    if (current.length) lines.push(pad + words(current, depth + 1));
    current = [];
  };
  items.forEach((item) => {
    const last = current.at(-1);
    if (item.kind === "comment") {
      const trails = item.trails && (current.length || lines.length);
      flush();
      if (trails) lines[lines.length - 1] += ` ${item.text}`;
      else lines.push(pad + item.text);
      return;
    }
    const joins = !last || last.text === ":" || last.text === "@" || last.text === "..." || item.kind === "group"
      || item.text === ":" || item.text === "@" || (last.text === "on" && current.at(-2)?.text === "...");
    if (!joins) flush();
    current.push(item);
    if (isGroup(item, "{")) flush();
  });
  flush();
  return lines.length ? `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}` : "{}";
}

/** Arguments, variable definitions, an input object or a list. */
function bracketed(node, depth, column) {
  const { open } = node;
  const close = CLOSING[open];
  const entries = split(node.items, open);
  if (!entries.length) return open + close;
  const inline = entries.map((entry) => value(entry, depth, 0)).join(", ");
  const space = open === "{" ? " " : "";
  const single = !node.items.some(holdsComment) && !inline.includes("\n");
  if (single && "  ".repeat(depth).length + column + inline.length + 2 <= WIDTH) {
    return `${open}${space}${inline}${space}${close}`;
  }
  const pad = "  ".repeat(depth + 1);
  const lines = [];
  for (const entry of entries) {
    if (entry[0].kind === "comment" && entry[0].trails && lines.length) lines[lines.length - 1] += ` ${entry[0].text}`;
    else lines.push(pad + value(entry, depth + 1, 0));
  }
  return `${open}\n${lines.join("\n")}\n${"  ".repeat(depth)}${close}`;
}

const holdsComment = (item) => item.kind === "comment" || (item.kind === "group" && item.items.some(holdsComment));

function split(items, open) {
  const entries = [];
  items.forEach((item, index) => {
    const before = items[index - 1];
    let begins;
    if (item.kind === "comment" || before?.kind === "comment") begins = true;
    else if (index === 0) begins = true;
    else if (open === "[") begins = before.text !== "$" && item.text !== "!";
    else if (item.text === "$") begins = before.text !== ":" && before.text !== "=";
    else begins = items[index + 1]?.text === ":" && before.text !== "$" && item.kind === "name";
    if (begins) entries.push([item]);
    else entries.at(-1).push(item);
  });
  return entries;
}

function value(items, depth) {
  let out = "";
  items.forEach((item, index) => {
    const before = items[index - 1];
    let text = item.text;
    if (item.kind === "group") text = bracketed(item, depth, out.length - out.lastIndexOf("\n"));
    const glued = index === 0 || before.text === "$" || before.text === "@" || text === ":" || text === "!"
      || (isGroup(item, "(") && index > 0);
    out += glued ? text : ` ${text}`;
  });
  return out;
}
