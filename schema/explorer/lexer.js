// The tokens of GraphQL documents and of JSON, with their place in the text. Both lexers are tolerant: whatever they do
// not know becomes a "bad" token, and the tokens always cover the whole text.

const GRAPHQL = [
  ["space", /[\s,\uFEFF]+/y],
  ["comment", /#[^\n\r]*/y],
  ["block", /"""(?:\\"""|[^])*?(?:"""|$)/y],
  ["string", /"(?:\\.|[^"\\\n\r])*"?/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["name", /[_A-Za-z]\w*/y],
  ["punct", /\.\.\.|[!$&()=:@[\]{}|]/y],
];

const JSON_RULES = [
  ["space", /\s+/y],
  ["string", /"(?:\\.|[^"\\\n\r])*"?/y],
  ["number", /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["name", /[A-Za-z_]\w*/y],
  ["punct", /[[\]{}:,]/y],
];

function scan(text, rules) {
  const tokens = [];
  let at = 0;
  while (at < text.length) {
    let kind = "bad";
    let end = at + 1;
    for (const [name, rule] of rules) {
      rule.lastIndex = at;
      if (rule.test(text)) {
        kind = name;
        end = rule.lastIndex;
        break;
      }
    }
    tokens.push({ kind, text: text.slice(at, end), start: at, end });
    at = end;
  }
  return tokens;
}

export const lex = (text) => scan(text, GRAPHQL);
export const lexJson = (text) => scan(text, JSON_RULES);

export const isSignificant = (token) => token.kind !== "space" && token.kind !== "comment";
export const isString = (token) => token.kind === "string" || token.kind === "block";

export function isClosedString(token) {
  if (token.kind === "block") return token.text.length >= 6 && token.text.endsWith('"""');
  return /^"(?:\\.|[^"\\])*"$/.test(token.text);
}

const CLOSES = { ")": "(", "]": "[", "}": "{" };

/** Pairs of brackets: `pairs` maps the place of each to its other half, `alone` holds the tokens without one. */
export function brackets(tokens) {
  const pairs = new Map();
  const alone = [];
  const open = [];
  for (const token of tokens) {
    if (token.kind !== "punct") continue;
    if ("([{".includes(token.text)) open.push(token);
    else if (token.text in CLOSES) {
      const last = open.at(-1);
      if (last?.text === CLOSES[token.text]) {
        open.pop();
        pairs.set(last.start, token.start);
        pairs.set(token.start, last.start);
      } else alone.push(token);
    }
  }
  alone.push(...open);
  return { pairs, alone };
}

export function place(text, offset) {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

export const placeWords = (text, offset) => {
  const { line, column } = place(text, offset);
  return `line ${line}, column ${column}`;
};
