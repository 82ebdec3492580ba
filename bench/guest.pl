#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# What the blackouts of guests consisted of, a column for each SIZE, whose record is in
# the file SIZE and the new kernel's log in SIZE.log. See bench/guest.
#
# usage: guest.pl SIZE...
use strict;
use warnings;
use JSON::PP;

sub contents
{
	my ($file) = @_;

	local $/;
	open(my $in, '<', $file) or die "$file: $!\n";
	return <$in>;
}

# The times of the log's lines that tell how far userspace is, in ms
sub marks
{
	my ($log, $file) = @_;
	my %lines = (
		updated => qr/liveupdate: state: undefined -> updated/,
		init => qr/Run \/init as init process/,
		begins => qr/bench: begins/,
		resumes => qr/bench: resumes/,
		back => qr/luod: qemu:bench: is back/);
	my %at;

	for my $mark (keys %lines) {
		$log =~ /^\[ *([0-9.]+)\] $lines{$mark}/m or die "$file: no line of '$mark'\n";
		$at{$mark} = $1 * 1e3;
	}
	return %at;
}

# parts SIZE: in ms. What the record does not tell is what the log tells, or what is left.
sub parts
{
	my ($size) = @_;
	my $record = decode_json(contents($size));
	my ($guest) = @{$record->{clients}};
	my %p = map { s/_ns$//r => $guest->{parts}{$_} / 1e6 } keys %{$guest->{parts}};
	my %kernel = map { $_ => $record->{kernel}{$_} } keys %{$record->{kernel}};
	my %at = marks(contents("$size.log"), "$size.log");

	$guest->{blackout_ns} > 0 or die "$size: the record has no blackout\n";
	$p{whole} = $guest->{blackout_ns} / 1e6;
	$p{jump} = $kernel{blackout_ns} / 1e6;
	$p{boot} = $at{init} - $at{updated};
	$p{init} = $at{begins} - $at{init};
	$p{luod} = $at{resumes} - $at{begins};
	$p{agent} = $at{back} - $at{resumes} - $p{start_qemu} - $p{restore} - $p{resume};
	$p{freeze} = $p{whole};
	$p{freeze} -= $p{$_} for qw(stop save jump boot init luod agent start_qemu restore resume);
	$p{kernel} = $p{jump} + $p{boot};
	$p{userspace} = $p{whole} - $p{kernel};
	$p{share} = 100 * $p{userspace} / $p{whole};
	return \%p;
}

my @rows = (
	['stop: QEMU stops the guest', 'stop'],
	['save: QEMU writes down its devices', 'save'],
	['freeze: luod, and the way into reboot(2)', 'freeze'],
	['jump: FREEZE until the next kernel has read the handover', 'jump'],
	['boot: the rest, until it starts init', 'boot'],
	['init: until it starts luod', 'init'],
	['luod: until it starts the agent', 'luod'],
	['agent: claims and retrieves the guest', 'agent'],
	['start of QEMU', 'start_qemu'],
	['restore: QEMU reads the devices', 'restore'],
	['resume: QEMU lets the guest go on', 'resume'],
	['**blackout**', 'whole'],
	['of it the kernel: jump and boot', 'kernel'],
	['of it userspace: all else', 'userspace'],
	['userspace, % of the blackout', 'share']);
my %of = map { $_ => parts($_) } @ARGV;

print '| M instructions | ', join(' | ', map { "$_ MiB" } @ARGV), " |\n";
print '|---|', '--:|' x @ARGV, "\n";
for my $row (@rows) {
	print "| $row->[0] |", map { sprintf ' %.1f |', $of{$_}{$row->[1]} } @ARGV;
	print "\n";
}

# growth TEXT, SIZE...: from the first to the last of several
sub growth
{
	my ($text, @sizes) = @_;
	return if @sizes < 2;
	my ($first, $last) = map { $of{$_} } @sizes[0, -1];

	printf "%s: from %s to %s MiB userspace's part grows by %.1f %%, and is %.1f and %.1f %% of the blackout.\n",
		$text, @sizes[0, -1], 100 * ($last->{userspace} / $first->{userspace} - 1),
		$first->{share}, $last->{share};
}

print "\n";
growth('In pages of 4 KiB', grep { !/huge/ } @ARGV);
growth('In huge pages', grep { /huge/ } @ARGV);
