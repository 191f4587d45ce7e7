// What keys do to the text: indentation, brackets and quotes in pairs, comments. Each answer is an edit
// { start, end, text, select: [from, to] } or null when the browser's own handling will do.

const PAIRS = { "(": ")", "[": "]", "{": "}", '"': '"' };
const INDENT = "  ";

export function editFor(event, text, start, end, { inString, graphql }) {
  if (event.isComposing) return null;
  // AltGr, which types brackets on many keyboards, looks like Ctrl and Alt together.
  const typing = event.getModifierState?.("AltGraph");
  const command = !typing && (event.ctrlKey || event.metaKey);
  if (graphql && command && !event.altKey && event.key === "/") return toggleComment(text, start, end);
  if (command || (event.altKey && !typing && !(event.key in PAIRS))) return null;
  if (event.key === "Tab") return event.shiftKey ? outdent(text, start, end) : indent(text, start, end);
  if (event.key === "Enter") return newline(text, start, end);
  if (event.key === "Backspace") return deletePair(text, start, end);
  if (event.key.length === 1) return typed(event.key, text, start, end, inString, graphql);
  return null;
}

function typed(key, text, start, end, inString, graphql) {
  const next = text[end] ?? "";
  const closes = key === '"' ? text[start - 1] !== "\\" : ")]}".includes(key) && !inString;
  if (closes && start === end && next === key) return { start, end, text: "", select: [end + 1, end + 1] };
  if (!(key in PAIRS)) return null;
  const selected = text.slice(start, end);
  if (selected) return { start, end, text: key + selected + PAIRS[key], select: [start + 1, end + 1] };
  if (inString) return null;
  if (key === '"') {
    if (graphql && text.slice(start - 2, start) === '""') {
      return { start, end, text: '""""', select: [start + 1, start + 1] };
    }
    if (/[\w"]/.test(text[start - 1] ?? "")) return null;
  }
  if (next && !/[\s)\]},:]/.test(next)) return null;
  return { start, end, text: key + PAIRS[key], select: [start + 1, start + 1] };
}

function deletePair(text, start, end) {
  if (start !== end || !start) return null;
  const before = text[start - 1];
  if (!(before in PAIRS) || text[start] !== PAIRS[before]) return null;
  return { start: start - 1, end: start + 1, text: "", select: [start - 1, start - 1] };
}

function newline(text, start, end) {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const margin = /^[ \t]*/.exec(text.slice(lineStart, start))[0];
  const before = text.slice(0, start).trimEnd().at(-1);
  const opens = "([{".includes(before ?? "-") && text.slice(lineStart, start).trimEnd().endsWith(before);
  const inner = opens ? margin + INDENT : margin;
  const closes = opens && text.slice(end).trimStart()[0] === PAIRS[before] && /^[ \t]*[)\]}]/.test(text.slice(end));
  const inserted = closes ? `\n${inner}\n${margin}` : `\n${inner}`;
  const at = start + 1 + inner.length;
  return { start, end, text: inserted, select: [at, at] };
}

/** The whole lines a selection touches. */
function lines(text, start, end) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const stop = end > start && text[end - 1] === "\n" ? end - 1 : end;
  const until = text.indexOf("\n", stop);
  return { from, until: until < 0 ? text.length : until };
}

function rewrite(text, start, end, change) {
  const { from, until } = lines(text, start, end);
  const old = text.slice(from, until).split("\n");
  const fresh = old.map(change);
  const body = fresh.join("\n");
  if (body === old.join("\n")) return { start, end: start, text: "", select: [start, end] };
  const first = Math.max(from, start + fresh[0].length - old[0].length);
  return { start: from, end: until, text: body, select: [first, Math.max(first, end + body.length - (until - from))] };
}

function indent(text, start, end) {
  if (!text.slice(start, end).includes("\n")) {
    return { start, end, text: INDENT, select: [start + INDENT.length, start + INDENT.length] };
  }
  return rewrite(text, start, end, (line) => (line ? INDENT + line : line));
}

function outdent(text, start, end) {
  return rewrite(text, start, end, (line) => line.replace(/^(?: {1,2}|\t)/, ""));
}

function toggleComment(text, start, end) {
  const { from, until } = lines(text, start, end);
  const written = text.slice(from, until).split("\n").filter((line) => line.trim());
  const all = written.length > 0 && written.every((line) => /^\s*#/.test(line));
  return rewrite(text, start, end, (line) => {
    if (!line.trim()) return line;
    return all ? line.replace(/^(\s*)# ?/, "$1") : line.replace(/^(\s*)/, "$1# ");
  });
}
