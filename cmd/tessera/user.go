package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tessera/models"
)

// withStore checks the flags of a command that opens the database, and gives do
// the open, migrated store.
func (f *databaseFlags) withStore(ctx context.Context, p problems, limits models.Limits, do func(*models.Store) error) error {
	cfg := f.config(&p)
	cfg.Limits = limits
	if err := p.err(); err != nil {
		return err
	}
	store, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(store), store.Close())
}

// withUser is withStore for a command about one person.
func (f *databaseFlags) withUser(ctx context.Context, p problems, email string, do func(*models.Store, *models.User) error) error {
	return f.withStore(ctx, p, models.Limits{}, func(store *models.Store) error {
		u, err := userByEmail(ctx, store, email)
		if err != nil {
			return err
		}
		return do(store, u)
	})
}

func userByEmail(ctx context.Context, store *models.Store, email string) (*models.User, error) {
	u, err := store.UserByEmail(ctx, email)
	if errors.Is(err, models.ErrNotFound) {
		return nil, fmt.Errorf("nobody has the e-mail address %q; tessera user list shows everyone", email)
	}
	return u, err
}

// passwordFlags take a password in ways that don't show it to other users of the machine.
type passwordFlags struct {
	PasswordStdin bool   `help:"Read the password from standard input, without its line break."`
	PasswordFile  string `help:"Read the password from a file, without its line break." placeholder:"FILE"`
}

// maxPasswordInput is more than any password that is accepted, in bytes.
const maxPasswordInput = 4 << 10

func (f *passwordFlags) read(p *problems, in io.Reader) string {
	switch {
	case !f.PasswordStdin && f.PasswordFile == "":
		p.add("password-stdin", "the password is missing; pipe it in with this flag or name its file with --password-file")
	case !f.PasswordStdin:
		return p.secret("password", "", f.PasswordFile)
	case f.PasswordFile != "":
		p.add("password-stdin", "--password-file is set too; keep one of them")
	case isTerminal(in):
		p.add("password-stdin", "a terminal would show the password; pipe it in or name its file with --password-file")
	default:
		b, err := io.ReadAll(io.LimitReader(in, maxPasswordInput))
		if err != nil {
			p.add("password-stdin", "%v", err)
		}
		return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	}
	return ""
}

type userAddCmd struct {
	databaseFlags
	passwordFlags
	Email    string `arg:"" help:"E-mail address to sign in with."`
	Name     string `required:"" help:"The person's name." placeholder:"NAME"`
	TimeZone string `default:"UTC" help:"The person's time zone, for instance Asia/Tokyo (${default})." placeholder:"ZONE"`
	Language string `help:"en or ja; without it the browser's." placeholder:"LANGUAGE"`
	Admin    bool   `help:"Make the person an administrator."`
}

// Run makes the account.
func (c *userAddCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	in := models.NewUser{Email: c.Email, Name: c.Name, TimeZone: c.TimeZone, Language: c.Language, Admin: c.Admin}
	in.Password = c.passwordFlags.read(&p, s.in)
	return c.withStore(ctx, p, models.Limits{}, func(store *models.Store) error {
		u, err := store.CreateUser(ctx, models.CLI, in)
		if err != nil {
			return err
		}
		role := "an account"
		if u.Admin {
			role = "an administrator's account"
		}
		fmt.Fprintf(s.out, "%s <%s> has %s now.\n", u.Name, u.Email, role)
		return nil
	})
}

type userListCmd struct {
	databaseFlags
	JSON bool `name:"json" help:"Write JSON."`
}

// userRow is one person in the JSON of `user list`.
type userRow struct {
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Admin      bool       `json:"admin"`
	TimeZone   string     `json:"time_zone"`
	Language   string     `json:"language"`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at"`
}

// Run lists everyone.
func (c *userListCmd) Run(ctx context.Context, s *streams) error {
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		users, err := store.Users(ctx)
		if err != nil {
			return err
		}
		all := []userRow{}
		rows := [][]string{{"E-MAIL", "NAME", "ROLE", "STATUS", "TIME ZONE", "CREATED (UTC)"}}
		for _, u := range users {
			all = append(all, userRow{u.Email, u.Name, u.Admin, u.TimeZone, u.Language, u.CreatedAt, u.DisabledAt})
			role, status := "user", "active"
			if u.Admin {
				role = "administrator"
			}
			if u.Disabled() {
				status = "disabled"
			}
			rows = append(rows, []string{u.Email, u.Name, role, status, u.TimeZone, u.CreatedAt.Format(time.DateOnly)})
		}
		if c.JSON {
			return printJSON(s.out, all)
		}
		return table(s.out, rows)
	})
}

// userArg names the person a command is about.
type userArg struct {
	databaseFlags
	Email string `arg:"" help:"The person's e-mail address."`
}

type userDisableCmd struct{ userArg }

// Run disables the person.
func (c *userDisableCmd) Run(ctx context.Context, s *streams) error {
	return c.setDisabled(ctx, s, true, "%s is disabled: sign-in, sessions and tokens are refused from now on.\n")
}

type userEnableCmd struct{ userArg }

// Run lets the person in again.
func (c *userEnableCmd) Run(ctx context.Context, s *streams) error {
	return c.setDisabled(ctx, s, false, "%s can sign in, and the tokens that have not ended work again.\n")
}

func (c *userArg) setDisabled(ctx context.Context, s *streams, disabled bool, done string) error {
	return c.withUser(ctx, nil, c.Email, func(store *models.Store, u *models.User) error {
		if err := store.SetDisabled(ctx, models.CLI, u.ID, disabled); err != nil {
			return err
		}
		fmt.Fprintf(s.out, done, u.Email)
		return nil
	})
}

type userSetPasswordCmd struct {
	userArg
	passwordFlags
}

// Run replaces the password.
func (c *userSetPasswordCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	password := c.passwordFlags.read(&p, s.in)
	return c.withUser(ctx, p, c.Email, func(store *models.Store, u *models.User) error {
		if err := store.SetPassword(ctx, models.CLI, u, password); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s has a new password; all sessions have ended.\n", u.Email)
		return nil
	})
}
