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

soak:
	LUO_SOAK=1 lab/check

bench:
	bench/run

.PHONY: all demo check soak bench
