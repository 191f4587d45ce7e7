// JSON with messages a person can act on, and a printer that keeps every number as it was written: a sum of money must
// not lose a digit by passing through a float.

import { isClosedString, lexJson, placeWords } from "./lexer.js";

/** Returns { value } or { error, offset }. Empty text is an empty object. */
export function readObject(text, what) {
  if (!text.trim()) return { value: {} };
  const fault = findFault(text);
  if (fault) return { error: `${what}: ${fault.message} (${placeWords(text, fault.offset)}).`, offset: fault.offset };
  const value = JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { error: `${what} must be a JSON object, such as { "name": "value" }.`, offset: 0 };
  }
  return { value };
}

/** The first fault of a JSON text as { message, offset }, or null. */
export function findFault(text) {
  const tokens = lexJson(text).filter((token) => token.kind !== "space");
  let at = 0;
  const fail = (message, token = tokens[at]) => {
    throw { message, offset: token?.start ?? text.length };
  };
  const string = () => {
    const token = tokens[at];
    if (!isClosedString(token)) fail("this text lacks its closing quote");
    try {
      JSON.parse(token.text);
    } catch {
      fail("this text holds an escape or a character that JSON does not allow");
    }
    at += 1;
  };
  const value = () => {
    const token = tokens[at];
    if (!token) fail("a value is missing at the end");
    if (token.text === "{") return members("}", () => {
      if (tokens[at]?.kind !== "string") fail("expected a name in double quotes");
      string();
      if (tokens[at]?.text !== ":") fail("expected a colon after the name");
      at += 1;
      value();
    });
    if (token.text === "[") return members("]", value);
    if (token.kind === "string") return string();
    if (token.kind === "number" && !/^-?0\d/.test(token.text)) return void (at += 1);
    if (["true", "false", "null"].includes(token.text)) return void (at += 1);
    if (token.text === "'") fail("JSON takes double quotes, not single ones");
    fail(token.kind === "punct" ? `expected a value, found ${token.text}` : `"${token.text}" is not a JSON value`);
  };
  const members = (close, member) => {
    const opening = tokens[at];
    at += 1;
    if (tokens[at]?.text === close) return void (at += 1);
    for (;;) {
      if (!tokens[at]) fail(`this ${opening.text} is never closed`, opening);
      member();
      if (tokens[at]?.text === close) return void (at += 1);
      if (!tokens[at]) fail(`this ${opening.text} is never closed`, opening);
      if (tokens[at].text !== ",") fail(`expected a comma or ${close}`);
      at += 1;
      if (tokens[at]?.text === close) fail("no comma may stand before the end", tokens[at - 1]);
    }
  };
  try {
    value();
    if (at < tokens.length) fail("nothing may follow the value");
    return null;
  } catch (fault) {
    if (fault instanceof Error) throw fault;
    return fault;
  }
}

/** Prints valid JSON over several lines from its tokens; escapes of printable characters become the characters. */
export function printJson(text) {
  const tokens = lexJson(text).filter((token) => token.kind !== "space");
  let out = "";
  let depth = 0;
  const newline = () => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, index) => {
    const next = tokens[index + 1]?.text;
    if (token.text === "{" || token.text === "[") {
      out += token.text;
      depth += 1;
      if (next !== "}" && next !== "]") out += newline();
    } else if (token.text === "}" || token.text === "]") {
      depth -= 1;
      const before = tokens[index - 1]?.text;
      out += (before === "{" || before === "[" ? "" : newline()) + token.text;
    } else if (token.text === ",") out += `,${newline()}`;
    else if (token.text === ":") out += ": ";
    else out += token.kind === "string" ? JSON.stringify(JSON.parse(token.text)) : token.text;
  });
  return out;
}

/** The text of one member of a JSON object, as it was written, or undefined. */
export function memberText(text, name) {
  let depth = 0;
  let from;
  const tokens = lexJson(text).filter((token) => token.kind !== "space");
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "punct" && "}]".includes(token.text)) depth -= 1;
    const ends = (depth === 1 && token.text === ",") || depth === 0;
    if (from !== undefined && ends) return text.slice(from, token.start).trim();
    if (depth === 1 && token.text === ":" && tokens[index - 1].text === JSON.stringify(name)) from = token.end;
    if (token.kind === "punct" && "{[".includes(token.text)) depth += 1;
  }
  return undefined;
}
