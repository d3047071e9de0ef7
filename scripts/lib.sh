# What the scripts in this folder share; they source it. Nothing here changes the current folder.

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
binary=$root/.build/release/daylapse

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Runs a command without a word while it succeeds, and shows all it said where it does not.
quietly() {
  local log status=0
  log=$(mktemp "${TMPDIR:-/tmp}/daylapse.XXXXXX")
  "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    cat "$log" >&2
    say "failed with exit code $status: $*"
  fi
  rm -f "$log"
  return "$status"
}

# Runs a command that is ended after so many seconds (exit code 124), where this system can do that.
within_seconds() {
  if command -v timeout >/dev/null; then timeout --kill-after=10 "$@"; else shift && "$@"; fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "root is needed for: $* (there is no sudo here)"
  fi
}

# Installs those of the given Debian packages that are missing.
need_debian_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]} with apt-get"
  quietly as_root apt-get update -qq
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Installs those of the given Homebrew formulas that are missing.
need_brew_formulas() {
  local formula missing=()
  for formula in "$@"; do
    brew list --versions "$formula" >/dev/null 2>&1 || missing+=("$formula")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]} with brew"
  quietly brew install --quiet "${missing[@]}"
}

# Whatever building Daylapse needs.
need_build_tools() {
  if [ "$(uname)" = Darwin ] && command -v brew >/dev/null; then
    need_brew_formulas zeromq openssl@3 pkgconf
  elif command -v apt-get >/dev/null; then
    need_debian_packages libzmq3-dev zlib1g-dev libssl-dev pkg-config git
  elif ! pkg-config --exists libzmq zlib libcrypto 2>/dev/null; then
    fail "libzmq, zlib and OpenSSL are needed with their headers, and pkg-config:" \
      "there is neither apt-get nor brew here to install them with"
  fi
  command -v swift >/dev/null ||
    fail "Swift 6.1 or later is needed, and there is no swift on the PATH: get it from https://www.swift.org/install"
}

# The Swift runtime goes into the program where the toolchain has it as static libraries: the program then runs where
# there is no toolchain, and each of the five processes of a run starts 2 ms sooner.
release_options() {
  local resources
  resources=$(swift -print-target-info | sed -n 's/.*"runtimeResourcePath" *: *"\(.*\)".*/\1/p')
  printf '%s\n' -c release
  if [ "$(uname)" = Linux ] && [ -d "${resources}_static" ]; then printf '%s\n' --static-swift-stdlib; fi
}

# Builds $binary.
build_release() {
  local option options=()
  while IFS= read -r option; do options+=("$option"); done < <(release_options)
  [ -x "$binary" ] || say "building daylapse; the first time this takes a few minutes"
  quietly swift build --package-path "$root" "${options[@]}" --product daylapse
}
