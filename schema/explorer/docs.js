// The documentation browser: types, fields, arguments and descriptions of the introspected schema.

import { h, plural } from "./dom.js";
import { isComposite, namedOf, typeText } from "./schema.js";

const KINDS = [
  ["OBJECT", "Objects"], ["INPUT_OBJECT", "Inputs"], ["INTERFACE", "Interfaces"], ["UNION", "Unions"],
  ["ENUM", "Enums"], ["SCALAR", "Scalars"],
];
const MOST_RESULTS = 80;

export class Docs {
  /** `onDraft(kind, field)` opens a draft operation for a root field. */
  constructor(host, { onReload, onClose, onDraft }) {
    Object.assign(this, { host, onReload, onDraft, schema: null, message: "", trail: [] });
    this.search = h("input", {
      type: "search", id: "docs-search", placeholder: "Search types and fields", autocomplete: "off",
      spellcheck: "false", oninput: () => this.render(),
    });
    this.back = h("button", { type: "button", class: "quiet", onclick: () => this.goBack() }, "‹ Back");
    this.body = h("div", { class: "docs-body", tabindex: "-1" });
    host.append(
      h("header", { class: "docs-bar" }, h("h2", {}, "Documentation"), this.back,
        h("button", { type: "button", class: "quiet", title: "Read the schema again", onclick: onReload }, "Reload"),
        h("button", {
          type: "button", class: "quiet docs-close", "aria-label": "Close documentation", onclick: onClose,
        }, "✕")),
      h("div", { class: "docs-search" },
        h("label", { for: "docs-search", class: "unseen" }, "Search the documentation"), this.search),
      this.body,
    );
    this.render();
  }

  load(schema) {
    this.schema = schema;
    this.message = "";
    this.trail = this.trail.filter(({ type, field }) => {
      const known = schema.type(type);
      return known && (!field || membersOf(known).some((one) => one.name === field));
    });
    this.render();
  }

  say(message) {
    this.schema = null;
    this.message = message;
    this.render();
  }

  open(type, field) {
    this.search.value = "";
    this.trail.push({ type, field });
    this.render();
    this.body.focus({ preventScroll: true });
  }

  goBack() {
    if (this.search.value) this.search.value = "";
    else this.trail.pop();
    this.render();
    this.body.focus({ preventScroll: true });
  }

  render() {
    const here = this.trail.at(-1);
    this.back.hidden = !here && !this.search.value;
    let content;
    if (!this.schema) content = [h("p", { class: "hint" }, this.message || "Reading the schema…")];
    else if (this.search.value.trim()) content = this.results(this.search.value.trim().toLowerCase());
    else if (!here) content = this.home();
    else if (here.field) content = this.fieldPage(this.schema.type(here.type), here.field);
    else content = this.typePage(this.schema.type(here.type));
    this.body.replaceChildren(...content.flat(Infinity).filter(Boolean));
    this.body.scrollTop = 0;
  }

  home() {
    const { schema } = this;
    const roots = Object.entries(schema.roots).filter(([, name]) => name);
    const rootNames = new Set(roots.map(([, name]) => name));
    return [
      prose(schema.description),
      h("h3", {}, "Begin here"),
      h("ul", { class: "docs-list" }, roots.map(([, name]) => h("li", {},
        this.typeLink(name), h("small", {}, ` ${plural(schema.type(name).fields.length, "field")}`)))),
      KINDS.map(([kind, title]) => {
        const types = schema.own().filter((type) => type.kind === kind && !rootNames.has(type.name))
          .sort((a, b) => a.name.localeCompare(b.name));
        return types.length && h("details", { class: "docs-kind", open: types.length < 12 },
          h("summary", {}, `${title} `, h("small", {}, String(types.length))),
          h("ul", { class: "docs-list" }, types.map((type) => h("li", {}, this.typeLink(type.name)))));
      }),
    ];
  }

  typePage(type) {
    const section = (title, items, draw) => items?.length
      ? [h("h3", {}, title), h("ul", { class: "docs-fields" }, items.map((one) => h("li", {}, draw(one))))] : [];
    const named = (one) => this.typeLink(one.name);
    return [
      h("h3", { class: "docs-title" }, type.name, h("small", {}, type.kind.toLowerCase().replace("_", " "))),
      prose(type.description),
      section("Implements", type.interfaces, named),
      section("Fields", type.fields, (field) => this.entry(type, field)),
      section("Fields", type.inputFields, (field) => this.entry(type, field)),
      section("Values", type.enumValues, (value) => [h("code", { class: marked(value) }, value.name), notes(value)]),
      section(type.kind === "UNION" ? "One of" : "Implemented by", type.possibleTypes, named),
    ];
  }

  entry(owner, field) {
    return [
      h("div", { class: "signature" },
        h("button", {
          type: "button", class: `link field-name ${marked(field)}`, onclick: () => this.open(owner.name, field.name),
        }, field.name),
        this.argumentList(field), ": ", this.typeLink(field.type), defaultOf(field)),
      notes(field),
    ];
  }

