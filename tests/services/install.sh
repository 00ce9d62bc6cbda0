#!/usr/bin/env bash
# The servers that tests start: installs what is missing where that is allowed, else says how to.
set -euo pipefail

if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then
  exit 0
fi
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql
  exit 0
fi
echo "The tests of PostgreSQL need its server. Install it: apt-get install -y --no-install-recommends postgresql" >&2
exit 1
