/** What is known of snapshots: the details that their XML has. */
package io.github.libvirtsnapshot.snapshots;
