#!/usr/bin/env bash
# The servers and queues that tests start: installs what is missing where that is allowed, else says how to.
set -euo pipefail

missing=()
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
for each in slurmctld:slurmctld slurmd:slurmd sbatch:slurm-client munged:munge qsub:slurm-wlm-torque; do
  PATH="$PATH:/usr/sbin" command -v "${each%%:*}" >/dev/null || missing+=("${each##*:}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  exit 0
fi
echo "The tests need ${missing[*]}. Install: apt-get install -y --no-install-recommends ${missing[*]}" >&2
exit 1