  argumentList(field) {
    if (!field.args?.length) return null;
    if (field.args.length > 2) {
      return ["(", field.args.slice(0, 2).flatMap((arg) => [h("span", { class: "argument" }, arg.name), ", "]), "…)"];
    }
    return ["(", field.args.flatMap((arg, index) => [
      index ? ", " : null, h("span", { class: "argument" }, arg.name), ": ", this.typeLink(arg.type),
    ]), ")"];
  }

  fieldPage(owner, name) {
    const field = membersOf(owner).find((one) => one.name === name);
    const kind = Object.keys(this.schema.roots).find((each) => this.schema.roots[each] === owner.name);
    const result = this.schema.typeOf(field.type);
    const preview = isComposite(result) || result?.inputFields || result?.enumValues;
    return [
      h("h3", { class: "docs-title" },
        h("span", { class: marked(field) }, field.name), h("small", {}, "of "), this.typeLink(owner.name)),
      notes(field),
      kind && h("button", {
        type: "button", class: "draft", onclick: () => this.onDraft(kind, field),
      }, "Write this operation in a new tab"),
      h("h3", {}, "Type"), h("p", {}, this.typeLink(field.type), defaultOf(field)),
      field.args?.length ? [h("h3", {}, "Arguments"), h("ul", { class: "docs-fields" }, field.args.map((arg) => h(
        "li", {},
        h("div", { class: "signature" },
          h("span", { class: `argument ${marked(arg)}` }, arg.name), ": ", this.typeLink(arg.type), defaultOf(arg)),
        notes(arg),
      )))] : null,
      preview && h("hr"), preview && this.typePage(result),
    ];
  }

  results(wanted) {
    const types = [];
    const fields = [];
    for (const type of this.schema.own()) {
      if (type.name.toLowerCase().includes(wanted)) types.push(type);
      for (const field of membersOf(type)) {
        const inside = [field.name, ...(field.args ?? []).map((arg) => arg.name)];
        if (inside.some((name) => name.toLowerCase().includes(wanted))) fields.push([type, field]);
      }
      const values = (type.enumValues ?? []).filter((value) => value.name.toLowerCase().includes(wanted));
      fields.push(...values.map((value) => [type, value]));
    }
    const exact = (name) => (name.toLowerCase() === wanted ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : 2);
    types.sort((a, b) => exact(a.name) - exact(b.name) || a.name.localeCompare(b.name));
    fields.sort((a, b) => exact(a[1].name) - exact(b[1].name));
    if (!types.length && !fields.length) return [h("p", { class: "hint" }, `Nothing is called “${wanted}”.`)];
    const cut = (list) => list.length > MOST_RESULTS
      && h("p", { class: "hint" }, `The first ${MOST_RESULTS} of ${list.length}.`);
    return [
      types.length ? h("h3", {}, "Types") : null,
      h("ul", { class: "docs-list" }, types.slice(0, MOST_RESULTS).map((type) => h("li", {}, this.typeLink(type.name)))),
      cut(types),
      fields.length ? h("h3", {}, "Fields, arguments and values") : null,
      h("ul", { class: "docs-list" }, fields.slice(0, MOST_RESULTS).map(([type, field]) => h("li", {},
        h("button", {
          type: "button", class: `link ${marked(field)}`, onclick: () => this.open(type.name, field.type && field.name),
        }, h("span", { class: "dim" }, `${type.name}.`), field.name)))),
      cut(fields),
    ];
  }

  /** A type, by name or reference, that opens its page. */
  typeLink(ref) {
    const name = typeof ref === "string" ? ref : namedOf(ref);
    const words = typeof ref === "string" ? ref : typeText(ref);
    if (!this.schema.type(name)) return h("code", {}, words);
    return h("button", { type: "button", class: "link type-name", onclick: () => this.open(name) }, words);
  }
}

const membersOf = (type) => [...(type.fields ?? []), ...(type.inputFields ?? [])];

const marked = (one) => (one.isDeprecated ? "deprecated" : "");

function defaultOf({ defaultValue }) {
  if (!defaultValue || defaultValue === "null") return null;
  return h("span", { class: "dim" }, ` = ${defaultValue}`);
}

function notes(one) {
  return [
    one.isDeprecated && h("p", { class: "deprecation" },
      h("strong", {}, "Deprecated. "), withCode(one.deprecationReason ?? "")),
    prose(one.description),
  ].filter(Boolean);
}

/** A description: paragraphs, and code between backticks. */
function prose(text) {
  if (!text?.trim()) return [];
  const paragraphs = text.trim().split(/\n\s*\n/);
  return paragraphs.map((paragraph) => h("p", { class: "prose" }, withCode(paragraph)));
}

function withCode(text) {
  return text.split(/(`[^`]+`)/).map((part) => (/^`[^`]+`$/.test(part) ? h("code", {}, part.slice(1, -1)) : part));
}
