#!/usr/bin/env bash
# Drives provisioning with curl, as people in a terminal do. Arguments: the URL, the headers and the requests as JSON.
# Prints one answer a line. Node reads and writes the JSON, so that nothing but curl need be there.
set -euo pipefail
url=$1
id=''
mapfile -t headers < <(node -p 'Object.entries(JSON.parse(process.argv[1])).map((one) => one.join(": ")).join("\n")' "$2")
arguments=(-sS --max-time 120 -H 'content-type: application/json')
for header in "${headers[@]}"; do arguments+=(-H "$header"); done
mapfile -t requests < <(node -p 'JSON.parse(process.argv[1]).map((one) => JSON.stringify(one)).join("\n")' "$3")
for request in "${requests[@]}"; do
  member() { node -p 'const [one, name] = process.argv.slice(1); const value = JSON.parse(one)[name]; value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)' "$request" "$1"; }
  query=$(node -p 'String(new URLSearchParams(JSON.parse(process.argv[1]).querystring ?? {}))' "$request")
  path=$(member path)
  body=$(member body)
  data=()
  if [[ -n $body ]]; then data=(-d "$body"); fi
  answer=$(curl "${arguments[@]}" "${data[@]}" -X "$(member method)" -w '\n%{http_code}' "$url${path//\{id\}/$id}?$query")
  text=${answer%$'\n'*}
  if [[ -z $id ]]; then id=$(node -p 'JSON.parse(process.argv[1]).workflow_id' "$text"); fi
  printf '{"status":%s,"body":%s}\n' "${answer##*$'\n'}" "$text"
done
