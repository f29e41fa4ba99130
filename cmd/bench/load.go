package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is a series of requests to one server.
type load struct {
	connections int
	requests    int
	status      int                // that each answer must have
	request     func(i int) []byte // the i-th, as it goes over the wire

	beside func(context.Context) error // what is done again and again meanwhile; its CPU is not told apart
}

// sample is what one series of requests cost.
type sample struct {
	cpu   time.Duration // of the server, for one request
	rate  float64       // requests a second
	p99   time.Duration
	bytes int64 // of the last body
}

// run sends the requests over kept-alive connections, each of which waits for
// its answer before it sends the next.
func (l load) run(p *process) (s sample, err error) {
	if l.beside != nil {
		stop := l.accompany()
		defer func() { err = errors.Join(err, stop()) }()
	}
	conns := make([]net.Conn, l.connections)
	for i := range conns {
		c, err := net.DialTimeout("tcp", p.address, time.Second)
		if err != nil {
			return sample{}, err
		}
		defer c.Close()
		conns[i] = c
	}
	before, err := p.cpu()
	if err != nil {
		return sample{}, err
	}
	var (
		next  atomic.Int64
		mu    sync.Mutex
		took  []time.Duration
		size  int64
		fault error
		wg    sync.WaitGroup
		start = time.Now()
	)
	for _, c := range conns {
		wg.Go(func() {
			mine, last, err := l.drive(c, &next)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err != nil {
				fault = fmt.Errorf("%s: %w", p.name, err)
			}
			size = max(size, last)
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	after, err := p.cpu()
	if err != nil || fault != nil || len(took) == 0 {
		return sample{}, fmt.Errorf("%s: %d answers: %w", p.name, len(took), cmp.Or(fault, err))
	}
	slices.Sort(took)
	return sample{
		cpu:   (after - before) / time.Duration(len(took)),
		rate:  float64(len(took)) / elapsed.Seconds(),
		p99:   took[len(took)*99/100],
		bytes: size,
	}, nil
}

// accompany does what is to be done beside the load, until stop, which waits for the last time.
func (l load) accompany() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		var err error
		for err == nil && ctx.Err() == nil {
			err = l.beside(context.WithoutCancel(ctx))
		}
		ended <- err
	}()
	return func() error {
		cancel()
		return <-ended
	}
}

func (l load) drive(c net.Conn, next *atomic.Int64) (took []time.Duration, size int64, err error) {
	r := bufio.NewReader(c)
	for {
		i := int(next.Add(1)) - 1
		if i >= l.requests {
			return took, size, nil
		}
		start := time.Now()
		if err := c.SetDeadline(start.Add(10 * time.Second)); err != nil {
			return took, size, err
		}
		if _, err := c.Write(l.request(i)); err != nil {
			return took, size, err
		}
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			return took, size, err
		}
		if size, err = io.Copy(io.Discard, answer.Body); err != nil {
			return took, size, err
		}
		took = append(took, time.Since(start))
		if answer.StatusCode != l.status {
			return took, size, fmt.Errorf("status %d, not %d", answer.StatusCode, l.status)
		}
	}
}

// get is a GET request as curl would send it. header is a whole line or "".
func get(path, header string) []byte {
	if header != "" {
		header += "\r\n"
	}
	return []byte("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: curl/8.10.1\r\nAccept: */*\r\n" + header + "\r\n")
}

func bearer(secret string) string { return "Authorization: Bearer " + secret }
