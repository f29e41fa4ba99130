// Package models is Tessera's domain: people, their sessions and their personal
// access tokens, with the rules that hold for them, over SQLite or PostgreSQL.
//
// What always holds:
//
//   - A token's secret exists in clear only in the answer that shows it. The
//     database has its SHA-256 and last four characters, and for at most ten
//     minutes a copy sealed with a key that only the browser's cookie holds.
//   - Name and expiry date of a token may change; secret, id and usage never do.
//   - A token is good while it is not revoked or paused, its owner is not disabled,
//     now < ExpiresAt and now < RevokeAt, where the policy lets it be used. A revoked
//     token never works again; an expired one does when it gets a later date.
//   - ExpiresAt is the first moment after the token's last day in the zone that
//     its owner had when the date was chosen.
//   - What owners choose is within the policy as it was then; a new policy leaves
//     what is there, or shortens it with notice.
//   - An act on many tokens first settles which they are. Each token is changed,
//     recorded and marked as done in one transaction, so that a crash repeats nothing.
//   - Two live tokens of one person never share a name, whatever its case.
//   - Every query for a person's thing names the person in its WHERE clause;
//     somebody else's is not found.
//   - Each change is recorded in the audit log in the same transaction, and each
//     audit event holds the hash of the one before.
//   - What can make a token good or bad is told to the Verifier: at once in this
//     process, within a second in others.
//
// Store is the database; Verifier and Usage are the hot path beside it, in memory.
// Times are UTC in whole microseconds, and stored as integers.
package models
