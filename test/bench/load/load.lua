-- What wrk sends, and how it tells what came back. Run by wrk.ts.
-- Each line of REQUESTS_FILE is a request: path, Authorization or nothing, event, with tabs between. One is sent again and again,
-- several are sent in turn, from any of them on.
local requests = {}
for line in io.lines(os.getenv('REQUESTS_FILE')) do
  local path, authorization, event = line:match('^([^\t]*)\t([^\t]*)\t(.*)$')
  local headers = { ['Content-Type'] = 'application/json' }
  if authorization ~= '' then headers['Authorization'] = authorization end
  requests[#requests + 1] = { path = path, headers = headers, event = event }
end

if #requests == 1 then
  wrk.method = 'POST'
  wrk.path = requests[1].path
  wrk.headers = requests[1].headers
  wrk.body = requests[1].event
else
  local texts, at
  init = function()
    texts = {}
    for i, request in ipairs(requests) do
      request.headers['Host'] = wrk.headers['Host'] or wrk.host .. ':' .. wrk.port
      texts[i] = wrk.format('POST', request.path, request.headers, request.event)
    end
    math.randomseed(os.time())
    at = math.random(#texts)
  end
  request = function()
    at = at % #texts + 1
    return texts[at]
  end
end

done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"durationUs":%d,"connectErrors":%d,"readErrors":%d,"writeErrors":%d,"timeouts":%d,"statusErrors":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, errors.connect, errors.read, errors.write, errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
