package modeltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// cluster is a private PostgreSQL server that listens on a socket in its folder.
type cluster struct {
	url      string    // of its superuser
	lifeline io.Closer // while it is open and held, the server runs
}

// supervise makes a cluster in the folder $1 with the programs in $2 and serves
// it until standard input ends, which is when the test process does, however it
// dies. No database outlives a test, so nothing needs to reach the disk. A server
// that has just been started still ignores signals, hence the loop.
const supervise = `
cd "$1" || exit 1
"$2/initdb" -D data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >log 2>&1 || exit 1
"$2/postgres" -D data -k "$1" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c max_connections=300 -c shared_buffers=32MB >>log 2>&1 &
server=$!
cat >/dev/null
while kill -INT $server 2>/dev/null; do sleep 0.1; done
rm -rf "$1"
`

// startCluster returns nil without an error when PostgreSQL is not installed.
func startCluster() (*cluster, error) {
	programs := findPrograms()
	if programs == "" {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "tessera-pg-")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/bin/sh", "-c", supervise, "sh", dir, programs)
	cmd.Dir = "/"
	// A group of its own: an interrupt from the terminal must not end the supervisor before its server.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getuid() == 0 {
		if err := asServiceUser(cmd.SysProcAttr, dir); err != nil {
			return nil, err
		}
	}
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		cmd.Process.Wait() // not cmd.Wait, which would close the pipe
		close(ended)
	}()
	address := url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}}.Encode(),
	}
	c := &cluster{url: address.String(), lifeline: lifeline}
	return c, c.wait(ended, filepath.Join(dir, "log"))
}

// wait returns once the server answers.
func (c *cluster) wait(ended <-chan struct{}, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := execute(ctx, c.url, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the server did not start: %s", text)
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the server does not answer: %w: %s", err, text)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// findPrograms is the folder with initdb and postgres, or empty. Debian keeps it out of PATH.
func findPrograms() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// asServiceUser makes the process run as somebody else, since PostgreSQL refuses
// to run as root, and gives that user the folder.
func asServiceUser(attr *syscall.SysProcAttr, dir string) error {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(u.Uid)
		if err != nil {
			return err
		}
		gid, err := strconv.Atoi(u.Gid)
		if err != nil {
			return err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return os.Chown(dir, uid, gid)
	}
	return errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody")
}
