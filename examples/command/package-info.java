/**
 * What the commands revert-domain and revert-fleet share. Nothing else of the examples knows the
 * library's text helpers, which are not part of its API.
 */
package command;
