package models

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// AuditEntry is an event as exports and the API tell it. Its members are the
// columns of an exported table.
type AuditEntry struct {
	Seq       int64        `json:"seq"`
	At        time.Time    `json:"at"`
	Kind      string       `json:"kind"`
	ActorKind string       `json:"actorKind"`
	ActorID   *int64       `json:"actorId"`
	ActorName string       `json:"actorName"`
	UserID    *int64       `json:"userId"`
	Subject   string       `json:"subject"`
	Label     string       `json:"label"`
	Address   string       `json:"address"`
	Client    string       `json:"client"`
	Changes   AuditChanges `json:"changes"`
	Hash      string       `json:"hash"` // hexadecimal
}

// Entry returns e as it is told.
func (e *AuditEvent) Entry() AuditEntry {
	return AuditEntry{
		Seq: e.Seq, At: e.At, Kind: e.Kind, ActorKind: e.ActorKind, ActorID: e.ActorID, ActorName: e.ActorName, UserID: e.UserID,
		Subject: e.Subject, Label: e.Label, Address: e.Address, Client: e.Client, Changes: e.Changes, Hash: hex.EncodeToString(e.Hash),
	}
}

// AuditColumns heads a table of audit events.
var AuditColumns = []string{"seq", "at", "kind", "actorKind", "actorId", "actorName", "userId", "subject", "label", "address", "client", "changes", "hash"}

// Row is e as a row of such a table, with its changes as JSON.
func (e AuditEntry) Row() ([]string, error) {
	id := func(n *int64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatInt(*n, 10)
	}
	changes, err := json.Marshal(e.Changes)
	return []string{strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339Nano), e.Kind, e.ActorKind, id(e.ActorID), e.ActorName, id(e.UserID),
		e.Subject, e.Label, e.Address, e.Client, string(changes), e.Hash}, err
}

// QuoteFormula quotes a cell that a spreadsheet would take for a formula.
func QuoteFormula(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r\n\x00") == 0 {
		return "'" + cell
	}
	return cell
}
