// GraphQL over HTTP: one request, and an answer with everything the page tells of it. Nothing here throws for a server
// that misbehaves: `problem` says in words what went wrong.

/** The body as text, so that the variables' numbers are sent as they were written. */
export function jsonBody({ query, operationName, variablesText }) {
  const parts = [`"query":${JSON.stringify(query)}`];
  if (operationName) parts.push(`"operationName":${JSON.stringify(operationName)}`);
  if (variablesText?.trim()) parts.push(`"variables":${variablesText.trim()}`);
  return `{${parts.join(",")}}`;
}

/** The GraphQL multipart request: operations, a map of files to places, then the files. */
export function multipartBody({ query, operationName, variables, files }) {
  const filled = structuredClone(variables);
  const map = {};
  const parts = [];
  for (const { path, list, chosen } of files) {
    let holder = filled;
    for (const step of path.slice(0, -1)) {
      if (holder[step] === null || typeof holder[step] !== "object") holder[step] = {};
      holder = holder[step];
    }
    holder[path.at(-1)] = list ? chosen.map(() => null) : null;
    chosen.forEach((file, index) => {
      map[String(parts.length)] = [["variables", ...path, ...(list ? [index] : [])].join(".")];
      parts.push(file);
    });
  }
  const form = new FormData();
  const operation = { query, variables: filled };
  if (operationName) operation.operationName = operationName;
  form.append("operations", JSON.stringify(operation));
  form.append("map", JSON.stringify(map));
  parts.forEach((file, index) => form.append(String(index), file, file.name));
  return form;
}

/** `headers` win over everything the page sets itself, whatever their case. */
export async function post(endpoint, body, { headers = {}, authorization = "", signal } = {}) {
  const all = new Headers({ Accept: "application/graphql-response+json, application/json;q=0.9" });
  if (typeof body === "string") all.set("Content-Type", "application/json");
  if (authorization) all.set("Authorization", authorization);
  const began = performance.now();
  let response;
  let bytes;
  try {
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    response = await fetch(endpoint, { method: "POST", body, headers: all, signal, credentials: "same-origin" });
    bytes = await response.arrayBuffer();
  } catch (error) {
    const stopped = error.name === "AbortError";
    const problem = stopped
      ? { title: "Stopped", detail: "You stopped this request. The server may still have done what it asked." }
      : {
        title: "No answer from the server",
        detail: response
          ? "The connection broke before the answer was complete."
          : "Nothing came back. Check that the server is running and that this machine can reach it.",
      };
    return { problem, text: "", size: 0, ms: performance.now() - began };
  }
  const answer = {
    status: response.status,
    statusText: response.statusText,
    contentType: response.headers.get("Content-Type") ?? "",
    text: new TextDecoder().decode(bytes),
    size: bytes.byteLength,
    ms: performance.now() - began,
  };
  try {
    answer.json = JSON.parse(answer.text);
  } catch {
    answer.json = undefined;
  }
  answer.problem = problemOf(answer, response.headers.get("Retry-After"));
  return answer;
}

const STATUS = {
  401: ["You are not signed in", "The server did not accept this request without a valid access token."],
  403: ["Not allowed", "The server knows who you are and refuses this request."],
  404: ["Nothing answers here", "The server has no GraphQL endpoint at this address."],
  405: ["Nothing answers here", "The server does not take POST requests at this address."],
  413: ["Too large", "The server refuses a request of this size."],
  415: ["Wrong kind of request", "The server does not take requests of this content type; file upload may be off."],
  429: ["Too many requests", "The server asks you to slow down."],
  502: ["The server is not ready", "A proxy answered instead of the server."],
  503: ["The server is not ready", "It is starting, stopping or too busy."],
  504: ["The server took too long", "A proxy gave up waiting for it."],
};

function problemOf({ status, contentType, text, json }, retryAfter) {
  const errors = json?.errors;
  const isGraphql = json && typeof json === "object" && ("data" in json || Array.isArray(errors));
  const unsigned = status === 401 || (Array.isArray(errors) && errors.some(
    (error) => /^(UNAUTHENTICATED|UNAUTHORIZED|NOT_AUTHENTICATED)$/i.test(error?.extensions?.code ?? ""),
  ));
  if (unsigned) return { title: STATUS[401][0], detail: errors?.[0]?.message ?? STATUS[401][1], signIn: true };
  if (Array.isArray(errors) && errors.length) {
    const [first] = errors;
    const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
    const partly = json.data ? "The answer has errors" : "The request failed";
    return { title: partly, detail: `${first?.message ?? "No message."}${others}`, mild: Boolean(json.data) };
  }
  if (isGraphql && status < 400) return null;
  const detail = [];
  let title = "The answer is not GraphQL";
  if (status in STATUS) [title, detail[0]] = STATUS[status];
  else if (status >= 500) [title, detail[0]] = ["The server failed", `It answered with status ${status}.`];
  else if (status >= 400) [title, detail[0]] = ["The server refused the request", `It answered with status ${status}.`];
  if (retryAfter) detail.push(`Try again in ${/^\d+$/.test(retryAfter) ? `${retryAfter} seconds` : retryAfter}.`);
  if (json === undefined) {
    const kind = contentType.split(";")[0] || "no content type";
    detail.push(text ? `The answer is not JSON (${kind}); it is shown below as it came.` : "The answer is empty.");
  } else if (!isGraphql && status < 400) detail.push("It is JSON, but has neither data nor errors.");
  return { title, detail: detail.join(" ") };
}

export function sizeWords(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const timeWords = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);
