-- Sends the requests of the file REQUESTS in turn, from place START on; lines are: header TAB value TAB body.
-- __KEY__ in a body becomes a key that nobody used before: SEED and a number.
local ready, count, place = {}, 0, 0
local seed = os.getenv("SEED")

function init(_)
  for line in io.lines(os.getenv("REQUESTS")) do
    local header, value, body = line:match("^([^\t]*)\t([^\t]*)\t(.*)$")
    local headers = {["content-type"] = "application/json", [header] = value}
    count = count + 1
    local whole = wrk.format("POST", "/graphql", headers, body)
    local before, after = body:match("^(.*)__KEY__(.*)$")
    if before then
      ready[count] = {headers, before, after}
    else
      ready[count] = whole
    end
  end
  place = tonumber(os.getenv("START")) % count
end

function request()
  place = place + 1
  local one = ready[1 + place % count]
  if type(one) == "string" then
    return one
  end
  return wrk.format("POST", "/graphql", one[1], one[2] .. seed .. "-" .. place .. one[3])
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "us": %d, "p50": %d, "p99": %d, "failed": %d, "bytes": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status + errors.connect + errors.read + errors.write + errors.timeout, summary.bytes))
end
