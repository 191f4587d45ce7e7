// What goes to localStorage outlives the session, so secrets are taken out of it first: the texts given to arguments
// and variables whose names tell of one, and whatever looks like a signed token.

import { isString, lex, lexJson } from "./lexer.js";

const SECRET = /token|password|passphrase|passwd|secret|authorization|credential|api_?key|otp|pin$/i;
const SIGNED = /^"+\s*(?:Bearer\s+)?eyJ[\w-]+\.[\w-]+/;

function without(tokens, isName) {
  const significant = tokens.filter((token) => token.kind !== "space" && token.kind !== "comment");
  let name = "";
  const hidden = new Set();
  significant.forEach((token, index) => {
    if (isName(token) && significant[index + 1]?.text === ":") name = token.text;
    else if (isString(token) && (SECRET.test(name.replaceAll('"', "")) || SIGNED.test(token.text))) hidden.add(token);
  });
  return tokens.map((token) => (hidden.has(token) ? '""' : token.text)).join("");
}

export const redactQuery = (text) => without(lex(text), (token) => token.kind === "name");
export const redactVariables = (text) => without(lexJson(text), (token) => token.kind === "string");
