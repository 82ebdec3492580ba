#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes what a kernel image consists of, for tests, on standard output:
#
#   image.pl notes NOTE...             what is in /sys/kernel/notes
#   image.pl vmlinux RELEASE NOTE...   an ELF file
#   image.pl bzimage PACKER [-s] [-i BYTES] RELEASE NOTE...
#                                      that, packed; -s: with a signature
#   image.pl pack PACKER FILE          a vmlinux, packed
#
# A NOTE is TYPE:TEXT or TYPE:NAME:VERSION. A RELEASE may be empty. What is in $EXTRA goes
# into the code, with zeros for semicolons.
use strict;
use warnings;

my %packers = (
	none => 'cat', gzip => 'gzip -nc', xz => 'xz -1c', lzma => 'xz -1 --format=lzma -c',
	zstd => 'zstd -qc', lz4 => 'lz4 -qlc', 'true' => 'true',
);

sub note {
	my ($owner, $type, $text) = @_;
	my $pad = sub { $_[0] . "\0" x (-length($_[0]) & 3) };
	return pack('VVV', length($owner), length($text), $type) . $pad->($owner) . $pad->($text);
}

sub notes {
	# As others have it, which are none of ours
	my $notes = note("GNU\0", 3, pack('H*', '00112233445566778899'));
	for (@_) {
		my ($type, $text, $version) = split(/:/, $_, 3);
		$text .= "\0";
		$text .= "$version\0" if defined $version;
		$notes .= note("LUO\0", $type, $text);
	}
	return $notes;
}

sub vmlinux {
	my $release = shift;
	my $code = "%s version %s\0Linux version %s (x)\0" . ($ENV{EXTRA} // '') . "\0";
	$code =~ tr/;/\0/;
	$code .= "Linux version $release (x\@y) #1\0" if length $release;
	my $notes = notes(@_);
	my $names = "\0.notes\0.rodata\0.shstrtab\0";
	my $at = 64;
	my @sections = ([0, 0, '']);
	push @sections, [1, 7, $notes], [8, 1, $code], [16, 3, $names];
	my ($body, $table) = ('', '');
	for my $section (@sections) {
		my ($name, $type, $data) = @$section;
		$body .= "\0" x (-length($body) & 7);
		my $size = length $data;
		$table .= pack('VVQQQQVVQQ', $name, $type, 0, 0, $type ? $at + length($body) : 0,
			$size, 0, 0, $type ? 4 : 0, 0);
		$body .= $data;
	}
	$body .= "\0" x (-length($body) & 7);
	my $header = "\x7fELF" . pack('CCCCx8', 2, 1, 1, 0) .
		pack('vvVQQQVvvvvvv', 2, 62, 1, 0, 0, $at + length($body), 0, 64, 0, 0, 64,
			scalar(@sections), 3);
	return $header . $body . $table;
}

sub content {
	open(my $in, '<:raw', $_[0]) or die "$_[0]: $!\n";
	local $/;
	return scalar <$in>;
}

sub packed {
	my ($packer, $vmlinux) = @_;
	my $file = "packed.$$";
	open(my $pipe, '|-', "$packers{$packer} >$file") or die;
	binmode $pipe;
	print $pipe $vmlinux;
	close $pipe or die;
	my $payload = content($file);
	unlink $file;
	# The size of what is packed follows it, in all but gzip's format.
	return $packer eq 'gzip' ? $payload : $payload . pack('V', length $vmlinux);
}

sub bzimage {
	my ($packer, $signed, $init_size) = (shift, 0, 48 << 20);
	while (@_ && $_[0] =~ /^-/) {
		my $option = shift;
		$signed = 1 if $option eq '-s';
		$init_size = shift if $option eq '-i';
	}
	return image($_[0], packed($packer, vmlinux(@_)), $signed, $init_size);
}

sub pack_file {
	my ($packer, $file) = @_;
	return image('', packed($packer, content($file)), 0, 48 << 20);
}

sub image {
	my ($release, $payload, $signed, $init_size) = @_;

	my $setup = "\0" x 2048;
	my $pe = 0x300;
	substr($setup, 0x3c, 4) = pack('V', $pe);
	substr($setup, 0x1f1, 1) = pack('C', 3);
	substr($setup, 0x1fe, 2) = pack('v', 0xaa55);
	substr($setup, 0x202, 4) = 'HdrS';
	substr($setup, 0x206, 2) = pack('v', 0x020f);
	substr($setup, 0x20e, 2) = pack('v', 0x500 - 0x200);
	substr($setup, 0x248, 8) = pack('VV', 512, length $payload);
	substr($setup, 0x260, 4) = pack('V', $init_size);
	substr($setup, $pe, 4) = "PE\0\0";
	substr($setup, $pe + 24, 2) = pack('v', 0x20b);
	substr($setup, $pe + 24 + 144, 8) = pack('VV', 4096, 8) if $signed;
	my $version = "$release (x\@y)\0";
	substr($setup, 0x500, length $version) = $version if length $release;
	return $setup . "\0" x 512 . $payload;
}

my $kind = shift // '';
my %kinds = (notes => \&notes, vmlinux => \&vmlinux, bzimage => \&bzimage, pack => \&pack_file);
die "image.pl: no such kind: $kind\n" unless $kinds{$kind};
binmode STDOUT;
print $kinds{$kind}->(@ARGV);
