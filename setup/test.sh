#!/bin/sh
# All checks: style, types, unit tests, storage and runtime suites, integration tests on this kernel. Run by ./naru test.
# Arguments after the Node are files to test instead.
set -u
root=$(dirname "$(dirname "$(readlink -f "$0")")")
node=$1; shift
cd "$root" || exit 1
export PATH="$(dirname "$node"):$PATH"
status=0
if [ $# -gt 0 ]; then exec "$node" --test "$@"; fi

echo "== types"
node_modules/.bin/tsc -p . || status=1
echo "== style and unit tests"
timeout 900 "$node" --test --test-concurrency=2 --test-timeout=60000 --test-reporter=./setup/reporter.ts 'test/style/*.test.ts' 'src/**/*.test.ts' 'conformance/*.test.ts' 'bench/**/*.test.ts' || status=1
echo "== integration tests"
"$node" "$root/setup/bundle.ts" || status=1
"$node" --test --test-force-exit --test-concurrency=1 --test-timeout=300000 --test-reporter=./setup/reporter.ts 'test/linux/*.test.ts' || status=1
echo "== conformance tests, the quick ones and some by lot"
sh "$root/conformance/run" --ci --minutes 5 || status=1
[ $status = 0 ] && echo "naru test: all checks passed" || echo "naru test: something failed, see above"
exit $status
