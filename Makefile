# SPDX-License-Identifier: GPL-2.0-or-later
# Names for commands that can as well be called without make.

BUILD ?= build-release

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	meson setup $(BUILD)

demo:
	lab/demo

check:
	lab/check

# The long forms, and then all that runs on our kernels on one that finds faults.
soak:
	LUO_SOAK=1 lab/check
	lab/kernel 7.3 luo-debug && lab/kernel 7.2 luo-debug
	LUO_FLAVOUR=luo-debug lab/check tests/vm/*.t

bench:
	bench/run --write
	bench/guest --write

deb:
	packaging/build-deb

.PHONY: all demo check soak bench deb
