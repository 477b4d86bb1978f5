#!/bin/sh
# Starts an example program that is a command; the scripts revert-domain and revert-fleet call this script:
#
#   launch.sh NAME PROGRAM [argument]...
#
# Needs a JDK 17 or newer, in JAVA_HOME or in PATH, and the jars that examples/quickstart.sh or mvn package builds.
set -eu
# The default character set, ASCII, does not have the lines of the snapshot tree.
if [ "$(locale charmap 2> /dev/null)" = ANSI_X3.4-1968 ]; then
  export LC_ALL=C.UTF-8
fi
examples=$(dirname "$(readlink -f "$0")")
target=$examples/../target
name=$1
program=$2
shift 2

give_up() {
  echo "$name: $*" >&2
  exit 3
}

# Compiles the program. The folder of classes exists only when it is complete.
compile() {
  [ -w "$target" ] ||
    give_up "a source of $program.java was changed since the build, and $target can't be written to"
  made=$classes-$$
  if ! "$java" -m jdk.compiler/com.sun.tools.javac.Main -proc:none -nowarn --release 17 -d "$made" \
    -cp "$class_path" -sourcepath "$examples" "$examples/$program.java" >&2; then
    rm -rf "$made"
    give_up "a source of $program.java was changed since the build, and can't be compiled"
  fi
  # Another start may have created the folder meanwhile.
  [ -d "$classes" ] || mv "$made" "$classes"
  rm -rf "$made"
}

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

if ! jar=$("$examples/find-jar.sh") || ! [ -d "$target/example-jars" ]; then
  give_up "the jars are not built: run $examples/quickstart.sh, or mvn package -DskipTests"
fi

class_path=$jar
for needed in "$target"/example-jars/*.jar; do
  class_path=$class_path:$needed
done
# The build compiles the program, but the sources may have been changed since.
classes=$target/example-classes
if ! [ -e "$classes/$program.class" ] ||
  [ -n "$(find "$examples/$program.java" "$examples"/command/*.java -newer "$classes/$program.class")" ]; then
  sum=$(cat "$examples/$program.java" "$examples"/command/*.java | cksum | tr ' ' -)
  classes=$target/example-classes-$sum
  [ -d "$classes" ] || compile
fi
class_path=$classes:$class_path
set -- "$program" "$@"
if [ "$version" -gt 21 ]; then
  set -- --enable-native-access=ALL-UNNAMED "$@"
fi
if [ -t 0 ] && [ -t 2 ]; then
  set -- -Dexample.terminal=true "$@"
fi
exec "$java" -XX:TieredStopAtLevel=1 -cp "$class_path" "$@"
