// The introspected schema, ready to be asked by name.

const TYPE_REF = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const INPUT = `name description defaultValue isDeprecated deprecationReason type { ${TYPE_REF} }`;

export const INTROSPECTION = `query ExplorerIntrospection {
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ${INPUT} }
        type { ${TYPE_REF} }
      }
      inputFields(includeDeprecated: true) { ${INPUT} }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { name }
    }
    directives { name description locations args(includeDeprecated: true) { ${INPUT} } }
  }
}`;

const EXECUTABLE = new Set([
  "QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION", "FRAGMENT_SPREAD", "INLINE_FRAGMENT",
  "VARIABLE_DEFINITION",
]);

const TYPENAME = {
  name: "__typename", description: "The name of this object's type.", args: [],
  type: { kind: "NON_NULL", ofType: { kind: "SCALAR", name: "String" } },
};

/** The name at the heart of a type reference. */
export function namedOf(ref) {
  let at = ref;
  while (at?.ofType) at = at.ofType;
  return at?.name;
}

/** A type reference as the schema language writes it. */
export function typeText(ref) {
  if (!ref) return "?";
  if (ref.kind === "NON_NULL") return `${typeText(ref.ofType)}!`;
  if (ref.kind === "LIST") return `[${typeText(ref.ofType)}]`;
  return ref.name;
}

export class Schema {
  constructor(introspected) {
    const source = introspected.__schema;
    this.description = source.description;
    this.types = new Map(source.types.map((type) => [type.name, type]));
    this.roots = {
      query: source.queryType?.name,
      mutation: source.mutationType?.name,
      subscription: source.subscriptionType?.name,
    };
    this.directives = source.directives.filter((one) => one.locations.some((where) => EXECUTABLE.has(where)));
  }

  type(name) {
    return this.types.get(name);
  }

  typeOf(ref) {
    return this.types.get(namedOf(ref));
  }

  root(kind) {
    return this.types.get(this.roots[kind]);
  }

  directive(name) {
    return this.directives.find((one) => one.name === name);
  }

  /** The fields a selection on this type may name, `__typename` with them. */
  fields(type) {
    if (!isComposite(type)) return [];
    return [...(type.fields ?? []), TYPENAME];
  }

  field(type, name) {
    return this.fields(type).find((field) => field.name === name);
  }

  /** The types of the schema itself, without those of introspection. */
  own() {
    return [...this.types.values()].filter((type) => !type.name.startsWith("__"));
  }

  /** May a value of one of these two types be a value of the other? */
  overlap(one, other) {
    const members = (type) => new Set(type.possibleTypes?.map((each) => each.name) ?? [type.name]);
    const left = members(one);
    return [...members(other)].some((name) => left.has(name));
  }

  /** Places of Upload inside a variable of this type: "file", "documents.scan". Lists of inputs are left out. */
  uploads(typeName, depth = 0) {
    const type = this.types.get(typeName);
    if (type?.kind !== "INPUT_OBJECT" || depth > 3) return [];
    return type.inputFields.flatMap((field) => {
      const named = namedOf(field.type);
      const text = typeText(field.type);
      if (named === "Upload") return [{ path: [field.name], list: text.startsWith("[") }];
      if (text.startsWith("[")) return [];
      return this.uploads(named, depth + 1).map((place) => ({ ...place, path: [field.name, ...place.path] }));
    });
  }
}

export const isComposite = (type) => ["OBJECT", "INTERFACE", "UNION"].includes(type?.kind);
export const isInput = (type) => ["SCALAR", "ENUM", "INPUT_OBJECT"].includes(type?.kind);
