/**
 * The code that the commands revert-domain and revert-fleet share. No other example uses the
 * library's text helpers, which are not part of its API.
 */
package command;
