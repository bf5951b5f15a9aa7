# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Sourced by scripts that take packages of another Debian suite.

# private_apt DIRECTORY SUITE: apt's state in DIRECTORY, with SUITE as its only
# source and nothing installed; apt and its kin use it from then on.
private_apt() {
	local dir=$1 suite=$2 mirror options
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	# shellcheck disable=SC2016 # apt's own variables
	mirror=$(apt-get indextargets --format '$(LABEL)|$(SITE)' 'Identifier: Packages' |
		sed -n 's/^Debian|//p' | head -n 1)
	[ -n "$mirror" ] || die "this machine's apt sources name no Debian mirror; add one and run apt-get update"
	[ -e "$keyring" ] || die "$keyring is missing; run host-backend/install-deps"
	# The machine's own way out (a proxy, a mirror of some past day) holds here too.
	options=$(apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) ' || true)
	rm -rf "$dir"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=$keyring] $mirror $suite main" >"$dir/sources.list"
	: >"$dir/status"
	cat >"$dir/apt.conf" <<-END
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "-";
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	Acquire::Languages "none";
	APT::Sandbox::User "root";
	$options
	END
	export APT_CONFIG=$dir/apt.conf
	apt-get update
}

# linux_source DIRECTORY TREE [PATH]...: the source of the guest image's kernel,
# or these paths of it, in TREE; DIRECTORY is for what that takes.
linux_source() {
	local dir=$1 tree=$2
	shift 2
	mkdir -p "$dir/package" "$tree"
	(
		private_apt "$dir/apt" trixie
		cd "$dir" && apt-get download linux-source-6.12
	)
	dpkg-deb -x "$dir"/linux-source-*.deb "$dir/package"
	tar -C "$tree" --strip-components=1 -xf "$dir"/package/usr/src/linux-source-*.tar.xz \
		"${@/#/linux-source-6.12/}"
	rm -rf "$dir"/{package,apt,*.deb}
}
