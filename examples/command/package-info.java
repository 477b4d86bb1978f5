/**
 * The code that the commands share, and the installation of them all as one program. No other
 * example uses the library's text helpers, which are not part of its API.
 */
package command;
