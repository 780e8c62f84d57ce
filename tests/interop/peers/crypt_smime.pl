#!/usr/bin/perl
# SPDX-License-Identifier: LGPL-2.1-or-later
# One job of Crypt::SMIME: sign|verify|encrypt|decrypt IN OUT CERT KEY CHAIN-OR-ROOT
use strict;
use warnings;
use Crypt::SMIME;

my ($operation, $in, $out, $cert, $key, $authority) = @ARGV;

sub slurp {
    my ($path) = @_;
    local $/;
    open my $file, '<:raw', $path or die "$path: $!";
    return <$file>;
}

my $smime  = Crypt::SMIME->new;
my $source = slurp($in);
my $result;
if ($operation eq 'sign') {
    $smime->setPrivateKey(slurp($key), slurp($cert));
    $smime->setPublicKey(slurp($authority));    # goes into the signature
    $result = $smime->sign($source);
} elsif ($operation eq 'verify') {
    $smime->setPublicKeyStore($authority);
    $result = $smime->check($source);
} elsif ($operation eq 'encrypt') {
    $smime->setPublicKey([map { slurp($_) } split /,/, $cert]);
    $result = $smime->encrypt($source);
} elsif ($operation eq 'decrypt') {
    $smime->setPrivateKey(slurp($key), slurp($cert));
    $result = $smime->decrypt($source);
} else {
    die "unknown operation $operation";
}

open my $file, '>:raw', $out or die "$out: $!";
print {$file} $result;
close $file or die "$out: $!";
