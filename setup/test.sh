#!/bin/sh
# All checks: style, types, unit tests, storage and runtime suites, integration tests on this kernel, client libraries, conformance tests.
# Run by ./naru test. Arguments after the Node are files to test instead.
set -u
root=$(dirname "$(dirname "$(readlink -f "$0")")")
node=$1; shift
cd "$root" || exit 1
export PATH="$(dirname "$node"):$PATH"
status=0
if [ $# -gt 0 ]; then exec "$node" --test "$@"; fi

go_minor=$(go env GOVERSION 2> /dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
[ "${go_minor:-0}" -ge 26 ] && has_go=yes || has_go=

# What other tools build, most of it once a machine, is built while the other checks run. `clients`, `kit`, `ended` tell how far it is.
work=$(mktemp -d)
export work node has_go
setsid nice -n 10 sh -c '
  "$node" test/clients/prepare.ts; touch "$work/clients"
  if [ -n "$has_go" ]; then sh conformance/run --build && touch "$work/kit"; fi
  touch "$work/ended"' > "$work/log" 2>&1 < /dev/null &
builder=$!
trap 'kill -- -$builder 2> /dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Waits until that is built; fails when it is not to be had.
wait_for() {
  told=; rounds=480
  while [ ! -e "$work/$1" ] && [ ! -e "$work/ended" ] && [ $rounds -gt 0 ]; do
    line=$(tail -n 1 "$work/log")
    [ "$line" = "$told" ] || echo "waiting: $line"
    told=$line
    sleep 5
    rounds=$((rounds - 1))
  done
  [ -e "$work/$1" ]
}

echo "== types"
node_modules/.bin/tsc -p . || status=1
echo "== style and unit tests"
timeout 900 "$node" --test --test-concurrency=2 --test-timeout=60000 --test-reporter=./setup/reporter.ts 'test/style/*.test.ts' 'test/parity/*.test.ts' 'src/**/*.test.ts' 'conformance/*.test.ts' 'bench/*.test.ts' || status=1
echo "== integration tests"
[ -n "${NARU_ETCD:-}" ] || sh "$root/setup/install.sh" etcd:etcd-server || status=1
"$node" "$root/setup/bundle.ts" || status=1
"$node" --test --test-force-exit --test-concurrency=1 --test-timeout=300000 --test-reporter=./setup/reporter.ts 'test/linux/*.test.ts' || status=1
echo "== client libraries and Helm"
wait_for clients
timeout 1800 "$node" --test --test-concurrency=1 --test-reporter=./setup/reporter.ts 'test/clients/*.test.ts' || status=1
echo "== tests beside upstream's programs"
if [ -n "$has_go" ] && wait_for kit; then
  "$node" --test --test-force-exit --test-concurrency=1 --test-timeout=300000 --test-reporter=./setup/reporter.ts 'test/upstream/*.test.ts' || status=1
else
  echo "skipped: they are built with the conformance kit"
fi
echo "== conformance tests, the quick ones and some by lot"
if [ -z "$has_go" ]; then
  echo "skipped: Go 1.26 or newer is not installed, which builds the conformance kit"
elif wait_for kit; then
  sh "$root/conformance/run" --ci --minutes 10 || status=1
else
  echo "naru test: the conformance kit was not built:"
  tail -n 30 "$work/log"
  status=1
fi
[ $status = 0 ] && echo "naru test: all checks passed" || echo "naru test: something failed, see above"
exit $status
