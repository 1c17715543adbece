#!/usr/bin/env bash
# Checks that skia can be imported, and installs its system packages libGL and libEGL as root on Debian or Ubuntu.
set -euo pipefail

python=${1:?usage: check_skia.sh PYTHON}
packages=(libgl1 libegl1)

works() { "$python" -c "import skia" 2>/dev/null; }

works && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "setup: installing ${packages[*]}, which skia needs"
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null; then
        works && exit 0
    fi
fi

"$python" -c "import skia" || true
cat >&2 <<END
setup: skia, which draws images, cannot be loaded. It needs libGL and libEGL. On Debian or Ubuntu:

    sudo apt-get install -y --no-install-recommends ${packages[*]}

then run make setup again.
END
exit 1
