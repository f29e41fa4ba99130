package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a server under measurement, pinned to one core.
type process struct {
	name    string
	address string // host:port
	cmd     *exec.Cmd
	output  bytes.Buffer
}

// cores returns the core that servers share and those for the rest; on a
// machine with one core both are that one.
func cores() (server, rest unix.CPUSet, err error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return all, all, err
	}
	for cpu := 0; ; cpu++ {
		if all.IsSet(cpu) {
			server.Set(cpu)
			break
		}
	}
	rest = all
	if all.Count() > 1 {
		for cpu := range len(all) * 64 {
			if server.IsSet(cpu) {
				rest.Clear(cpu)
			}
		}
	}
	return server, rest, nil
}

// pinSelf moves every thread of this process to cpus; later threads follow.
func pinSelf(cpus unix.CPUSet) error {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, &cpus); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// start runs a server on a free port, on the servers' core alone, until ctx
// ends. Its arguments follow "--listen=ADDRESS".
func start(ctx context.Context, name, program string, cpus unix.CPUSet, args ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{name: name, address: address}
	p.cmd = exec.CommandContext(ctx, program, append(args, "--listen="+address)...)
	p.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = 5 * time.Second
	return p, startOn(p.cmd, cpus)
}

// startOn starts cmd on cpus: a child has the cores of the thread that starts it.
func startOn(cmd *exec.Cmd, cpus unix.CPUSet) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, &cpus); err != nil {
		return err
	}
	return errors.Join(cmd.Start(), unix.SchedSetaffinity(0, &before))
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// ready waits for the first 200 on path.
func (p *process) ready(path string) error {
	client := &http.Client{Timeout: time.Second}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		answer, err := client.Get("http://" + p.address + path)
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			client.CloseIdleConnections()
			return nil
		}
	}
	return fmt.Errorf("%s does not answer: %s", p.name, p.output.String())
}

// stop ends the process as an operator would, and waits for it.
func (p *process) stop() {
	if p.cmd.Process.Signal(syscall.SIGTERM) == nil {
		_ = p.cmd.Wait() // what is left to say is in output
	}
}

// cpu is the CPU time that the process has used so far, from its own clock,
// which counts nanoseconds (/proc/PID/stat counts hundredths of a second).
func (p *process) cpu() (time.Duration, error) {
	// clock_getcpuclockid(3) for another process: the id of its scheduler clock.
	const schedulerClock = 2
	var ts unix.Timespec
	err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|schedulerClock), &ts)
	return time.Duration(ts.Nano()), err
}

// memory is what the process holds in RAM, in bytes.
func (p *process) memory() (int64, error) { return p.status("VmRSS:") }

// peak is the most that it has held so far.
func (p *process) peak() (int64, error) { return p.status("VmHWM:") }

// status reads a size of proc_pid_status(5).
func (p *process) status(name string) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, io.ErrUnexpectedEOF
}
