# SPDX-License-Identifier: MIT
# Packages of Debian for another architecture, unpacked and not installed:
# debian_packages FOLDER ARCHITECTURE PACKAGE... Apt is given folders of its own, so the system's
# architectures stay as they are. A package that only names another one brings that instead, and
# $only is the part of a package that is unpacked.
foreign=$PWD/build/platforms/packages

foreign_apt()
{
    command=$1
    shift
    "apt-$command" -qq -o Dir::Etc::SourceList="$foreign/sources.list" \
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$foreign/lists" \
        -o Dir::State::Status=/dev/null -o Dir::Cache="$foreign" -o APT::Architectures::="$architecture" -o APT::Sandbox::User=root "$@"
}

debian_packages()
{
    folder=$1
    architecture=$2
    shift 2
    mkdir -p "$folder" "$foreign/lists/partial" "$foreign/archives/partial"
    cat >"$foreign/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
END
    ls "$foreign/lists" | grep -q "binary-${architecture}_Packages" || foreign_apt get update
    for package; do
        [ ! -e "$folder/$package.unpacked" ] || continue
        real=$(foreign_apt cache show "$package:$architecture" |
            sed -n 's/^Depends: \(linux-image-[^ ]*\) .*/\1/p' | head -n 1)
        real=${real:-$package}
        (cd "$foreign/archives" && foreign_apt get download "$real:$architecture")
        dpkg-deb --fsys-tarfile \
            "$(ls -t "$foreign/archives/${real}"_*_"$architecture".deb | head -n 1)" |
            tar -x -C "$folder" "${only:-.}"
        touch "$folder/$package.unpacked"
    done
}
