package models

import (
	"context"
	"encoding/json"
	"net/netip"
	"time"
)

// What happens to a token that has not been used for too long.
const (
	UnusedPause  = "pause"
	UnusedRevoke = "revoke"
)

// TokenPolicy is what holds for the tokens of everybody. A number of 0 sets no
// limit. The members after Networks follow from the changes so far: SetPolicy sees to them.
type TokenPolicy struct {
	Version          int64          `json:"-"` // counts changes, to notice a stale form
	MaxLifetimeDays  int            `json:"max_lifetime_days"`
	AllowNever       bool           `json:"allow_never"`        // see NeverAllowed
	MaxExtensionDays int            `json:"max_extension_days"` // by one edit
	MaxLive          int            `json:"max_live"`           // tokens a person, at most Limits.LiveTokens
	MaxUnusedDays    int            `json:"max_unused_days"`
	UnusedAction     string         `json:"unused_action"` // UnusedPause, UnusedRevoke
	Networks         []netip.Prefix `json:"networks"`      // from where tokens may be used; empty: from anywhere

	UnusedFrom   *time.Time    `json:"unused_from,omitempty"`   // before, no token is paused or revoked for being unused
	NetworkRules []NetworkRule `json:"network_rules,omitempty"` // the newest first
}

// NetworkRule says for which tokens a list of networks holds: for those made since
// it was set and, from a later moment on, for all.
type NetworkRule struct {
	Networks []netip.Prefix `json:"networks"`
	Since    time.Time      `json:"since"`
	All      *time.Time     `json:"all,omitempty"` // nil: never for those made before
}

// defaultPolicy is what holds until an administrator sets something else.
func defaultPolicy() *TokenPolicy {
	return &TokenPolicy{AllowNever: true, UnusedAction: UnusedPause}
}

// NeverAllowed reports whether a token may be made that never expires.
func (p *TokenPolicy) NeverAllowed() bool { return p.AllowNever && p.MaxLifetimeDays == 0 }

// Admits reports whether a token that was made at one moment may be used at
// another from an address. The moments are in Unix microseconds.
func (p *TokenPolicy) Admits(address string, made, now int64) bool {
	for i := range p.NetworkRules {
		r := &p.NetworkRules[i]
		if made >= r.Since.UnixMicro() || r.All != nil && now >= r.All.UnixMicro() {
			return len(r.Networks) == 0 || within(address, r.Networks)
		}
	}
	return true
}

// within reports whether an address is in one of the networks.
func within(address string, networks []netip.Prefix) bool {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// Policy returns the policy as this process knows it: at once after a change in
// this process; a Verifier that polls sees to it that others know it within a second.
func (s *Store) Policy() *TokenPolicy {
	if p := s.policy.Load(); p != nil {
		return p
	}
	return defaultPolicy()
}

// loadPolicy reads the policy for Policy to return.
func (s *Store) loadPolicy(ctx context.Context) error {
	p, err := s.readPolicy(ctx, "")
	if err != nil {
		return err
	}
	s.keepPolicy(p)
	return nil
}

// CurrentPolicy reads the policy as it is now.
func (s *Store) CurrentPolicy(ctx context.Context) (*TokenPolicy, error) {
	return s.readPolicy(ctx, "")
}

// holdPolicy reads the policy within a transaction that makes or changes a token,
// and keeps it from changing until the end: a change treats all tokens that are there.
func (s *Store) holdPolicy(ctx context.Context) (*TokenPolicy, error) {
	if s.postgres {
		return s.readPolicy(ctx, " FOR SHARE")
	}
	return s.readPolicy(ctx, "")
}

func (s *Store) readPolicy(ctx context.Context, lock string) (*TokenPolicy, error) {
	p := defaultPolicy()
	var data string
	err := scanRow(s.read(ctx).Raw("SELECT version, data FROM token_policies WHERE id = 1"+lock), &p.Version, &data)
	if err != nil {
		return nil, err
	}
	return p, json.Unmarshal([]byte(data), p)
}
