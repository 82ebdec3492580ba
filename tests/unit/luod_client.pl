#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# A client of luod, which says what it hears, a line each:
#
#   luod_client.pl SOCKET NAME ANSWER...    before a jump, READY FROZEN or READY VETO
#   luod_client.pl SOCKET NAME --back JSON  after it, with members for RESTORED
use strict;
use warnings;
use IO::Socket::UNIX;

$| = 1;
my ($path, $name, @answers) = @ARGV;
my $luod = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!\n";
$luod->autoflush(1);

sub say_line { print $luod "$_[0]\n" }

if ($answers[0] eq '--back') {
	say_line(qq({"cmd":"CLAIM","name":"$name"}));
	print scalar <$luod>;
	say_line(qq({"cmd":"RESTORED","name":"$name"$answers[1]}));
	print scalar <$luod>;
	exit 0;
}
say_line(qq({"cmd":"SUBSCRIBE","name":"$name"}));
while (my $line = <$luod>) {
	print $line;
	if ($line =~ /"cmd":\s*"(START_PRESERVATION|FREEZE)"/) {
		my $answer = shift @answers;
		say_line(qq({"cmd":"$answer","reason":"the disk is <busy>"}));
	} elsif ($line =~ /"cmd":\s*"CANCEL"/) {
		say_line('{"cmd":"CANCELLED"}');
	}
}
