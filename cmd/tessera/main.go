// Command tessera is the whole product: the server and its administration.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	_ "time/tzdata" // people's time zones, where the machine has no list of them

	"github.com/alecthomas/kong"
	"github.com/mattn/go-isatty"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// commands is the command line. Each flag --a-b also reads TESSERA_A_B.
type commands struct {
	Serve serveCmd `cmd:"" help:"Serve the pages and the API."`
	User  struct {
		Add         userAddCmd         `cmd:"" help:"Make an account."`
		List        userListCmd        `cmd:"" help:"List everyone."`
		Disable     userDisableCmd     `cmd:"" help:"Stop a person's sign-in and tokens, at once."`
		Enable      userEnableCmd      `cmd:"" help:"Let a disabled person in again."`
		SetPassword userSetPasswordCmd `cmd:"" help:"Replace a password and end the person's sessions."`
	} `cmd:"" help:"Manage accounts."`
	Token struct {
		Create  tokenCreateCmd  `cmd:"" help:"Make a token; standard output holds its secret and nothing else."`
		List    tokenListCmd    `cmd:"" help:"List a person's tokens, or those of everybody that a filter chooses."`
		Inspect tokenInspectCmd `cmd:"" help:"Tell what a secret, read from standard input, is worth."`
		Revoke  tokenRevokeCmd  `cmd:"" help:"End a token for good."`
	} `cmd:"" help:"Manage API access tokens."`
	Audit struct {
		Verify auditVerifyCmd `cmd:"" help:"Check that no event of the audit log was changed, removed or moved."`
		Head   auditHeadCmd   `cmd:"" help:"Print the head of the audit log, to be kept elsewhere."`
		Export auditExportCmd `cmd:"" help:"Write the events of the audit log to standard output."`
	} `cmd:"" help:"Read and check the audit log."`
	Demo    demoCmd `cmd:"" help:"Fill an empty database with made-up people and tokens."`
	Migrate struct {
		Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date, as every other command does first."`
		Status migrateStatusCmd `cmd:"" help:"List the steps of the schema without doing any."`
	} `cmd:"" help:"Manage the database schema."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// streams is where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exitCode ends a command that has said all that there is to say.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// Exit codes besides 0.
const (
	exitFailed exitCode = 1 // the command could not do its work; for `token inspect`, the token is no good
	exitUsage  exitCode = 2 // there is no such command or flag
)

// run is main without the process: it parses args, runs one command until it
// is done or ctx ends, and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &streams{in: stdin, out: stdout, err: stderr}
	helped := false
	parser, err := kong.New(&commands{},
		kong.Name("tessera"),
		kong.Description("Account settings and API access tokens. Every flag can also be set by the environment variable named beside it."),
		kong.DefaultEnvars("TESSERA"),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		return fail(stderr, err, exitFailed)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if helped {
		return 0
	}
	if err != nil {
		return fail(stderr, fmt.Errorf("%w (see tessera --help)", err), exitUsage)
	}
	if err := command.Run(); err != nil {
		return fail(stderr, err, exitFailed)
	}
	return 0
}

// fail tells err, each of its lines marked as this program's.
func fail(stderr io.Writer, err error, code exitCode) int {
	if said := exitCode(0); errors.As(err, &said) {
		return int(said)
	}
	for line := range strings.Lines(sentence(err)) {
		fmt.Fprintln(stderr, "tessera:", strings.TrimSpace(line))
	}
	return int(code)
}

// isTerminal reports whether a person watches what is written to w.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}
