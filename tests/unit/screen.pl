#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A terminal, as far as luoctl needs one: what is on it in the end. With a file as argument,
# what was on it each time the cursor went up is written there.
use strict;
use warnings;

my ($frames) = @ARGV;
my @lines = ('');
my ($row, $column) = (0, 0);
my $out;
open($out, '>', $frames) or die "$frames: $!\n" if $frames;

sub show {
	s/ +$// for my @copy = @lines;
	return join("\n", @copy) . "\n";
}

sub down {
	$row++;
	push @lines, '' while $row > $#lines;
}

local $/;
my $text = <STDIN>;
while ($text =~ /\G(\e\[[0-9;]*[A-Za-z]|\e[A-Z]|.)/gs) {
	my $c = $1;
	if ($c eq "\r") {
		$column = 0;
	} elsif ($c eq "\n" || $c eq "\eD") {
		down();
	} elsif ($c eq "\e[A") {
		print $out show(), "--\n" if $out;
		$row-- if $row;
	} elsif ($c eq "\e[K") {
		$lines[$row] = substr($lines[$row], 0, $column);
	} elsif ($c =~ /^\e\[[0-9;]*m$/) {
		next;
	} elsif ($c =~ /^\e/) {
		die "no such command here: " . sprintf("%vd", $c) . "\n";
	} else {
		$lines[$row] .= ' ' while length $lines[$row] < $column;
		substr($lines[$row], $column++, 1) = $c;
	}
}
pop @lines while @lines && $lines[-1] =~ /^ *$/;
print show();
