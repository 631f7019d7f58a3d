-- load.lua -- what wrk sends: one path, ids 1 to 10,000 in a row's place, or DEPTH requests at once.
-- Arguments after "--": the pipelining depth, then the path; a "%d" in it stands for the id.

local request_text, template, id, stride

function init(args)
    local depth, path = tonumber(args[1]), args[2]
    if depth > 1 then
        local batch = {}
        for i = 1, depth do
            batch[i] = wrk.format("GET", path)
        end
        request_text = table.concat(batch)
    elseif path:find("%%d") then
        template, id, stride = path, 1, 7919
    else
        request_text = wrk.format("GET", path)
    end
end

function request()
    if request_text then
        return request_text
    end
    id = id % 10000 + 1
    return wrk.format("GET", template:format((id * stride) % 10000 + 1))
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"errors":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
