#!/usr/bin/env bash
# The stack of docker-compose.yml without Docker, as far as Debian has it: Redis, Prometheus, the emulator, the gateway and the load; not
# Grafana. Everything listens on loopback, writes to a folder that is gone at the end, and ends with this script.
#
#   deploy/stack.sh [--for 60s]     until Ctrl-C, or for as long as that
#
# Other ports: GATEWAY_PORT, ADMIN_PORT, EMULATOR_PORT, REDIS_PORT, PROMETHEUS_PORT.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  echo 'usage: deploy/stack.sh [--for TIME], TIME as 30s, 5m or 1h' >&2
  exit 2
}
lasts=infinity
if [ $# -gt 0 ]; then
  [[ $# -eq 2 && $1 == --for && $2 =~ ^[1-9][0-9]*[smh]?$ ]] || usage
  lasts=$2
fi

: "${GATEWAY_PORT:=8080}" "${ADMIN_PORT:=8081}" "${EMULATOR_PORT:=9000}" "${REDIS_PORT:=6380}" "${PROMETHEUS_PORT:=9090}"

# The project brings its own Node.
PATH=$PWD/node_modules/.bin:$PATH
missing=()
command -v node >/dev/null && [ -d node_modules/hono ] || missing+=('its packages (npm ci)')
command -v redis-server >/dev/null || missing+=('redis-server (Debian: apt-get install redis-server)')
command -v prometheus >/dev/null || missing+=('prometheus (Debian: apt-get install prometheus)')
if [ ${#missing[@]} -gt 0 ]; then
  printf 'the stack needs %s\n' "${missing[@]}" >&2
  exit 1
fi

data=$(mktemp -d)
names=() pids=()

# The other way round than they were started: the load first, Redis last. The gateway drains, which takes seconds.
stop() {
  trap '' INT TERM
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "${pids[i]}" 2>/dev/null || continue
    for _ in $(seq 400); do
      kill -0 "${pids[i]}" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM

start() { # NAME COMMAND…
  local name=$1
  shift
  "$@" >"$data/$name.log" 2>&1 &
  names+=("$name") pids+=($!)
  echo "$name: pid $!"
}

fail() { # NAME WHAT
  echo "$1 $2; the end of what it wrote:" >&2
  tail -n 5 "$data/$1.log" >&2
  exit 1
}

answers() { # PORT
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Waits until the part that was started last takes connections.
listening() { # PORT
  local name=${names[-1]} pid=${pids[-1]}
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || fail "$name" 'has ended'
    answers "$1" && return
    sleep 0.1
  done
  fail "$name" "does not listen on port $1"
}

for name in GATEWAY_PORT ADMIN_PORT EMULATOR_PORT REDIS_PORT PROMETHEUS_PORT; do
  answers "${!name}" || continue
  echo "port ${!name} is taken: set $name to another one" >&2
  exit 1
done

# The files of docker-compose.yml, with loopback in place of the names of its services.
sed -e "s/host: 0\.0\.0\.0, port: 8080/host: 127.0.0.1, port: $GATEWAY_PORT/" \
  -e "s/host: 0\.0\.0\.0, port: 8081/host: 127.0.0.1, port: $ADMIN_PORT/" \
  -e "s/emulator:9000/127.0.0.1:$EMULATOR_PORT/" -e "s/redis:6379/127.0.0.1:$REDIS_PORT/" deploy/runway.yaml >"$data/runway.yaml"
cp deploy/prometheus/*.yml "$data"
sed -i "s/gateway:8081/127.0.0.1:$ADMIN_PORT/" "$data/prometheus.yml"

# Made up, and good for this emulator only.
export HUAWEICLOUD_SDK_AK=EXAMPLEACCESSKEY HUAWEICLOUD_SDK_SK=example-secret-key

start redis redis-server --bind 127.0.0.1 --port "$REDIS_PORT" --dir "$data" --save '' --appendonly no \
  --maxmemory 256mb --maxmemory-policy volatile-ttl
listening "$REDIS_PORT"
start emulator node src/main.ts emulator --port "$EMULATOR_PORT" --access-key "$HUAWEICLOUD_SDK_AK" --secret-key "$HUAWEICLOUD_SDK_SK" \
  --fault 429=0.02 --fault 500=0.01 --fault flaky:reset=0.02 --fault latency=2ms..20ms --fault cold-start=400ms
listening "$EMULATOR_PORT"
start gateway node --no-memory-reducer src/main.ts serve -c "$data/runway.yaml"
listening "$GATEWAY_PORT"
start prometheus prometheus --config.file="$data/prometheus.yml" --storage.tsdb.path="$data/tsdb" --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" \
  --storage.tsdb.retention.time=35d --enable-feature=exemplar-storage
listening "$PROMETHEUS_PORT"
start load node deploy/load.ts --url "http://127.0.0.1:$GATEWAY_PORT"

cat <<READY

functions    http://127.0.0.1:$GATEWAY_PORT/run/hello
console      http://127.0.0.1:$ADMIN_PORT/console
Prometheus   http://127.0.0.1:$PROMETHEUS_PORT (first values after half a minute)

Grafana is not among Debian's packages and is left out. One of your own, with this Prometheus and deploy/grafana/dashboards, shows them:
see docs/dashboards.md. Ctrl-C ends all of it.
READY

sleep "$lasts" &
timer=$!
pids+=("$timer")
wait -n -p ended || true
[ "$ended" = "$timer" ] && exit 0
for i in "${!names[@]}"; do
  [ "${pids[i]}" = "$ended" ] && fail "${names[i]}" 'has ended'
done
