// What may be written at a place of a query. Walks the tokens before the place with a stack of frames, one for each
// open bracket, and asks the schema what fits the innermost.

import { isClosedString, isSignificant, isString, lex } from "./lexer.js";
import { outline } from "./operations.js";
import { isComposite, isInput, typeText } from "./schema.js";

/** Returns { start, prefix, items } or null. `start` is where the written prefix begins. */
export function suggestionsAt(text, cursor, schema) {
  const before = [];
  let prefix = "";
  for (const token of lex(text)) {
    if (token.start >= cursor) break;
    const open = token.end > cursor || (token.end === cursor && !isClosedString(token));
    if (isString(token) && open) return null;
    if (token.kind === "comment" && token.end >= cursor) return null;
    if (token.kind === "number" && token.end >= cursor) return null;
    if (token.kind === "name" && token.end >= cursor) prefix = text.slice(token.start, cursor);
    else if (isSignificant(token)) before.push(token);
  }
  const stack = walk(before, schema);
  const items = candidates(stack, before, text, cursor, schema);
  const wanted = prefix.toLowerCase();
  const fitting = items
    .map((item) => ({ item, rank: rank(item.label.replace("$", ""), wanted) }))
    .filter((each) => each.rank >= 0)
    .sort((a, b) => a.rank - b.rank)
    .map((each) => each.item);
  return { start: cursor - prefix.length, prefix, items: fitting };
}

function rank(label, wanted) {
  const low = label.toLowerCase();
  if (low.startsWith(wanted)) return low.startsWith("__") && !wanted ? 3 : 0;
  return low.includes(wanted) ? 1 : -1;
}

function walk(tokens, schema) {
  const stack = [{ kind: "document" }];
  tokens.forEach((token, index) => {
    const frame = stack.at(-1);
    const before = tokens[index - 1];
    if (token.kind === "punct" && ")]}".includes(token.text)) {
      if (stack.length > 1) stack.pop();
    } else STEPS[frame.kind](frame, token, before, { stack, schema, directive: tokens[index - 2]?.text === "@" });
  });
  return stack;
}

const STEPS = {
  document(frame, token, before, { stack, schema, directive }) {
    if (token.text === "(") {
      if (directive) stack.push(argumentsOf(schema.directive(before.text)?.args));
      else stack.push({ kind: "definitions", state: "name" });
    } else if (token.text === "{") {
      const type = frame.operation === "fragment" ? schema.type(frame.on) : schema.root(frame.operation ?? "query");
      Object.assign(frame, { operation: undefined, on: undefined, wantsType: false });
      stack.push({ kind: "selection", type });
    } else if (token.kind === "name" && before?.text !== "@") {
      if (!frame.operation) frame.operation = token.text;
      else if (frame.wantsType) Object.assign(frame, { on: token.text, wantsType: false });
      else if (frame.operation === "fragment" && token.text === "on") frame.wantsType = true;
    }
  },

  selection(frame, token, before, { stack, schema, directive }) {
    if (token.text === "...") Object.assign(frame, { spread: true, on: undefined, field: undefined });
    else if (token.text === "(") {
      stack.push(argumentsOf(directive ? schema.directive(before.text)?.args : frame.field?.args));
    } else if (token.text === "{") {
      const inner = frame.on ? schema.type(frame.on) : frame.type;
      stack.push({ kind: "selection", type: frame.spread ? inner : schema.typeOf(frame.field?.type) });
      Object.assign(frame, { spread: false, on: undefined, field: undefined });
    } else if (token.kind === "name" && before?.text !== "@") {
      if (frame.wantsType) Object.assign(frame, { on: token.text, wantsType: false });
      else if (before?.text === "...") {
        if (token.text === "on") frame.wantsType = true;
        else frame.spread = false;
      } else Object.assign(frame, { spread: false, field: schema.field(frame.type, token.text) });
    }
  },

  definitions(frame, token, before, { stack, schema }) {
    if (token.text === "$") frame.state = "name";
    else if (token.text === ":") frame.state = "type";
    else if (token.text === "=") frame.state = "value";
    else if (token.text === "[") {
      if (frame.state === "value") stack.push({ kind: "list", type: frame.type });
      else stack.push({ kind: "definitions", state: "type", owner: frame });
    } else if (token.text === "{") stack.push(argumentsOf(frame.type?.inputFields));
    else if (token.kind === "name" && frame.state === "type") {
      for (let each = frame; each; each = each.owner) each.type = schema.type(token.text);
      frame.state = "done";
    }
  },

  arguments(frame, token, before, { stack, schema }) {
    if (token.text === ":") {
      frame.wants = frame.accepted.find((one) => one.name === before?.text) ?? {};
      frame.used.add(before?.text);
    } else if (token.text === "[") {
      stack.push({ kind: "list", type: schema.typeOf(frame.wants?.type) });
      frame.wants = undefined;
    } else if (token.text === "{") {
      stack.push(argumentsOf(schema.typeOf(frame.wants?.type)?.inputFields));
      frame.wants = undefined;
    } else if (token.text !== "$" && frame.wants && before?.text !== undefined) frame.wants = undefined;
  },

  list(frame, token, before, { stack }) {
    if (token.text === "[") stack.push({ kind: "list", type: frame.type });
    else if (token.text === "{") stack.push(argumentsOf(frame.type?.inputFields));
  },
};

