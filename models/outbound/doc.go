// Package outbound makes the requests to addresses that people give: imports by
// URL and the console. Who can make a server send requests must not reach with
// them what only the server can, so:
//
//   - https only, on port 443; http, and other ports, only to what the operator
//     opened (Rules). No user information, and no way of writing an IP address
//     but the usual one.
//   - A name is resolved here; if any of its addresses is denied, it is refused.
//     The connection goes to an address that was checked, and is checked again
//     when the socket is made, so an answer that changes in between does not help.
//   - Loopback, private, link-local, shared, multicast, reserved and unspecified
//     addresses are denied, however they are wrapped into IPv6, and so are this
//     machine's own.
//   - Redirects are followed by Get only, three at most, each through all of the
//     above, never from https to http, and without credentials to another origin.
//   - Time, headers and body (as unpacked) are bounded; no proxy of the environment is used.
//
// Every refusal is ErrNotAllowed, whatever its reason: the reason would describe the network.
package outbound
