#!/bin/sh
# Starts the commands in the jar that follows these lines. The build joins start-java.sh, this file and the jar.
find_java "${0##*/}"
start_java -jar "$0" "$@"
