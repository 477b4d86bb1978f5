#!/bin/sh
# Prints the path of the jar with all dependencies, of the version in pom.xml. Fails if it is not built.
set -eu
project=$(dirname "$(readlink -f "$0")")/..
version=$(sed -n 's:^  <version>\(.*\)</version>$:\1:p' "$project/pom.xml")
jar=$project/target/libvirt-snapshot-$version-all.jar
test -e "$jar"
echo "$jar"