const argumentsOf = (accepted) => ({ kind: "arguments", accepted: accepted ?? [], used: new Set() });

function candidates(stack, before, text, cursor, schema) {
  const frame = stack.at(-1);
  const last = before.at(-1)?.text;
  if (last === "@") return schema.directives.map((one) => item(one, `@${one.name}`, one.args.length ? "(…)" : ""));
  if (last === "$") return frame.kind === "definitions" ? [] : variables(text, cursor);
  switch (frame.kind) {
    case "document":
      if (frame.wantsType) return types(schema, isComposite);
      return frame.operation ? [] : ["query", "mutation", "subscription", "fragment"]
        .filter((kind) => kind === "fragment" || schema.roots[kind]).map((kind) => ({ label: kind, detail: "" }));
    case "selection":
      if (frame.wantsType) {
        return types(schema, (type) => isComposite(type) && (!frame.type || schema.overlap(type, frame.type)));
      }
      if (last === "...") return [{ label: "on", detail: "a type", insert: "on " }, ...fragments(text)];
      return schema.fields(frame.type).map((field) => item(field, field.name, typeText(field.type)));
    case "definitions":
      if (frame.state === "type") return types(schema, isInput);
      return frame.state === "value" ? values(frame.type) : [];
    case "arguments":
      if (frame.wants) return [...values(schema.typeOf(frame.wants.type)), ...variables(text, cursor, "$")];
      return frame.accepted.filter((one) => !frame.used.has(one.name))
        .map((one) => ({ ...item(one, one.name, typeText(one.type)), insert: `${one.name}: ` }));
    default:
      return [...values(frame.type), ...variables(text, cursor, "$")];
  }
}

const item = (named, label, detail) => ({
  label, detail, insert: named.name, description: named.description,
  deprecated: named.isDeprecated ? named.deprecationReason || "Deprecated" : "",
});

function types(schema, keep) {
  return schema.own().filter(keep).map((type) => item(type, type.name, type.kind.toLowerCase().replace("_", " ")))
    .sort((a, b) => a.label.localeCompare(b.label));
}

function values(type) {
  if (type?.kind === "ENUM") return type.enumValues.map((one) => item(one, one.name, type.name));
  if (type?.name === "Boolean") return ["true", "false"].map((label) => ({ label, detail: "Boolean" }));
  return [];
}

function variables(text, cursor, sign = "") {
  const { operations } = outline(text);
  const here = operations.find((operation) => operation.start <= cursor && cursor <= operation.end);
  return (here?.variables ?? operations.flatMap((operation) => operation.variables))
    .map(({ name, type }) => ({ label: `$${name}`, detail: type, insert: sign + name }));
}

function fragments(text) {
  return outline(text).fragments.map(({ name, type }) => ({ label: name, detail: type ? `on ${type}` : "fragment" }));
}
