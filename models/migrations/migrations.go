// Package migrations holds the database schema as goose SQL files, one folder a database.
package migrations

import "embed"

// FS has the folders "sqlite" and "postgres".
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
