package io.github.libvirtsnapshot.plan.facts;

import io.github.libvirtsnapshot.ConnectionLostException;
import io.github.libvirtsnapshot.DomainStatus;

/** A further query about the images of a domain, while the library reads them. */
interface ImageQuestion {
  /**
   * Makes the query.
   *
   * @param images the images of the domain, as far as the library could read them
   * @param unknowns records what libvirt does not answer
   */
  void ask(ImageInspector images, DomainStatus before, Definitions definitions, Unknowns unknowns)
      throws ConnectionLostException;
}
