#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# systemd hands over what services have in its store of descriptors, on this project's
# kernel, with and without luod beside it

# shellcheck source-path=SCRIPTDIR source=host.sh
. "$(dirname "$0")/host.sh"

kernel=$(kernel 7.3-luo) || bail "there is no kernel 7.3-luo, see lab/kernel"
holder=$(holder) || bail "holder.c does not compile"
# One whose systemd knows live updates: since 261
SUITE=forky
options=()
for package in libelf1t64 libinih1 libjson-c5 liblz4-1 liblzma5 libsystemd0 libzstd1 zlib1g; do
	options+=(--include "$package")
done
options+=(--copy "$holder:/lab/holder" --copy "$kernel:/lab/kernel"
	--copy "$HOST/holder.service:/etc/systemd/system/holder.service"
	--copy "$HOST/owner.service:/etc/systemd/system/owner.service"
	--copy "$PROGRAMS/ctl/luoctl:/usr/local/bin/luoctl"
	--run 'systemctl enable holder.service owner.service')
luod=(--copy "$PROGRAMS/daemon/luod:/usr/local/sbin/luod"
	--copy "$PROGRAMS/systemd/luod.service:/etc/systemd/system/luod.service"
	--copy "$HOST/told.service:/etc/systemd/system/told.service"
	--copy "$HOST/tell:/etc/luo/hooks.d/post-update.d/50-tell"
	--run 'systemctl enable luod.service')

host_machine "systemd" "$kernel" $SUITE "$HOST/fdstore-inside" "${options[@]}"
host_machine "systemd and luod" "$kernel" $SUITE "$HOST/fdstore-inside" "${options[@]}" "${luod[@]}"
finish
