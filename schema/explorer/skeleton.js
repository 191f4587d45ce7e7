// First drafts: an operation for a field of a root type, and values for variables.

import { isComposite, namedOf, typeText } from "./schema.js";

const WRAPPERS = new Set(["edges", "node", "nodes", "items", "pageInfo"]);
const DEEPEST = 3;

/** Returns { query, variables } that ask for one field, with the arguments it needs and the plain fields it gives. */
export function draftOperation(schema, kind, field) {
  const needed = field.args.filter(isNeeded);
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const definitions = needed.map((arg) => `$${arg.name}: ${typeText(arg.type)}`).join(", ");
  const passed = needed.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
  const body = draftSelection(schema, schema.typeOf(field.type), 2, 0);
  const head = `${kind} ${name}${definitions && `(${definitions})`}`;
  const query = `${head} {\n  ${field.name}${passed && `(${passed})`}${body}\n}\n`;
  const values = Object.fromEntries(needed.map((arg) => [arg.name, draftValue(schema, arg.type)]));
  return { query, variables: needed.length ? JSON.stringify(values, null, 2) : "" };
}

const isNeeded = (arg) => arg.type.kind === "NON_NULL" && (arg.defaultValue === null || arg.defaultValue === undefined);

function draftSelection(schema, type, indent, depth) {
  if (!isComposite(type)) return "";
  const pad = "  ".repeat(indent);
  const lines = [];
  const usable = (type.fields ?? []).filter((field) => !field.isDeprecated && !field.args.some(isNeeded));
  const plain = usable.filter((field) => !isComposite(schema.typeOf(field.type)));
  const wrapped = usable.filter((field) => WRAPPERS.has(field.name) && isComposite(schema.typeOf(field.type)));
  const deeper = wrapped.length || plain.length ? wrapped : usable;
  lines.push(...plain.map((field) => field.name));
  if (depth < DEEPEST) {
    for (const field of deeper) {
      if (plain.includes(field)) continue;
      lines.push(field.name + draftSelection(schema, schema.typeOf(field.type), indent + 1, depth + 1));
    }
    if (type.kind === "UNION") {
      for (const { name } of type.possibleTypes) {
        lines.push(`... on ${name}${draftSelection(schema, schema.type(name), indent + 1, depth + 1)}`);
      }
    }
  }
  if (!lines.length || type.kind === "UNION") lines.unshift("__typename");
  return ` {\n${lines.map((line) => pad + line).join("\n")}\n${"  ".repeat(indent - 1)}}`;
}

const SCALARS = { Int: 0, Float: 0, Boolean: false, Upload: null };

/** A value of this type to start from: of an input object, the fields it cannot do without. */
export function draftValue(schema, ref, depth = 0) {
  if (typeText(ref).startsWith("[")) return [];
  const type = schema?.typeOf(ref);
  if (type?.kind === "ENUM") return type.enumValues.find((one) => !one.isDeprecated)?.name ?? null;
  if (type?.kind === "INPUT_OBJECT") {
    if (depth > DEEPEST) return {};
    const needed = type.inputFields.filter(isNeeded);
    return Object.fromEntries(needed.map((field) => [field.name, draftValue(schema, field.type, depth + 1)]));
  }
  return namedOf(ref) in SCALARS ? SCALARS[namedOf(ref)] : "";
}

/** The same for a type as a query writes it: "[ID!]!". */
export function draftValueOfText(schema, { named, list }) {
  if (list) return [];
  return draftValue(schema, schema?.type(named) ?? { kind: "SCALAR", name: named });
}
