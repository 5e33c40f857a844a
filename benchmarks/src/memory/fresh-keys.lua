-- Every request sets a key that was never set before.
local count = 0

function init(args)
  value = string.rep("x", tonumber(args[1]))
  first = tonumber(args[2])
end

function request()
  count = count + 1
  return wrk.format("POST", string.format("/?key=fresh-%012d&value=%s", first + count, value))
end
