package views

// adminKinds are what can be done to many tokens, in the order of their buttons.
var adminKinds = []string{"pause", "resume", "schedule", "unschedule", "move_expiry", "revoke"}
