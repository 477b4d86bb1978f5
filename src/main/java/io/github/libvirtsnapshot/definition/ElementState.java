package io.github.libvirtsnapshot.definition;

/**
 * The state of an element of a domain's definition.
 *
 * @param label the name of the kind of state, as in {@code TPM}
 * @param source the name of the file, folder or device with the state; empty if it has none
 * @param treatment what a revert does with the state
 */
public record ElementState(String label, String source, Treatment treatment) {}
