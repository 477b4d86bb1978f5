/** A module that reverts the domains of a lab. */
module user.lab {
  requires io.github.libvirtsnapshot;
  requires jdk.jfr;
}
