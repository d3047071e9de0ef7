#!/usr/bin/env bash
# Generates data/raw/users.csv and data/raw/events.csv, and the raw topics. Options are those of `daylapse generate`.
#
#   ./scripts/generate_data.sh --n-users 200 --days 30 --seed 7
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_build_tools
build_release
exec "$binary" generate "$@"
