package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"time"

	"tessera/models"
)

type auditVerifyCmd struct {
	databaseFlags
	Head string `help:"What tessera audit head printed earlier: shows also what was hashed anew or cut off." placeholder:"SEQ:HASH"`
}

// Run checks the whole audit log. It fails when something is wrong with it.
func (c *auditVerifyCmd) Run(ctx context.Context, s *streams) error {
	var p problems
	var kept *models.AuditHead
	if c.Head != "" {
		head, err := models.ParseAuditHead(c.Head)
		if err != nil {
			p.add("head", "%q is not of the form that tessera audit head prints", c.Head)
		}
		kept = &head
	}
	return c.withStore(ctx, p, models.Limits{}, func(store *models.Store) error {
		started := store.Now()
		report, err := store.VerifyAudit(ctx, kept, func(n int64) {
			if isTerminal(s.err) {
				fmt.Fprintf(s.err, "\r%d events read", n)
			}
		})
		if isTerminal(s.err) {
			fmt.Fprintln(s.err)
		}
		if err != nil {
			return err
		}
		if report.Broken != nil {
			fmt.Fprintf(s.out, "Broken: %s\n%d events before it are as they were recorded.\n", faultSentence(*report.Broken), report.Checked)
			return exitFailed
		}
		fmt.Fprintf(s.out, "%d events are as they were recorded (%s).\n", report.Checked, store.Now().Sub(started).Round(time.Millisecond))
		if report.Checked > 0 {
			fmt.Fprintf(s.out, "Head: %s\n", report.Head)
		}
		return nil
	})
}

// faultSentence tells what is wrong with the audit log.
func faultSentence(b models.AuditBreak) string {
	sentences := map[models.AuditFault]string{
		models.FaultChanged:  "event %d is not what was recorded.",
		models.FaultMissing:  "event %d is missing.",
		models.FaultUnlinked: "event %d does not follow the one before it.",
		models.FaultCut:      "the log ends before event %d, but the head is a later one.",
		models.FaultReplaced: "event %d is another one than the head; the log was written anew.",
	}
	return fmt.Sprintf(sentences[b.Fault], b.Seq)
}

type auditHeadCmd struct{ databaseFlags }

// Run prints the head, alone.
func (c *auditHeadCmd) Run(ctx context.Context, s *streams) error {
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		head, err := store.AuditHead(ctx)
		if errors.Is(err, models.ErrNotFound) {
			return errors.New("nothing has been recorded yet")
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.out, head)
		return err
	})
}

type auditExportCmd struct {
	databaseFlags
	Format  string `enum:"csv,json" default:"csv" help:"csv or json (${default})."`
	Actor   string `help:"Who did it: an e-mail address, cli or system." placeholder:"E-MAIL"`
	Subject string `help:"A token's id, or the e-mail address of whose account it concerns." placeholder:"ID"`
	Kind    string `help:"What happened, for instance token.revoked; token. means all of tokens." placeholder:"KIND"`
	Address string `help:"From which address." placeholder:"ADDRESS"`
	From    string `help:"From this day on, in UTC, or moment (RFC 3339)." placeholder:"YYYY-MM-DD"`
	To      string `help:"Up to this day, which is included, or moment, which is not." placeholder:"YYYY-MM-DD"`
}

// Run writes the events to standard output, the oldest first.
func (c *auditExportCmd) Run(ctx context.Context, s *streams) error {
	values := map[string]string{
		"actor": c.Actor, "subject": c.Subject, "kind": c.Kind, "address": c.Address, "from": c.From, "to": c.To,
	}
	f, err := models.ParseAuditFilter(func(name string) string { return values[name] }, time.UTC)
	if err != nil {
		return err
	}
	return c.withStore(ctx, nil, models.Limits{}, func(store *models.Store) error {
		out := bufio.NewWriter(s.out)
		write := exportAuditCSV
		if c.Format == "json" {
			write = exportAuditJSON
		}
		return errors.Join(write(ctx, store, f, out), out.Flush())
	})
}

func exportAuditCSV(ctx context.Context, store *models.Store, f models.AuditFilter, out io.Writer) error {
	w := csv.NewWriter(out)
	if err := w.Write(models.AuditColumns); err != nil {
		return err
	}
	err := store.AuditExport(ctx, f, func(e *models.AuditEvent) error {
		row, err := e.Entry().Row()
		if err != nil {
			return err
		}
		for i := range row {
			row[i] = models.QuoteFormula(row[i])
		}
		return w.Write(row)
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

// exportAuditJSON writes an array with an event a line.
func exportAuditJSON(ctx context.Context, store *models.Store, f models.AuditFilter, out io.Writer) error {
	array := jsonArray{out: out}
	if err := store.AuditExport(ctx, f, func(e *models.AuditEvent) error { return array.add(e.Entry()) }); err != nil {
		return err
	}
	return array.end()
}
