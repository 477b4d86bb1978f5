#!/bin/sh
# Starts an example program that is a command; the scripts revert-domain and revert-fleet call this script:
#
#   launch.sh NAME PROGRAM [argument]...
#
# Needs a JDK 17 or newer, in JAVA_HOME or in PATH, and the jars that examples/quickstart.sh or mvn package builds.
set -eu
examples=$(dirname "$(readlink -f "$0")")
target=$examples/../target
name=$1
program=$2
shift 2
# shellcheck source=examples/start-java.sh disable=SC1091
. "$examples/start-java.sh"

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

find_java "$name"

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
start_java -cp "$classes:$class_path" "$program" "$@"
