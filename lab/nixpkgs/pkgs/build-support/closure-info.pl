# Reads the closure that Nix describes in .attrs.json and writes it in the forms that closure-info.nix names.
use strict;
use warnings;
use JSON::PP;

sub contents {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!";
    local $/;
    return <$file>;
}

sub create {
    my ($path, $text) = @_;
    open(my $file, '>', $path) or die "$path: $!";
    print $file $text or die "$path: $!";
    close($file) or die "$path: $!";
}

sub registration {
    my ($info) = @_;
    my @references = sort @{ $info->{references} };
    # The empty line is the deriver.
    return join("\n", $info->{path}, $info->{narHash}, $info->{narSize}, '', scalar(@references), @references) . "\n";
}

my $attributes = decode_json(contents($ENV{NIX_ATTRS_JSON_FILE}));
my $out = $attributes->{outputs}{out};
my @closure = sort { $a->{path} cmp $b->{path} } @{ $attributes->{closure} };
my $total = 0;
$total += $_->{narSize} for @closure;

mkdir $out or die "$out: $!";
create("$out/store-paths", join('', map { "$_->{path}\n" } @closure));
create("$out/registration", join('', map { registration($_) } @closure));
create("$out/total-nar-size", "$total\n");
