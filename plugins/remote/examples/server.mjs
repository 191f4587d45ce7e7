// A bureau in Node, without a package: `node server.mjs <port> <secret>`. It serves /v1/bureau and nothing else.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const [port = "8090", secret = ""] = process.argv.slice(2);
const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
const done = new Map(); // a server of yours keeps it in its database

const now = () => Math.floor(Date.now() / 1000);
const signature = (id, stamp, body) =>
  "v1," + createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest("base64");
const same = (one, other) => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
};
const refusal = (status, code, recovery) => [status, { error: { code, class: recovery, message: "" } }];

function answer(path, headers, body) {
  const { "webhook-id": id = "", "webhook-timestamp": stamp = "", "webhook-signature": given = "" } = headers;
  if (!id || !(Math.abs(now() - Number(stamp)) <= 300)) return refusal(401, "signature_expired", "authentication_failed");
  const wanted = signature(id, stamp, body);
  if (!given.split(" ").some((one) => same(one, wanted)))
    return refusal(401, "signature_invalid", "authentication_failed");
  if (path === "/v1/bureau/check") return [200, {}];
  if (path !== "/v1/bureau/fetch_report") return refusal(404, "no_such_operation", "invalid_configuration");
  const print = createHash("sha256").update(body).digest("hex");
  const known = done.get(id);
  if (known && known.print !== print) return refusal(409, "idempotency_key_reused", "rejected_by_provider");
  if (known) return [200, known.report];
  const { subject } = JSON.parse(body);
  if (subject.document_number.endsWith("000")) return refusal(404, "subject_not_found", "subject_not_found");
  const balance = { minor_units: 125000000, currency: "COP" };
  const report = {
    reference: `INQ-${done.size + 1}`,
    score: 640,
    obligations: [{ creditor_name: "Banco Ejemplo", balance, days_past_due: 45, status: "past_due" }],
    raw: { asked: subject.document_type },
  };
  done.set(id, { print, report });
  return [200, report];
}

const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const [status, told] = answer(request.url, request.headers, Buffer.concat(parts));
    const content = JSON.stringify(told);
    const id = `answer-${request.headers["webhook-id"] ?? ""}`;
    const stamp = String(now());
    response.writeHead(status, {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": stamp,
      "webhook-signature": signature(id, stamp, content),
    });
    response.end(content);
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
