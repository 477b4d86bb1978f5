#!/bin/sh
# Finds and starts a Java 17 or newer, in JAVA_HOME or in PATH, with the options that the commands need. launch.sh reads
# these functions. The build also writes them before the jar with the commands, which makes that jar a program.
set -eu

# The default character set, ASCII, does not have the lines of the snapshot tree.
if [ "$(locale charmap 2> /dev/null)" = ANSI_X3.4-1968 ]; then
  export LC_ALL=C.UTF-8
fi

give_up() {
  echo "$name: $*" >&2
  exit 3
}

# Finds Java for the command of this name.
find_java() {
  name=$1
  java=java
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
  fi
  version=$("$java" -version 2>&1 | sed -nE 's/.* version "([0-9]+).*/\1/p') || true
  if [ -z "$version" ]; then
    give_up "Java was not found ($java): install a JDK 17 or newer, or set JAVA_HOME to one"
  elif [ "$version" -lt 17 ]; then
    give_up "$java is Java $version: install a JDK 17 or newer, or set JAVA_HOME to one"
  fi
}

# Replaces this process by Java with these arguments.
start_java() {
  if [ -t 0 ] && [ -t 2 ]; then
    set -- -Dexample.terminal=true "$@"
  else
    set -- -Dexample.terminal=false "$@"
  fi
  if [ "$version" -gt 21 ]; then
    set -- --enable-native-access=ALL-UNNAMED "$@"
  fi
  exec "$java" -XX:TieredStopAtLevel=1 "$@"
}
